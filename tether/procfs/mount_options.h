#pragma once
// How /proc is mounted (proc(5), "Mount options").

#include <string>
#include <string_view>

#include "tether/base/result.h"

namespace tether::procfs {

/// An error, with the way out, if no proc file system is mounted at /proc: then a process that cannot be found there
/// may well exist. Errors: Unsupported.
Result<void> check_mounted();

/// The value of the option `name` ("hidepid") of the mount at /proc in the text of /proc/self/mounts; empty if it has
/// none.
std::string parse_proc_mount_option(std::string_view mounts, std::string_view name);

/// The same from /proc itself.
std::string read_proc_mount_option(std::string_view name);

}  // namespace tether::procfs
