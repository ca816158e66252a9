#pragma once
// What only a file's dynamic section tells of its symbols: their versions, and what indirect functions became.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tether/base/memory_reader.h"
#include "tether/base/remote_addr.h"
#include "tether/symbol/internal/loaded_module.h"

namespace tether::symbol {

struct SymbolVersion {
  std::string name;        ///< "GLIBC_2.14"; empty: none
  bool is_default = true;  ///< what link editors take for the bare name
};

/// That of the dynamic symbol of this name at this address in the process.
SymbolVersion find_symbol_version(LoadedModule& module, std::string_view name, RemoteAddr addr);

/// The function that an indirect function's resolver has chosen: what the loader wrote where the module's own
/// relocations (R_*_IRELATIVE) name that resolver. Absent if it has none, or none that was carried out.
std::optional<RemoteAddr> find_resolved(LoadedModule& module, RemoteAddr resolver, MemoryReader& memory);

}  // namespace tether::symbol
