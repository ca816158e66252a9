#pragma once
// What tether tells its user on standard error: cause and evidence in one line, the fix in the next.
//
//   tether: no system call 'opne': did you mean 'open'?
//   tether: hint: ?NAME takes a name that may not exist

#include <string_view>

#include "tether/base/error.h"

namespace tether::cli {

/// `tether: text`. What a tracee or a file name may have put into it is escaped.
void say(std::string_view text);

/// `tether: message`, and `tether: hint: …` if there is one.
void say(const Error& error);

/// The exit status of tether's own failures (product.md: like env(1), nice(1), timeout(1)).
inline constexpr int kFailed = 125;

/// Says it, and returns kFailed.
int complain(const Error& error);

}  // namespace tether::cli
