#pragma once
// Stop: one tracee held still by ptrace.
//
// Everything that the kernel allows only in a ptrace-stop is a member of a stop type, so that code which holds no
// Stop cannot ask for it, and each type has only the moves that the kernel allows there: a GroupStop has listen() and
// no deliver(). Resuming consumes the Stop (rvalue-qualified). A Stop that is dropped without being resumed loses
// nothing: stops are peeked at, not consumed (sys/wait.h), so the tracer meets it again. Not thread-safe (ptrace(2)):
// only the thread that attached may use a Stop.
//
//   AnyStop stop = ...;                                     // from Tracer::next()
//   if (auto* entry = std::get_if<SyscallEntryStop>(&stop)) {
//     std::uint64_t nr = entry->info().nr;
//     TETHER_CHECK(std::move(*entry).run(Until::NextSyscallStop));
//   }
//
// Every operation may find that the tracee was killed meanwhile: ErrorCode::TraceeGone, which is no fault.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>

#include "tether/arch/general_registers.h"
#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/sys/ptrace.h"

namespace tether {

/// How far a resumed tracee runs before it stops again by itself. Signals and events stop it in any case.
enum class Until : std::uint8_t {
  NextEvent,        ///< PTRACE_CONT
  NextSyscallStop,  ///< PTRACE_SYSCALL
  NextInstruction,  ///< PTRACE_SINGLESTEP: SIGTRAP after one instruction
};

using SigInfoBytes = std::array<std::byte, 128>;

/// What all stops have in common: looking, not moving.
class Stop {
 public:
  Stop(Stop&& other) noexcept : tid_(std::exchange(other.tid_, Tid())) {}
  Stop& operator=(Stop&& other) noexcept {
    tid_ = std::exchange(other.tid_, Tid());
    return *this;
  }

  Tid tid() const { return tid_; }

  Result<GeneralRegisters> registers() const;
  Result<void> set_registers(const GeneralRegisters& registers);

  /// Reads up to `out.size()` bytes at `addr`; fewer where an unreadable page begins, 0 if `addr` is unreadable.
  std::size_t read_memory(RemoteAddr addr, std::span<std::byte> out) const;

 protected:
  explicit Stop(Tid tid) : tid_(tid) {}
  Result<void> resume(sys::Resume how, Signal signal) { return sys::resume(std::exchange(tid_, Tid()), how, signal); }
  Result<void> resume(Until until, Signal signal) {
    return resume(until == Until::NextEvent         ? sys::Resume::Cont
                  : until == Until::NextSyscallStop ? sys::Resume::Syscall
                                                    : sys::Resume::Step,
                  signal);
  }

 private:
  Tid tid_;
};

/// A stop without a signal behind it: the tracee can be run on or let go, and that is all.
class PlainStop : public Stop {
 public:
  Result<void> run(Until until) && { return resume(until, Signal()); }
  Result<void> detach() && { return resume(sys::Resume::Detach, Signal()); }

 protected:
  using Stop::Stop;
};

/// Before a system call: its number and arguments.
class SyscallEntryStop : public PlainStop {
 public:
  SyscallEntryStop(Tid tid, const sys::SyscallStopInfo& info) : PlainStop(tid), info_(info) {}
  const sys::SyscallStopInfo& info() const { return info_; }

 private:
  sys::SyscallStopInfo info_;
};

/// After a system call: its result.
class SyscallExitStop : public PlainStop {
 public:
  SyscallExitStop(Tid tid, const sys::SyscallStopInfo& info) : PlainStop(tid), info_(info) {}
  const sys::SyscallStopInfo& info() const { return info_; }

 private:
  sys::SyscallStopInfo info_;
};

/// A seccomp filter said SECCOMP_RET_TRACE: before a system call. Until::NextSyscallStop leads to its exit.
class SeccompStop : public PlainStop {
 public:
  SeccompStop(Tid tid, const sys::SyscallStopInfo& info) : PlainStop(tid), info_(info) {}
  const sys::SyscallStopInfo& info() const { return info_; }

 private:
  sys::SyscallStopInfo info_;
};

/// A signal is about to be delivered, whatever the tracee's disposition for it. The tracer decides.
class SignalDeliveryStop : public Stop {
 public:
  SignalDeliveryStop(Tid tid, Signal signal) : Stop(tid), signal_(signal) {}
  Signal signal() const { return signal_; }

  Result<SigInfoBytes> info() const;
  Result<void> set_info(const SigInfoBytes& info);

  Result<void> deliver(Until until) && { return resume(until, signal_); }
  Result<void> suppress(Until until) && { return resume(until, Signal()); }
  Result<void> replace(Signal other, Until until) && { return resume(until, other); }
  /// Lets the tracee go, with the signal.
  Result<void> detach() && { return resume(sys::Resume::Detach, signal_); }

 private:
  Signal signal_;
};

/// The whole thread group is stopped by SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU. Only seized tracees have it.
class GroupStop : public Stop {
 public:
  GroupStop(Tid tid, Signal signal) : Stop(tid), signal_(signal) {}
  Signal signal() const { return signal_; }
  /// Leaves it stopped, as it would be without a tracer; SIGCONT is heard of as the next stop.
  Result<void> listen() && { return resume(sys::Resume::Listen, Signal()); }
  /// Lets it go; it stays stopped until SIGCONT.
  Result<void> detach() && { return resume(sys::Resume::Detach, Signal()); }
  /// Runs this one task, for the tracer's own purposes, while its group stays stopped: no move of the program's own. It
  /// is back in the group-stop as soon as it is interrupted or let go.
  Result<void> run_alone(Until until) && { return resume(until, Signal()); }

 private:
  Signal signal_;
};

/// The tracee made a new task, which is attached already and has, or will have, a first stop of its own.
class NewTaskStop : public PlainStop {
 public:
  enum class Kind : std::uint8_t { Fork, Vfork, Clone };
  NewTaskStop(Tid tid, Kind kind, Tid new_tid) : PlainStop(tid), kind_(kind), new_tid_(new_tid) {}
  Kind kind() const { return kind_; }
  Tid new_tid() const { return new_tid_; }

 private:
  Kind kind_;
  Tid new_tid_;
};

/// execve succeeded; the tracee now goes by its leader's id. All other threads of the group are gone.
class ExecStop : public PlainStop {
 public:
  ExecStop(Tid tid, Tid former_tid) : PlainStop(tid), former_tid_(former_tid) {}
  /// The id that the exec'ing thread had: differs from tid() if it was not the leader.
  Tid former_tid() const { return former_tid_; }

 private:
  Tid former_tid_;
};

/// The child of a vfork by this tracee has exec'd or ended.
class VforkDoneStop : public PlainStop {
 public:
  explicit VforkDoneStop(Tid tid) : PlainStop(tid) {}
};

/// The tracee is about to end; its memory is still there. Only with TraceOptions::exit.
class ExitStop : public PlainStop {
 public:
  ExitStop(Tid tid, std::uint32_t wait_status) : PlainStop(tid), wait_status_(wait_status) {}
  std::uint32_t wait_status() const { return wait_status_; }

 private:
  std::uint32_t wait_status_;
};

/// Stopped because the tracer asked (PTRACE_INTERRUPT), because it is new, or because a group-stop ended.
class InterruptStop : public PlainStop {
 public:
  explicit InterruptStop(Tid tid) : PlainStop(tid) {}
};

using AnyStop = std::variant<SyscallEntryStop, SyscallExitStop, SeccompStop, SignalDeliveryStop, GroupStop, NewTaskStop,
                             ExecStop, VforkDoneStop, ExitStop, InterruptStop>;

Tid tid_of(const AnyStop& stop);

/// Whether a signal's default action is to stop the process (signal(7)).
bool is_stop_signal(Signal signal);

/// An operation that found its tracee dead has succeeded as far as anyone can: its end is what is heard of next.
Result<void> unless_gone(Result<void> result);

/// Which stop a tracee is in, by what waitid(2) reported of it (sys::WaitReport::status of a Stopped one). A stop at
/// exec is consumed, since the kernel answers no question before (see the .cc). TraceeGone if it was killed meanwhile.
Result<AnyStop> classify_stop(Tid tid, std::int32_t wait_status);

/// Lets the tracee go on as it would without a tracer: a signal is delivered, a group-stop stays one.
Result<void> go_on(AnyStop&& stop, Until until);

/// Lets the tracee go with whatever the stop had pending: a signal is delivered, a group-stop stays one.
Result<void> detach(AnyStop&& stop);

}  // namespace tether
