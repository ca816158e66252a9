#pragma once
// Reading the small text files of /proc whole.

#include <string>

#include "tether/base/result.h"

namespace tether::procfs {

/// Why the file could not be opened: `err`, or that /proc is not mounted.
Error open_error(int err, const std::string& path);

/// The contents of a file, by one open and as many reads as it takes. Errors: NotFound, PermissionDenied, TraceeGone
/// (ESRCH), Io, Unsupported (/proc is not mounted).
Result<std::string> read_text_file(const std::string& path);

/// The same of a file that is open already, from where it stands. `fd` stays open.
Result<std::string> read_open_text(int fd);

}  // namespace tether::procfs
