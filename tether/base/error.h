#pragma once
// Error: what went wrong, for programs (code), for people (message) and the way out (hint).
//
// Nothing in tether throws. A fallible function returns Result<T> (result.h), whose error is one of these.
// The death of a tracee is weather, not an error of ours: it has its own code, TraceeGone.

#include <cstdint>
#include <string>
#include <string_view>

namespace tether {

enum class ErrorCode : std::uint8_t {
  TraceeGone,        ///< ESRCH in a ptrace call: the tracee died or was killed meanwhile. Ordinary.
  PermissionDenied,  ///< EPERM, EACCES: the kernel said no.
  NotFound,          ///< No such file, process, symbol, name.
  Unsupported,       ///< This kernel, architecture or tracee cannot do it.
  Malformed,         ///< Bytes or text that do not parse: user input, a file, a hostile tracee.
  Busy,              ///< Someone else holds it: another tracer, a lock.
  Io,                ///< Any other failed system call; sys_errno tells.
};

struct Error {
  ErrorCode code = ErrorCode::Io;
  int sys_errno = 0;    ///< The errno behind it, 0 if none.
  std::string message;  ///< What was being done, and what was said to it. One line, no full stop.
  std::string hint;     ///< The way out, or empty.

  /// The same error with `what` put before its message: "what: message".
  [[nodiscard]] Error with_context(std::string_view what) &&;
  /// The same error with a hint, unless it has one already.
  [[nodiscard]] Error with_hint(std::string_view way_out) &&;
};

/// An Error made from an errno value: its code follows from the errno, its message is "what: strerror(err)".
[[nodiscard]] Error errno_error(int err, std::string_view what);

/// strerror(3) without its locale and threads pitfalls: the C library's English text of `err`.
[[nodiscard]] std::string describe_errno(int err);

}  // namespace tether
