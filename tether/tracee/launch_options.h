#pragma once
// LaunchOptions: a command to be started as a tracee, as its user wrote it.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tether/base/ids.h"

namespace tether {

/// A process that will execute the command when it is told so. The descriptors are those of the tracer's process;
/// launch() closes them.
struct WaitingProcess {
  Pid pid;
  int go = -1;       ///< a byte written here makes it go on; closing it makes it end
  int failure = -1;  ///< for LaunchedChild::failure
};

struct LaunchOptions {
  std::vector<std::string> argv;     ///< argv[0] is looked up along PATH unless it has a slash
  std::optional<std::string> argv0;  ///< what the command gets as its argv[0] instead
  /// Changes to the environment: a value sets, nullopt removes.
  std::vector<std::pair<std::string, std::optional<std::string>>> environment;
  std::optional<std::string> user;  ///< run as this user, with that user's groups (strace -u)

  /// Ask the kernel to kill the whole tree if the tracer dies (PTRACE_O_EXITKILL). Forced by a seccomp filter.
  enum class OnTracerDeath : std::uint8_t { KeepRunning, Kill } on_tracer_death = OnTracerDeath::KeepRunning;

  /// Seize: PTRACE_SEIZE by the parent (the default). TraceMe: the child asks by PTRACE_TRACEME, as older tools do.
  enum class Entry : std::uint8_t { Seize, TraceMe } entry = Entry::Seize;

  /// With Yama's ptrace_scope 1, who may attach to the command besides its ancestors: this process and its descendants
  /// (PR_SET_PTRACER).
  std::optional<Pid> admitted_tracer;

  /// A process that waits to become the command (become_traced_command); absent: one is forked.
  std::optional<WaitingProcess> waiting;
};

}  // namespace tether
