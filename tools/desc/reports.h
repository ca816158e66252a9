#pragma once
// Reports: what `audit` and `expand` print.

#include <string>

#include "tools/desc/ast.h"
#include "tools/desc/facts.h"
#include "tools/desc/survey.h"

namespace tether::desc {

/// System calls of either ABI without a `call` item, one per line, with their prototypes.
std::string audit_calls(const Facts& facts, const Descriptions& descriptions);

/// Constants of the headers that `from` names which no set, label or expression uses and no `ignore` names: a line per
/// header.
std::string audit_constants(const Facts& facts, const Descriptions& descriptions, const Survey& survey);

/// Ioctl codes with an argument that nobody describes, counted per header.
std::string audit_ioctls(const Facts& facts, const Survey& survey);

/// Every set with its members, a line each; one per ABI where they differ. Sets without a name, if a header can make
/// them grow, go by their file and text.
std::string expand_sets(const Survey& survey);

}  // namespace tether::desc
