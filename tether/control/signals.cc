#include "tether/control/signals.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "tether/base/signal_name.h"
#include "tether/control/remote_process.h"
#include "tether/control/scratch.h"
#include "tether/procfs/status.h"
#include "tether/procfs/task.h"
#include "tether/sys/process_memory.h"
#include "tether/tracee/hold.h"

namespace tether {

namespace {

constexpr std::size_t kMostInfos = 1024;

/// Looks into the queues that have something.
Result<void> read_infos(Tid tid, PendingSignals* thread, PendingSignals* process) {
  const HeldTask task = TETHER_TRY(HeldTask::seize(tid, {}));
  if (thread != nullptr) thread->infos = TETHER_TRY(sys::pending_signals(tid, sys::SignalQueue::Thread, 0, kMostInfos));
  if (process != nullptr)
    process->infos = TETHER_TRY(sys::pending_signals(tid, sys::SignalQueue::Process, 0, kMostInfos));
  return ok();
}

/// struct sigaction as rt_sigaction(2) takes it: handler, flags, restorer, mask, the first three of a word each
/// (arch/x86/include/uapi/asm/signal.h; include/linux/compat.h, struct compat_sigaction).
SignalAction parse_action(Signal signal, Abi abi, std::span<const std::byte> bytes) {
  const std::size_t word = word_size(abi);
  const auto load = [&](std::size_t offset, std::size_t size) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + offset, size);
    return value;
  };
  return {.signal = signal,
          .handler = RemoteAddr(load(0, word)),
          .flags = load(word, word),
          .mask = load(3 * word, sizeof(sys::SignalMask))};
}

Result<void> check_sent(long result, Pid pid, std::optional<Tid> thread, Signal signal) {
  if (result == 0) return ok();
  const int err = errno;
  std::string what = "sending " + std::string(find_signal_name(signal)) + " to ";
  what += thread ? "thread " + std::to_string(thread->value) : "process " + std::to_string(pid.value);
  Error error = errno_error(err, what);
  if (err == EAGAIN) {
    error.code = ErrorCode::Busy;
    error.hint = "the queue of this user's signals is full (RLIMIT_SIGPENDING)";
  }
  if (err == EPERM) error.hint = "it is another user's: run tether as that user, or as root";
  return fail(std::move(error));
}

}  // namespace

std::vector<Signal> signals_of(sys::SignalMask mask) {
  constexpr int kHighest = 64;
  std::vector<Signal> all;
  for (int number = 1; number <= kHighest; ++number)
    if ((mask & bit_of(Signal(number))) != 0) all.emplace_back(number);
  return all;
}

bool is_fault(Signal signal, const SigInfoBytes& bytes) {
  siginfo_t info;
  std::memcpy(&info, bytes.data(), sizeof info);
  return std::ranges::find(kFaultSignals, signal.value) != std::end(kFaultSignals) && info.si_code > 0;
}

Result<ProcessSignals> read_signals(Pid pid, std::optional<Tid> thread) {
  ProcessSignals signals{.pid = pid};
  const auto tids = thread ? std::vector{*thread} : TETHER_TRY(procfs::read_task_ids(leader_of(pid)));
  for (const Tid tid : tids) {
    const auto status = procfs::read_status(tid);
    if (!status.has_value()) {
      if (thread) return fail(status.error());
      continue;
    }
    signals.ignored = status->signals_ignored;
    signals.caught = status->signals_caught;
    signals.pending.mask = status->signals_pending_process;
    signals.threads.push_back({.tid = tid,
                               .name = procfs::read_comm(tid),
                               .blocked = status->signals_blocked,
                               .pending = {.mask = status->signals_pending, .infos = {}}});
  }
  if (signals.threads.empty())
    return fail({.code = ErrorCode::TraceeGone, .sys_errno = ESRCH, .message = "the process has ended", .hint = {}});
  bool is_process_wanted = signals.pending.mask != 0;
  for (ThreadSignals& one : signals.threads) {
    if (one.pending.mask == 0 && !is_process_wanted) continue;
    auto read = read_infos(one.tid, one.pending.mask != 0 ? &one.pending : nullptr,
                           is_process_wanted ? &signals.pending : nullptr);
    if (read.has_value()) is_process_wanted = false;
    if (!read.has_value() && read.error().code != ErrorCode::TraceeGone) signals.refusal = std::move(read).error();
  }
  return signals;
}

Result<std::vector<SignalAction>> read_signal_actions(Pid pid, sys::SignalMask which,
                                                      const RemoteCallOptions& options) {
  std::vector<SignalAction> actions;
  if (which == 0) return actions;
  TETHER_CHECK(with_remote_calls(pid, options, [&](RemoteCalls& calls) -> Result<void> {
    std::array<std::byte, 32> bytes{};  // the larger of the two layouts
    Scratch scratch = TETHER_TRY(Scratch::map(calls, bytes.size()));
    const RemoteAddr where = TETHER_TRY(scratch.reserve(bytes.size()));
    for (const Signal signal : signals_of(which)) {
      const std::int64_t result =
          TETHER_TRY(calls.call(RemoteCall::RtSigaction, {static_cast<std::uint64_t>(signal.value), 0, where.value,
                                                          sizeof(sys::SignalMask), 0, 0}));
      TETHER_TRY(checked(result, "rt_sigaction in the process"));
      if (sys::ProcessMemory(calls.tid()).read_exactly(where, bytes))
        actions.push_back(parse_action(signal, calls.abi(), bytes));
    }
    return scratch.unmap();
  }));
  return actions;
}

Result<void> send_signal(Pid pid, std::optional<Tid> thread, Signal signal) {
  if (thread) return check_sent(::syscall(SYS_tgkill, pid.value, thread->value, signal.value), pid, thread, signal);
  return check_sent(::kill(pid.value, signal.value), pid, thread, signal);
}

Result<void> queue_signal(Pid pid, std::optional<Tid> thread, Signal signal, std::uint64_t value) {
  siginfo_t info{};
  info.si_signo = signal.value;
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  std::memcpy(&info.si_value, &value, sizeof value);
  if (thread)
    return check_sent(::syscall(SYS_rt_tgsigqueueinfo, pid.value, thread->value, signal.value, &info), pid, thread,
                      signal);
  return check_sent(::syscall(SYS_rt_sigqueueinfo, pid.value, signal.value, &info), pid, thread, signal);
}

}  // namespace tether
