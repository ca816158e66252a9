#pragma once
// Parser: descriptions as syntax trees. The language is described in docs/description-language.md.

#include <string>

#include "tools/desc/ast.h"
#include "tools/desc/diagnostics.h"

namespace tether::desc {

/// Adds the items of one file's text to `out`. After a mistake, which is reported at its line of `file`, reading goes
/// on with the next line that begins with an item's keyword. Nothing is looked up yet.
void parse_description(const std::string& file, const std::string& text, Descriptions& out, Diagnostics& diagnostics);

}  // namespace tether::desc
