#pragma once
// How /proc is mounted (proc(5), "Mount options").

#include <string>
#include <string_view>

namespace tether::procfs {

/// The value of the option `name` ("hidepid") of the mount at /proc in the text of /proc/self/mounts; empty if it has none.
std::string parse_proc_mount_option(std::string_view mounts, std::string_view name);

/// The same from /proc itself.
std::string read_proc_mount_option(std::string_view name);

}  // namespace tether::procfs
