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

/// The exit status that tells of it, by the convention of shells and env(1): 127 if the command was not found, 126 if
/// it could not be executed, 125 if neither.
int status_of_exec_failure(int err);

}  // namespace tether
