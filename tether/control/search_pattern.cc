#include "tether/control/search_pattern.h"

#include <regex.h>

#include <algorithm>
#include <utility>

#include "tether/control/memory_value.h"

namespace tether {

namespace {

using PatternKind = SearchPattern::Kind;

constexpr std::string_view kPatternHint =
    "a number (42, u16:42, f64:1.5), a range (10..20, f32:1..2), u32:any, str:text, utf16:text, wstr:text, "
    "hex:48 8b ?? 05 or regex:EXPR";

Error malformed_pattern(std::string message, std::string_view hint = kPatternHint) {
  return {.code = ErrorCode::Malformed, .message = std::move(message), .hint = std::string(hint)};
}

Result<SearchPattern> finish_bytes(SearchPattern pattern) {
  if (pattern.bytes.size() > kLongestPattern)
    return fail(malformed_pattern("the pattern is longer than " + std::to_string(kLongestPattern) + " bytes", ""));
  if (std::ranges::count(pattern.mask, std::byte{0xff}) == 0)
    return fail(malformed_pattern("a pattern of wildcards alone is found everywhere", ""));
  pattern.kind = PatternKind::Bytes;
  return pattern;
}

/// "48 8b ?? 05".
Result<SearchPattern> parse_masked(std::string_view digits) {
  SearchPattern pattern{.type = {.kind = ValueType::Kind::Text}};
  std::string known(digits);
  std::vector<std::size_t> wild;
  // Each wildcard is read as a byte of zeros, and its place remembered.
  for (std::size_t at = known.find('?'); at != std::string::npos; at = known.find('?', at)) {
    const std::size_t length = at + 1 < known.size() && known[at + 1] == '?' ? 2 : 1;
    std::size_t before = 0;
    if (at > 0) {
      const auto head = parse_hex_bytes(std::string_view(known).substr(0, at));
      if (!head.has_value() && known.find_first_not_of(' ') != at) return fail(head.error());
      before = head.has_value() ? head->size() : 0;
    }
    wild.push_back(before);
    known.replace(at, length, "00");
  }
  pattern.bytes = TETHER_TRY(parse_hex_bytes(known));
  pattern.mask.assign(pattern.bytes.size(), std::byte{0xff});
  for (const std::size_t place : wild) pattern.mask[place] = std::byte{0};
  return finish_bytes(std::move(pattern));
}

Result<SearchPattern> parse_regex(std::string_view text) {
  SearchPattern pattern{
      .kind = PatternKind::Regex, .type = {.kind = ValueType::Kind::Text}, .expression = std::string(text)};
  regex_t compiled;
  const int failed = ::regcomp(&compiled, pattern.expression.c_str(), REG_EXTENDED);
  if (failed != 0) {
    char reason[128];
    ::regerror(failed, &compiled, reason, sizeof reason);
    return fail(malformed_pattern("regex '" + pattern.expression + "': " + reason, "regex(7) has the notation"));
  }
  const bool matches_nothing = ::regexec(&compiled, "", 0, nullptr, 0) == 0;
  ::regfree(&compiled);
  if (matches_nothing)
    return fail(malformed_pattern("regex '" + pattern.expression + "' matches the empty text, so everywhere", ""));
  return pattern;
}

/// The narrowest type of at least 32 bits that both ends fit.
Result<SearchPattern> parse_bare(std::string_view text, std::size_t word) {
  for (const char* name : {"i32", "u32", "i64", "u64"}) {
    SearchPattern pattern{.kind = PatternKind::Numbers, .type = TETHER_TRY(parse_value_type(name, word))};
    const auto range = parse_number_range(text, pattern.type);
    if (!range.has_value()) continue;
    pattern.low = range->low;
    pattern.high = range->high;
    return pattern;
  }
  if (text.find_first_not_of("0123456789.+-e") == std::string_view::npos && text.find('.') != std::string_view::npos)
    return fail(malformed_pattern("'" + std::string(text) + "': of which width?",
                                  "say f32:" + std::string(text) + " or f64:" + std::string(text)));
  return fail(malformed_pattern("'" + std::string(text) + "' is nothing to search for"));
}

}  // namespace

Result<NumberRange> parse_number_range(std::string_view text, const ValueType& type) {
  const std::size_t dots = text.find("..");
  NumberRange range;
  range.low = TETHER_TRY(parse_number(text.substr(0, dots), type));
  range.high = dots == std::string_view::npos ? range.low : TETHER_TRY(parse_number(text.substr(dots + 2), type));
  if (compare(range.low, range.high) > 0)
    return fail(malformed_pattern("the range '" + std::string(text) + "' begins above its end", ""));
  return range;
}

Result<SearchPattern> parse_search_pattern(std::string_view text, std::size_t word) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    auto bare = parse_bare(text, word);
    if (bare.has_value()) bare->text = std::string(text);
    return bare;
  }
  const std::string_view name = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  if (rest.empty()) return fail(malformed_pattern("'" + std::string(text) + "' has no value"));
  Result<SearchPattern> pattern;
  if (name == "regex") {
    pattern = parse_regex(rest);
  } else if (name == "hex") {
    pattern = parse_masked(rest);
  } else if (name == "str" || name == "utf16" || name == "wstr") {
    MemoryValue value = TETHER_TRY(parse_memory_value(text, word));
    pattern->type = {.kind = ValueType::Kind::Text};
    pattern->bytes = std::move(value.bytes);
    pattern->mask.assign(pattern->bytes.size(), std::byte{0xff});
    pattern = finish_bytes(std::move(*pattern));
  } else {
    auto type = parse_value_type(name, word);
    if (!type.has_value() || !type->is_number() || type->count)
      return fail(malformed_pattern("'" + std::string(name) + "' is no kind of value"));
    pattern->type = std::move(*type);
    pattern->kind = rest == "any" ? PatternKind::Any : PatternKind::Numbers;
    const NumberRange range = rest == "any" ? NumberRange{} : TETHER_TRY(parse_number_range(rest, pattern->type));
    pattern->low = range.low;
    pattern->high = range.high;
  }
  if (pattern.has_value()) pattern->text = std::string(text);
  return pattern;
}

}  // namespace tether
