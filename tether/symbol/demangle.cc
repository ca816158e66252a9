#include "tether/symbol/demangle.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace tether::symbol {

namespace {

constexpr std::size_t kLongestDemangled = 64 * 1024;  // a hostile symbol may expand without measure

bool is_rust_hash(std::string_view tail) {
  return tail.size() == 19 && tail.starts_with("::h") && std::all_of(tail.begin() + 3, tail.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::string demangle(const std::string& symbol) {
  constexpr std::size_t kLongestMangled = 4096;
  if (!symbol.starts_with("_Z") || symbol.size() > kLongestMangled) return symbol;
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                         std::free);
  if (status != 0 || text == nullptr) return symbol;
  std::string name(text.get());
  if (name.size() > kLongestDemangled) return symbol;
  if (name.size() > 19 && is_rust_hash(std::string_view(name).substr(name.size() - 19))) name.resize(name.size() - 19);
  return name;
}

std::string_view without_parameters(std::string_view demangled) {
  // The parameters are the last pair of parentheses at the top; "operator()" keeps its own.
  const std::size_t close = demangled.rfind(')');
  if (close == std::string_view::npos) return demangled;
  std::size_t depth = 0;
  for (std::size_t i = close + 1; i-- > 0;) {
    if (demangled[i] == ')') ++depth;
    if (demangled[i] == '(' && --depth == 0) return i == 0 ? demangled : demangled.substr(0, i);
  }
  return demangled;
}

}  // namespace tether::symbol
