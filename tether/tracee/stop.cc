#include "tether/tracee/stop.h"

#include <linux/ptrace.h>
#include <signal.h>

#include <type_traits>

#include "tether/sys/process_memory.h"
#include "tether/sys/wait.h"

namespace tether {

Result<GeneralRegisters> Stop::registers() const {
  GeneralRegisters registers;
  TETHER_CHECK(sys::general_registers(tid_, registers.words));
  return registers;
}

Result<void> Stop::set_registers(const GeneralRegisters& registers) {
  return sys::set_general_registers(tid_, registers.words);
}

std::size_t Stop::read_memory(RemoteAddr addr, std::span<std::byte> out) const {
  return sys::read_process_memory(tid_, addr, out);
}

Result<SigInfoBytes> SignalDeliveryStop::info() const {
  SigInfoBytes bytes;
  TETHER_CHECK(sys::signal_info(tid(), bytes));
  return bytes;
}

Result<void> SignalDeliveryStop::set_info(const SigInfoBytes& info) {
  return sys::set_signal_info(tid(), info);
}

namespace {

Result<AnyStop> classify_event(Tid tid, int event, Signal signal) {
  const auto new_task = [&](NewTaskStop::Kind kind) -> Result<AnyStop> {
    return NewTaskStop(tid, kind, Tid(static_cast<std::int32_t>(TETHER_TRY(sys::event_message(tid)))));
  };
  switch (event) {
    case PTRACE_EVENT_FORK:
      return new_task(NewTaskStop::Kind::Fork);
    case PTRACE_EVENT_VFORK:
      return new_task(NewTaskStop::Kind::Vfork);
    case PTRACE_EVENT_CLONE:
      return new_task(NewTaskStop::Kind::Clone);
    case PTRACE_EVENT_VFORK_DONE:
      return VforkDoneStop(tid);
    case PTRACE_EVENT_EXEC: {
      // A task whose id the exec has changed answers ESRCH to every request until this stop has been waited for (Linux
      // ≥ 5.13, kernel/ptrace.c, looks_like_a_spurious_pid). So this stop is consumed; it has no signal to lose.
      [[maybe_unused]] const auto consumed = sys::park(tid);
      return ExecStop(tid, Tid(static_cast<std::int32_t>(TETHER_TRY(sys::event_message(tid)))));
    }
    case PTRACE_EVENT_EXIT:
      return ExitStop(tid, static_cast<std::uint32_t>(TETHER_TRY(sys::event_message(tid))));
    case PTRACE_EVENT_SECCOMP:
      return SeccompStop(tid, TETHER_TRY(sys::syscall_info(tid)));
    default:  // PTRACE_EVENT_STOP
      if (is_stop_signal(signal)) return GroupStop(tid, signal);
      return InterruptStop(tid);
  }
}

}  // namespace

Result<AnyStop> classify_stop(Tid tid, std::int32_t wait_status) {
  if (wait_status == (SIGTRAP | 0x80)) {  // PTRACE_O_TRACESYSGOOD
    const sys::SyscallStopInfo info = TETHER_TRY(sys::syscall_info(tid));
    if (info.op == sys::SyscallStopInfo::Op::Exit) return SyscallExitStop(tid, info);
    return SyscallEntryStop(tid, info);
  }
  const Signal signal(wait_status & 0x7f);
  if (const int event = wait_status >> 8; event != 0) return classify_event(tid, event, signal);
  return SignalDeliveryStop(tid, signal);
}

bool is_stop_signal(Signal signal) {
  return signal.value == SIGSTOP || signal.value == SIGTSTP || signal.value == SIGTTIN || signal.value == SIGTTOU;
}

Result<void> unless_gone(Result<void> result) {
  if (!result.has_value() && result.error().code == ErrorCode::TraceeGone) return ok();
  return result;
}

Tid tid_of(const AnyStop& stop) {
  return std::visit([](const Stop& s) { return s.tid(); }, stop);
}

Result<void> go_on(AnyStop&& stop, Until until) {
  if (auto* signal = std::get_if<SignalDeliveryStop>(&stop)) return std::move(*signal).deliver(until);
  if (auto* group = std::get_if<GroupStop>(&stop)) return std::move(*group).listen();
  return std::visit(
      [until](auto& s) -> Result<void> {
        if constexpr (std::is_base_of_v<PlainStop, std::remove_reference_t<decltype(s)>>)
          return std::move(s).run(until);
        else
          return ok();
      },
      stop);
}

Result<void> detach(AnyStop&& stop) {
  return std::visit([](auto& s) { return std::move(s).detach(); }, stop);
}

}  // namespace tether
