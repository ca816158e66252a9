#include "tether/filter/event_set.h"

#include <regex.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "tether/base/nearest_name.h"
#include "tether/base/signal_name.h"
#include "tether/event/syscall_class.h"
#include "tether/filter/expression.h"

namespace tether {

namespace {

/// One value of a set, taken apart: [?]what[@64|@32].
struct CallPattern {
  std::string_view what;
  bool may_be_unknown = false;
  std::optional<Abi> abi;

  bool admits(Abi candidate) const { return !abi || *abi == candidate; }
};

CallPattern take_apart(std::string_view value) {
  CallPattern pattern{.what = value};
  for (; pattern.what.starts_with('?'); pattern.what.remove_prefix(1)) pattern.may_be_unknown = true;
  if (pattern.what.ends_with("@64")) pattern.abi = Abi::X86_64;
  if (pattern.what.ends_with("@32")) pattern.abi = Abi::I386;
  if (pattern.abi) pattern.what.remove_suffix(3);
  return pattern;
}

/// strace(1) still takes these without their percent sign.
constexpr std::string_view kBareClasses[] = {"file", "desc", "network", "process", "signal", "ipc", "memory"};

std::optional<ClassBits> find_class(std::string_view name) {
  const bool is_marked = name.starts_with('%');
  if (!is_marked && std::ranges::find(kBareClasses, name) == std::end(kBareClasses)) return std::nullopt;
  if (is_marked) name.remove_prefix(1);
  const auto found = std::ranges::find(kSyscallClassNames, name, &SyscallClassName::name);
  if (found == kSyscallClassNames.end()) return std::nullopt;
  return static_cast<ClassBits>(found->bit);
}

std::optional<std::uint32_t> parse_call_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (err != std::errc() || end != text.data() + text.size() || number >= SyscallSelection::kLimit) return std::nullopt;
  return number;
}

/// Inserts the calls that `wanted` accepts; true if there was one.
template <class Predicate>
bool insert_if(SyscallSelection& selection, const Vocabulary& vocabulary, const CallPattern& pattern,
               Predicate wanted) {
  bool found = false;
  for (const CallName& call : vocabulary.calls) {
    if (!pattern.admits(call.nr.abi) || !wanted(call)) continue;
    selection.insert(call.nr);
    found = true;
  }
  return found;
}

Result<bool> insert_matches(SyscallSelection& selection, const Vocabulary& vocabulary, const CallPattern& pattern) {
  const std::string expression(pattern.what.substr(1));
  regex_t compiled;
  if (const int err = ::regcomp(&compiled, expression.c_str(), REG_EXTENDED | REG_NOSUB); err != 0) {
    char why[128];
    ::regerror(err, &compiled, why, sizeof why);
    return fail({.code = ErrorCode::Malformed, .message = "'/" + expression + "': " + why, .hint = "see regex(7)"});
  }
  const bool found = insert_if(selection, vocabulary, pattern, [&](const CallName& call) {
    return ::regexec(&compiled, std::string(call.name).c_str(), 0, nullptr, 0) == 0;
  });
  ::regfree(&compiled);
  return found;
}

Error unknown_call(std::string_view value, const CallPattern& pattern, const Vocabulary& vocabulary) {
  Error error{.code = ErrorCode::Malformed, .message = {}, .hint = "?NAME takes a name that may not exist"};
  const std::string quoted = "'" + std::string(value) + "'";
  std::vector<std::string_view> names;
  if (pattern.what.starts_with('%')) {
    for (const SyscallClassName& known : kSyscallClassNames) names.push_back(known.name);
    const std::string_view nearest = find_nearest_name(pattern.what.substr(1), names);
    error.message = "no class of system calls " + quoted;
    if (!nearest.empty()) error.message += ": did you mean '%" + std::string(nearest) + "'?";
    return error;
  }
  if (pattern.what.starts_with('/')) {
    error.message = "no system call matches " + quoted;
    return error;
  }
  if (const auto at = pattern.what.find('@'); at != std::string_view::npos) {
    error.message = "no ABI '" + std::string(pattern.what.substr(at)) + "' in " + quoted;
    error.hint = "there are @64 and @32";
    return error;
  }
  for (const CallName& call : vocabulary.calls)
    if (pattern.admits(call.nr.abi)) names.push_back(call.name);
  error.message = "no system call " + quoted + did_you_mean(pattern.what, names);
  return error;
}

Result<void> insert_value(SyscallSelection& selection, std::string_view value, const Vocabulary& vocabulary) {
  const CallPattern pattern = take_apart(value);
  bool found = false;
  if (pattern.what == "all" && !pattern.abi) {
    selection = SyscallSelection::all();
    return ok();
  }
  if (pattern.what == "all") {
    found = insert_if(selection, vocabulary, pattern, [](const CallName&) { return true; });
  } else if (pattern.what.starts_with('/')) {
    found = TETHER_TRY(insert_matches(selection, vocabulary, pattern));
  } else if (const auto bits = find_class(pattern.what)) {
    insert_if(selection, vocabulary, pattern, [&](const CallName& call) { return (call.classes & *bits) != 0; });
    found = true;  // %stat has no member in some ABIs, and is no mistake for that
  } else if (const auto number = parse_call_number(pattern.what)) {
    for (const Abi abi : {Abi::X86_64, Abi::I386})
      if (pattern.admits(abi)) selection.insert({.abi = abi, .number = *number});
    found = true;
  } else {
    found = insert_if(selection, vocabulary, pattern, [&](const CallName& call) { return call.name == pattern.what; });
  }
  if (!found && !pattern.may_be_unknown) return fail(unknown_call(value, pattern, vocabulary));
  return ok();
}

}  // namespace

Result<SyscallSelection> parse_syscall_set(std::string_view text, const Vocabulary& vocabulary) {
  const SetText set = TETHER_TRY(parse_set_text(text));
  SyscallSelection selection;
  if (set.values.size() != 1 || set.values[0] != "none")
    for (const std::string_view value : set.values) TETHER_CHECK(insert_value(selection, value, vocabulary));
  return set.is_negated ? selection.complement() : selection;
}

Result<SignalSelection> parse_signal_set(std::string_view text, const Vocabulary& vocabulary) {
  const SetText set = TETHER_TRY(parse_set_text(text));
  SignalSelection selection{.bits = 0};
  for (const std::string_view value : set.values) {
    if (value == "all") selection = {};
    if (value == "all" || (value == "none" && set.values.size() == 1)) continue;
    const auto signal = vocabulary.find_signal(value);
    if (!signal) {
      std::string upper(value);
      std::ranges::transform(upper, upper.begin(),
                             [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
      if (!upper.starts_with("SIG")) upper.insert(0, "SIG");
      std::vector<std::string_view> names;
      for (std::int32_t number = 1; number <= 64; ++number) names.push_back(find_signal_name(Signal(number)));
      return fail({.code = ErrorCode::Malformed,
                   .message = "no signal '" + std::string(value) + "'" + did_you_mean(upper, names),
                   .hint = "see `kill -l`; numbers are 1 to 64"});
    }
    selection.bits |= std::uint64_t{1} << (signal->value - 1);
  }
  if (set.is_negated) selection.bits = ~selection.bits;
  return selection;
}

}  // namespace tether
