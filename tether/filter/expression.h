#pragma once
// The outer form of strace's `-e`: [qualifier=][!]value[,value]…
//
//   Expression e = TETHER_TRY(parse_expression("t=!%file,close"));   // {Qualifier::Trace, "!%file,close"}
//   SetText set = TETHER_TRY(parse_set_text(e.set));                 // negated, {"%file", "close"}

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/result.h"
#include "tether/event/selection.h"

namespace tether {

enum class Qualifier : std::uint8_t {
  Trace,
  Abbrev,
  Verbose,
  Raw,
  Signal,
  Status,
  Quiet,
  Fd,
  Read,
  Write,
  DecodeFds,
  DecodePids,
};

struct Expression {
  Qualifier qualifier = Qualifier::Trace;
  std::string_view set;  ///< what stands behind "qualifier=": a part of the text that was parsed
};

/// Without a qualifier it is `trace`. Errors: Malformed (no such qualifier), Unsupported (one of strace's that tether
/// lacks).
Result<Expression> parse_expression(std::string_view text);

struct SetText {
  bool is_negated = false;
  std::vector<std::string_view> values;  ///< not empty; {"all"} and {"none"} keep their meaning for the caller
};

/// Splits at the commas; empty values are dropped. Malformed if nothing is left.
Result<SetText> parse_set_text(std::string_view text);

/// A name of a closed list, such as those of status=.
struct Word {
  std::string_view name;
  std::uint32_t bit;
};

/// "failed,unfinished", "!detached", "all", "none" as the bits of `words`; `kind` is what a word is called in errors
/// ("status").
Result<std::uint32_t> parse_word_set(std::string_view text, const std::vector<Word>& words, std::string_view kind);

/// Descriptors: "3,5", "!0,1,2", "all", "none". Malformed for anything else.
Result<FdSelection> parse_descriptor_set(std::string_view text);

}  // namespace tether
