#include "tether/control/controlling_terminal.h"

#include <sys/ioctl.h>

#include <cerrno>
#include <span>
#include <string>

#include "tether/control/internal/stand_in.h"
#include "tether/control/remote_descriptors.h"
#include "tether/control/remote_process.h"
#include "tether/control/scratch.h"
#include "tether/procfs/process_list.h"
#include "tether/procfs/stat.h"

namespace tether {

namespace {

std::uint64_t word(std::int32_t value) {
  return static_cast<std::uint64_t>(value);
}

Result<void> control(RemoteCalls& calls, Fd terminal, unsigned long request, std::uint64_t argument,
                     std::string_view what) {
  const auto result = TETHER_TRY(calls.call(RemoteCall::Ioctl, {word(terminal.value), request, argument, 0, 0, 0}));
  TETHER_TRY(checked(result, what));
  return ok();
}

Result<void> enter_group(RemoteCalls& calls, std::int32_t group) {
  TETHER_TRY(
      checked(TETHER_TRY(calls.call(RemoteCall::Setpgid, {0, word(group), 0, 0, 0, 0})), "setpgid in the process"));
  return ok();
}

/// The hangup goes to the group in the foreground: a stand-in's.
Result<void> leave(RemoteCalls& calls, Pid pid, Fd terminal) {
  const StandIn stand_in = TETHER_TRY(StandIn::make(calls, pid));
  Scratch scratch = TETHER_TRY(Scratch::map(calls, sizeof(std::int32_t)));
  const std::int32_t group = stand_in.id();
  const RemoteAddr where = TETHER_TRY(scratch.put(std::as_bytes(std::span(&group, 1))));
  TETHER_CHECK(control(calls, terminal, TIOCSPGRP, where.value, "TIOCSPGRP in the process"));
  return control(calls, terminal, TIOCNOTTY, 0, "TIOCNOTTY in the process");
}

Result<void> leave_present_terminal(RemoteCalls& calls, Pid pid) {
  const auto opened = open_remotely(calls, pid, "/dev/tty", 0, 0);
  if (!opened.has_value()) return ok();  // ENXIO: it has none
  auto left = leave(calls, pid, *opened);
  auto closed = close_remotely(calls, *opened);
  return left.has_value() ? closed : left;
}

/// The others in a group must leave it before its number can be a session's.
Result<void> move_group_members(Pid leader, std::int32_t group, const RemoteCallOptions& options) {
  for (const Pid pid : TETHER_TRY(procfs::read_process_ids())) {
    const auto stat = procfs::read_stat(pid);
    if (!stat.has_value() || pid == leader || stat->process_group != leader.value || stat->state == 'Z') continue;
    auto moved = with_remote_calls(pid, options, [&](RemoteCalls& calls) { return enter_group(calls, group); });
    if (!moved.has_value() && moved.error().code != ErrorCode::TraceeGone)
      return fail(std::move(moved).error().with_context("moving process " + std::to_string(pid.value) +
                                                        " to another process group"));
  }
  return ok();
}

Result<void> make_session(RemoteCalls& calls, Pid pid, std::int32_t group, const RemoteCallOptions& options) {
  const auto set = [&]() -> Result<void> {
    TETHER_TRY(checked(TETHER_TRY(calls.call(RemoteCall::Setsid, {})), "setsid in the process"));
    return ok();
  };
  if (group != pid.value) return set();
  const StandIn stand_in = TETHER_TRY(StandIn::make(calls, pid));
  TETHER_CHECK(move_group_members(pid, stand_in.id(), options));
  TETHER_CHECK(enter_group(calls, stand_in.id()));
  return set();
}

}  // namespace

Result<void> take_controlling_terminal(Pid pid, const RemoteCallOptions& options, int terminal) {
  const procfs::Stat stat = TETHER_TRY(procfs::read_stat(pid));
  return with_stopped_process(pid, options, [&](RemoteCalls& calls) -> Result<void> {
    if (stat.session == pid.value)
      TETHER_CHECK(leave_present_terminal(calls, pid));
    else
      TETHER_CHECK(make_session(calls, pid, stat.process_group, options));
    const Fd given = TETHER_TRY(give_descriptor(calls, pid, terminal));
    auto taken = control(calls, given, TIOCSCTTY, 0, "TIOCSCTTY in the process");
    auto closed = close_remotely(calls, given);
    return taken.has_value() ? closed : taken;
  });
}

Result<void> leave_controlling_terminal(Pid pid, const RemoteCallOptions& options, int terminal) {
  return with_stopped_process(pid, options, [&](RemoteCalls& calls) -> Result<void> {
    const Fd given = TETHER_TRY(give_descriptor(calls, pid, terminal));
    auto left = leave(calls, pid, given);
    auto closed = close_remotely(calls, given);
    return left.has_value() ? closed : left;
  });
}

}  // namespace tether
