#pragma once
// The sets of strace's -e trace= (and abbrev=, verbose=, raw=) and -e signal=, made into selections.
//
//   "openat,close"  "!%file"  "/^(p)?read"  "?no_such_call,read"  "stat@32"  "231"  "all"  "none"

#include <string_view>

#include "tether/base/result.h"
#include "tether/event/selection.h"
#include "tether/filter/vocabulary.h"

namespace tether {

/// Errors: Malformed, naming the value that is wrong, and the nearest name that is right.
Result<SyscallSelection> parse_syscall_set(std::string_view text, const Vocabulary& vocabulary);

/// "SIGUSR1,io,17", negated or not. Errors: as above.
Result<SignalSelection> parse_signal_set(std::string_view text, const Vocabulary& vocabulary);

}  // namespace tether
