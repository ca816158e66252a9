#pragma once
// Command: LaunchOptions made concrete: the file to execute, its arguments and environment, the user to become.
//
// Everything that can fail before a process exists fails here, so that the child of the fork has nothing to do but a
// few system calls.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "tether/base/result.h"
#include "tether/tracee/launch_options.h"

namespace tether {

struct Command {
  std::string file;                      ///< path for execve
  std::vector<std::string> arguments;    ///< argv[0] first
  std::vector<std::string> environment;  ///< "NAME=value"

  struct Identity {
    uid_t uid;
    gid_t gid;
    std::vector<gid_t> groups;
  };
  std::optional<Identity> identity;  ///< user and groups to change to
};

/// Looks the command up along PATH and the user in the user database.
/// Errors: NotFound (no such command, with sys_errno ENOENT), PermissionDenied (found, but not executable: EACCES),
/// Malformed (no command at all), NotFound for an unknown user.
Result<Command> resolve_command(const LaunchOptions& options);

}  // namespace tether
