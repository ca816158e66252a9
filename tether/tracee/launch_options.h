#pragma once
// LaunchOptions: a command to be started as a tracee, as its user wrote it.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tether {

struct LaunchOptions {
  std::vector<std::string> argv;  ///< argv[0] is looked up along PATH unless it has a slash
  std::optional<std::string> argv0;  ///< what the command gets as its argv[0] instead
  /// Changes to the environment: a value sets, nullopt removes.
  std::vector<std::pair<std::string, std::optional<std::string>>> environment;
  std::optional<std::string> user;  ///< run as this user, with that user's groups (strace -u)

  /// Ask the kernel to kill the whole tree if the tracer dies (PTRACE_O_EXITKILL). Forced by a seccomp filter.
  enum class OnTracerDeath : std::uint8_t { KeepRunning, Kill } on_tracer_death = OnTracerDeath::KeepRunning;

  /// Seize: PTRACE_SEIZE by the parent (the default). TraceMe: the child asks by PTRACE_TRACEME, as older tools do.
  enum class Entry : std::uint8_t { Seize, TraceMe } entry = Entry::Seize;

  /// The tracer becomes a grandchild, so that the command is the direct child of whoever started tether (strace -D).
  enum class Parentage : std::uint8_t { TracerIsParent, TracerIsGrandchild } parentage = Parentage::TracerIsParent;
};

}  // namespace tether
