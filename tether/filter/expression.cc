#include "tether/filter/expression.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "tether/base/nearest_name.h"

namespace tether {

namespace {

struct Spelling {
  std::string_view name;
  std::optional<Qualifier> qualifier;  ///< absent: one of strace's that tether does not have
};

constexpr Spelling kSpellings[] = {
    {"trace", Qualifier::Trace},
    {"t", Qualifier::Trace},
    {"abbrev", Qualifier::Abbrev},
    {"a", Qualifier::Abbrev},
    {"verbose", Qualifier::Verbose},
    {"v", Qualifier::Verbose},
    {"raw", Qualifier::Raw},
    {"x", Qualifier::Raw},
    {"signal", Qualifier::Signal},
    {"signals", Qualifier::Signal},
    {"s", Qualifier::Signal},
    {"status", Qualifier::Status},
    {"quiet", Qualifier::Quiet},
    {"silent", Qualifier::Quiet},
    {"silence", Qualifier::Quiet},
    {"q", Qualifier::Quiet},
    {"fd", Qualifier::Fd},
    {"fds", Qualifier::Fd},
    {"trace-fd", Qualifier::Fd},
    {"trace-fds", Qualifier::Fd},
    {"decode-fds", Qualifier::DecodeFds},
    {"decode-fd", Qualifier::DecodeFds},
    {"decode-pids", Qualifier::DecodePids},
    {"decode-pid", Qualifier::DecodePids},
    {"read", Qualifier::Read},
    {"reads", Qualifier::Read},
    {"r", Qualifier::Read},
    {"write", Qualifier::Write},
    {"writes", Qualifier::Write},
    {"w", Qualifier::Write},
    {"inject", {}},
    {"fault", {}},
    {"kvm", {}},
};

}  // namespace

Result<Expression> parse_expression(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return Expression{.set = text};
  const std::string_view name = text.substr(0, equals);
  const auto* found = std::ranges::find(kSpellings, name, &Spelling::name);
  if (found == std::end(kSpellings)) {
    std::vector<std::string_view> names;
    for (const Spelling& spelling : kSpellings) names.push_back(spelling.name);
    return fail({.code = ErrorCode::Malformed,
                 .message = "no qualifier '" + std::string(name) + "'" + did_you_mean(name, names),
                 .hint = "qualifiers are trace, abbrev, verbose, raw, signal, status, quiet, fd, read, write, "
                         "decode-fds, decode-pids"});
  }
  if (!found->qualifier)
    return fail({.code = ErrorCode::Unsupported,
                 .message = "'" + std::string(name) + "=' is a qualifier of strace that tether does not have",
                 .hint = {}});
  return Expression{.qualifier = *found->qualifier, .set = text.substr(equals + 1)};
}

Result<SetText> parse_set_text(std::string_view text) {
  SetText set;
  std::string_view rest = text;
  for (; rest.starts_with('!'); rest.remove_prefix(1)) set.is_negated = !set.is_negated;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (comma != 0) set.values.push_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (set.values.empty())
    return fail({.code = ErrorCode::Malformed,
                 .message = "'" + std::string(text) + "' names nothing",
                 .hint = "for the empty set say none, for everything all"});
  return set;
}

Result<std::uint32_t> parse_word_set(std::string_view text, const std::vector<Word>& words, std::string_view kind) {
  const SetText set = TETHER_TRY(parse_set_text(text));
  std::uint32_t all = 0;
  for (const Word& word : words) all |= word.bit;
  std::uint32_t bits = 0;
  for (const std::string_view value : set.values) {
    if (value == "all") {
      bits = all;
      continue;
    }
    if (value == "none" && set.values.size() == 1) continue;
    const auto found = std::ranges::find(words, value, &Word::name);
    if (found == words.end()) {
      std::vector<std::string_view> names;
      for (const Word& word : words) names.push_back(word.name);
      std::string list;
      for (const std::string_view name : names) list.append(name).append(", ");
      return fail({.code = ErrorCode::Malformed,
                   .message = "no " + std::string(kind) + " '" + std::string(value) + "'" + did_you_mean(value, names),
                   .hint = "there are " + list + "all and none"});
    }
    bits |= found->bit;
  }
  return set.is_negated ? all & ~bits : bits;
}

Result<FdSelection> parse_descriptor_set(std::string_view text) {
  const SetText set = TETHER_TRY(parse_set_text(text));
  FdSelection fds{.listed = {}, .is_complement = set.is_negated};
  if (set.values.size() == 1 && set.values.front() == "none") return fds;
  if (set.values.size() == 1 && set.values.front() == "all")
    return FdSelection{.listed = {}, .is_complement = !set.is_negated};
  for (const std::string_view value : set.values) {
    std::int32_t fd = -1;
    const auto [end, err] = std::from_chars(value.data(), value.data() + value.size(), fd);
    if (err != std::errc() || end != value.data() + value.size() || fd < 0)
      return fail(
          {.code = ErrorCode::Malformed, .message = "'" + std::string(value) + "' is no descriptor", .hint = {}});
    fds.listed.emplace_back(fd);
  }
  return fds;
}

}  // namespace tether
