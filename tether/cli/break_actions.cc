#include "tether/cli/break_actions.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tether/base/nearest_name.h"

namespace tether::cli {

namespace {

struct ActionName {
  std::string_view name;
  BreakAction::Kind kind;
};
constexpr ActionName kActions[] = {
    {"print", BreakAction::Kind::Print},
    {"count", BreakAction::Kind::Count},
    {"backtrace", BreakAction::Kind::Backtrace},
    {"regs", BreakAction::Kind::Registers},
    {"log", BreakAction::Kind::Log},
    {"run", BreakAction::Kind::Run},
    {"stop", BreakAction::Kind::Stop},
};

Error malformed(std::string_view text, std::string_view why) {
  return {.code = ErrorCode::Malformed,
          .message = "'" + std::string(text) + "' is no action: " + std::string(why),
          .hint = "print, count, backtrace, regs, stop, 'log TEXT {EXPR} {str[EXPR]}', 'run VERB ARGS {pid} {tid}'"};
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(' ', at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

/// The value between braces.
Result<LogTemplate::Part> parse_value(std::string text, std::string_view expression) {
  constexpr std::string_view kString = "str[";
  LogTemplate::Part part{.text = std::move(text), .value = {}};
  if (expression.starts_with(kString) && expression.ends_with(']')) {
    part.is_string = true;
    expression = expression.substr(kString.size(), expression.size() - kString.size() - 1);
  }
  part.value.emplace(TETHER_TRY(symbol::ValueExpression::parse(expression)));
  return part;
}

}  // namespace

Result<LogTemplate> parse_log_template(std::string_view text) {
  LogTemplate log;
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_double = i + 1 < text.size() && text[i + 1] == text[i];
    if ((text[i] == '{' || text[i] == '}') && is_double) {
      plain.push_back(text[i++]);
    } else if (text[i] == '{') {
      const std::size_t end = text.find('}', i);
      if (end == std::string_view::npos) return fail(malformed(text, "a { has no }"));
      log.parts.push_back(TETHER_TRY(parse_value(std::exchange(plain, {}), text.substr(i + 1, end - i - 1))));
      i = end;
    } else if (text[i] == '}') {
      return fail(malformed(text, "a } has no {"));
    } else {
      plain.push_back(text[i]);
    }
  }
  if (!plain.empty()) log.parts.push_back({.text = std::move(plain), .value = {}});
  return log;
}

Result<BreakAction> parse_break_action(std::string_view text) {
  const std::string_view name = text.substr(0, text.find(' '));
  const std::string_view rest = text.substr(std::min(text.size(), name.size() + 1));
  const auto known = std::ranges::find(kActions, name, &ActionName::name);
  if (known == std::end(kActions)) {
    std::vector<std::string_view> names;
    for (const ActionName& action : kActions) names.push_back(action.name);
    return fail(malformed(text, "there is no '" + std::string(name) + "'" + did_you_mean(name, names)));
  }
  BreakAction action{.kind = known->kind};
  const bool takes_more = action.kind == BreakAction::Kind::Log || action.kind == BreakAction::Kind::Run;
  if (takes_more == rest.empty())
    return fail(malformed(text, takes_more ? "it says nothing" : "it takes no arguments"));
  if (action.kind == BreakAction::Kind::Log) action.log = TETHER_TRY(parse_log_template(rest));
  if (action.kind == BreakAction::Kind::Run) action.words = split_words(rest);
  return action;
}

}  // namespace tether::cli
