#include "tether/symbol/internal/symbol_query.h"

#include <string>

#include "tether/symbol/demangle.h"

namespace tether::symbol {

bool SymbolQuery::matches(std::string_view symbol) const {
  if (symbol == name) return true;
  if (!is_cxx || !symbol.starts_with("_Z")) return false;
  const std::string demangled = demangle(std::string(symbol));
  return demangled == name || without_parameters(demangled) == name;
}

SymbolQuery parse_symbol_query(std::string_view text) {
  SymbolQuery query;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ':') continue;
    if (text.substr(i).starts_with("::")) {
      ++i;
      continue;
    }
    query.module = text.substr(0, i);
    text.remove_prefix(i + 1);
    break;
  }
  query.name = text;
  query.is_cxx = text.find_first_of(":(<") != std::string_view::npos;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos && at != 0) {
    query.name = text.substr(0, at);
    query.version = text.substr(at);
    while (query.version.starts_with('@')) query.version.remove_prefix(1);
  }
  return query;
}

}  // namespace tether::symbol
