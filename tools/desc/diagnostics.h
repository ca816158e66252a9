#pragma once
// Diagnostics: what is wrong with the descriptions, as `file:line: message`.

#include <string>
#include <string_view>
#include <vector>

#include "tools/desc/ast.h"

namespace tether::desc {

/// 'name', as messages show it.
std::string quote(std::string_view name);

class Diagnostics {
 public:
  /// The same words about the same line are kept once: both ABIs find most errors.
  void error(const Location& at, std::string what);

  bool empty() const { return problems_.empty(); }
  /// `file:line: message`, ordered by file and line.
  std::vector<std::string> messages() const;

 private:
  struct Problem {
    Location at;
    std::string what;
  };
  std::vector<Problem> problems_;
};

/// Finds the name that was probably meant: add candidates, then ask.
class Suggestion {
 public:
  explicit Suggestion(std::string_view wrong) : wrong_(wrong) {}
  void consider(const std::string& candidate);
  /// "; did you mean 'x'?", or nothing if no candidate is near.
  std::string text() const;

 private:
  std::string_view wrong_;
  std::string best_;
  std::size_t best_distance_ = std::string::npos;
};

}  // namespace tether::desc
