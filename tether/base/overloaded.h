#pragma once
// Overloaded: several lambdas as one visitor of a std::variant; a forgotten alternative does not compile.
//
//   std::visit(Overloaded{[](const Exited& e) { … }, [](const Killed& k) { … }}, end);

namespace tether {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace tether
