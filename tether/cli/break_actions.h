#pragma once
// What `tether break` does at each hit, as its user says it: --do 'log allocating {rdi} for {str[rsi]}'.
//
//   const BreakAction action = TETHER_TRY(parse_break_action("log size {rdi}"));

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/result.h"
#include "tether/symbol/value_expression.h"

namespace tether::cli {

/// Text with values in it: "size {rdi}, name {str[rsi]}". `{{` is a brace.
struct LogTemplate {
  struct Part {
    std::string text;  ///< before the value
    std::optional<symbol::ValueExpression> value;
    bool is_string = false;  ///< the value is the address of a string
  };
  std::vector<Part> parts;
};

/// Malformed for an unbalanced brace, and for what the expressions' parser refuses.
Result<LogTemplate> parse_log_template(std::string_view text);

struct BreakAction {
  enum class Kind : std::uint8_t {
    Print,  ///< a line with the arguments
    Count,  ///< a table at the end
    Backtrace,
    Registers,
    Log,
    Run,   ///< another verb of tether, on the thread as it stands
    Stop,  ///< leave the process stopped there, and end
  } kind = Kind::Print;
  LogTemplate log;                 ///< Log
  std::vector<std::string> words;  ///< Run: the verb and its arguments; {pid} and {tid} stand for numbers
};

/// Malformed for a name that is none, with those that there are.
Result<BreakAction> parse_break_action(std::string_view text);

}  // namespace tether::cli
