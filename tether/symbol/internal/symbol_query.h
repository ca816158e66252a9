#pragma once
// SymbolQuery: "malloc", "libc:malloc", "memcpy@GLIBC_2.2.5", "std::vector<int>::size" taken apart. Pure.

#include <string_view>

namespace tether::symbol {

struct SymbolQuery {
  std::string_view module;  ///< empty: any
  std::string_view name;
  std::string_view version;  ///< empty: any
  bool is_cxx = false;       ///< it is to be compared with demangled names

  /// Whether a symbol of this name, without its version, is meant.
  bool matches(std::string_view symbol) const;
};

/// The module ends at the first ":" that is no part of "::".
SymbolQuery parse_symbol_query(std::string_view text);

}  // namespace tether::symbol
