#pragma once
// Why an execve failed, as far as the file itself tells it.
//
// The kernel has one errno for a program that is not there and for one whose interpreter is not there (execve(2),
// ENOENT), so the file is read.

#include <string>

#include "tether/base/error.h"

namespace tether {

/// "cannot run './x': its interpreter '/nope' does not exist", with the way out. `file`: what was executed; `err`: what
/// execve said. Error::sys_errno is `err`.
Error explain_exec_failure(const std::string& file, int err);

}  // namespace tether
