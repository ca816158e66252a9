#pragma once
// Emitter: tables → C++ source.

#include <string>

#include "tools/desc/table_builder.h"

namespace tether::desc {

/// A translation unit that defines decode::tables(Abi).
std::string emit_tables(const TableBuilder& tables);

}  // namespace tether::desc
