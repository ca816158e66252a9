#include "tether/base/error.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace tether {

namespace {

ErrorCode code_of_errno(int err) {
  switch (err) {
    case ESRCH:
      return ErrorCode::TraceeGone;
    case EPERM:
    case EACCES:
      return ErrorCode::PermissionDenied;
    case ENOENT:
      return ErrorCode::NotFound;
    case ENOSYS:
    case EOPNOTSUPP:
      return ErrorCode::Unsupported;
    case EBUSY:
      return ErrorCode::Busy;
    default:
      return ErrorCode::Io;
  }
}

}  // namespace

std::string describe_errno(int err) {
  const char* text = strerrordesc_np(err);
  return text != nullptr ? std::string(text) : "errno " + std::to_string(err);
}

Error errno_error(int err, std::string_view what) {
  return Error{.code = code_of_errno(err),
               .sys_errno = err,
               .message = std::string(what) + ": " + describe_errno(err),
               .hint = {}};
}

Error Error::with_context(std::string_view what) && {
  message = std::string(what) + ": " + message;
  return std::move(*this);
}

Error Error::with_hint(std::string_view way_out) && {
  if (hint.empty()) hint = way_out;
  return std::move(*this);
}

}  // namespace tether
