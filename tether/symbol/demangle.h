#pragma once
// Symbol names as their programmer wrote them.
//
//   demangle("_ZN3foo3barEi")      // "foo::bar(int)"

#include <string>
#include <string_view>

namespace tether::symbol {

/// The C++ (Itanium ABI, which older Rust uses too) name behind a symbol; the symbol itself if it is not of that kind.
/// Rust's trailing hash ("::h0123456789abcdef") is left out.
std::string demangle(const std::string& symbol);

/// A demangled name without its parameters: "foo::bar" of "foo::bar(int)". Template arguments stay.
std::string_view without_parameters(std::string_view demangled);

}  // namespace tether::symbol
