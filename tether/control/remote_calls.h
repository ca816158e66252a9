#pragma once
// RemoteCalls: system calls made by someone else's thread.
//
// The thread is held; its registers are set so that it executes one `syscall` instruction that its process has anyway
// (no byte is written), and afterwards everything about the thread is as it was: registers, signal mask, the call that
// it was blocked in, the signal that was about to be delivered. The essay is in remote_calls.cc.
//
//   HeldTask task = TETHER_TRY(HeldTask::seize(tid, {}));
//   RemoteCalls calls = TETHER_TRY(RemoteCalls::begin(task, {}));
//   std::int64_t pid = TETHER_TRY(calls.call(RemoteCall::Getpid, {}));
//   TETHER_CHECK(calls.end());                                    // the destructor does it too, without a result

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tether/arch/general_registers.h"
#include "tether/arch/remote_call.h"
#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/way_back.h"
#include "tether/sys/ptrace.h"
#include "tether/tracee/hold.h"
#include "tether/tracee/stop.h"

namespace tether {

struct RemoteCallOptions {
  /// How long a call may block before it is interrupted.
  std::chrono::milliseconds patience{5000};
  /// What to do where the process is confined by a seccomp filter that cannot be suspended (that wants CAP_SYS_ADMIN)
  /// and may kill it for a call that it does not expect.
  enum class Confined : std::uint8_t { Refuse, TryAnyway } confined = Confined::Refuse;
  /// Asked about twenty times a second while a call blocks or a function runs: whether its end is still awaited. A
  /// system call is interrupted at either of the others; a function is left at LeaveAtOnce, and at Leave as soon as it
  /// stands where it cannot hold a lock that is known. Absent: Wait.
  enum class Wish : std::uint8_t { Wait, Leave, LeaveAtOnce };
  std::function<Wish()> wish;
  /// Told once when a function is not left at the first wish, with the place where it stands.
  std::function<void(const std::string& place)> stays;
};

class RemoteCalls {
 public:
  using Arguments = std::array<std::uint64_t, 6>;

  /// Prepares the thread, which must outlive the result. Errors: Unsupported where the process has no instruction to
  /// borrow; PermissionDenied for a seccomp filter; Busy if the thread is about to enter a system call
  /// (SyscallEntryStop).
  static Result<RemoteCalls> begin(HeldTask& task, const RemoteCallOptions& options);

  RemoteCalls(RemoteCalls&& other) noexcept = default;
  RemoteCalls& operator=(RemoteCalls&&) = delete;
  ~RemoteCalls();

  /// Which call table, and which layout of structures, the thread's calls use.
  Abi abi() const { return abi_; }
  Tid tid() const { return tid_; }

  /// Makes one call and returns what the kernel said: a result, or -errno. Signals wait meanwhile. Errors: TraceeGone;
  /// Busy if it blocked for too long, or was no longer wished for, and was interrupted; PermissionDenied if the kernel
  /// did not execute it.
  Result<std::int64_t> call(RemoteCall which, const Arguments& arguments);
  /// The same by its number in abi()'s table.
  Result<std::int64_t> call_number(std::uint32_t number, const Arguments& arguments);

  /// How a run of code came to its end.
  struct CodeEnd {
    enum class How : std::uint8_t {
      Returned,
      Faulted,   ///< `fault` tells; it was not delivered
      TimedOut,  ///< interrupted wherever it was
      Unwanted,  ///< the same at RemoteCallOptions::wish
    } how = How::Returned;
    GeneralRegisters registers;
    SigInfoBytes fault{};
  };
  /// The place that code must not be left in before its end, if it stands in one.
  using ObstacleFinder = std::function<std::optional<std::string>(const HeldTask&)>;
  /// Lets the thread run the process's own code from `registers` until it returns to return_address(), with the stack
  /// pointer at `stack_at_end` then, or `patience` is over, or it is no longer wished for and meets no obstacle.
  /// Signals wait meanwhile, but for those of a fault. What the code changed besides the registers stays changed. The
  /// essay is in remote_code.cc. Errors: TraceeGone, also if the code ended the thread.
  Result<CodeEnd> run_code(const GeneralRegisters& registers, RemoteAddr stack_at_end,
                           std::chrono::milliseconds patience, const ObstacleFinder& find_obstacle = {});
  /// Where the code is to return to: the instruction that calls are made by.
  RemoteAddr return_address() const { return instruction_; }

  /// The registers that the thread will go on with.
  const GeneralRegisters& saved_registers() const { return saved_; }

  /// The signal mask that the thread will go on with, instead of the one it had.
  void go_on_with_mask(sys::SignalMask mask);

  /// Puts everything back. The thread stands in a stop from which it goes on as it would have without us.
  Result<void> end();

 private:
  struct OwedSignal {
    Signal signal;
    SigInfoBytes info;
  };
  struct Nothing {
    void operator()(HeldTask*) const {}
  };

  RemoteCalls(HeldTask& task, const RemoteCallOptions& options) : task_(&task), tid_(task.tid()), options_(options) {}
  Result<void> prepare();
  Result<void> reach_user_code();
  Result<void> leave_restartable_sequence();
  bool is_unwanted() const;
  enum class RunEnd : std::uint8_t { Stopped, TimeUp, Unwanted };
  /// TimeUp and Unwanted: the task had to be interrupted, or stands in a stop of its own by then.
  Result<RunEnd> run_to_stop(std::chrono::steady_clock::time_point deadline);
  RunEnd judge_stop(std::chrono::steady_clock::time_point deadline);
  Result<void> run_to_syscall_stop(std::chrono::steady_clock::time_point deadline);
  Result<void> move_on(AnyStop&& stop, Until until, std::chrono::milliseconds patience);
  Result<void> run_and_await(Until until, std::chrono::milliseconds patience);
  Result<void> return_to_signal_path();
  bool is_in_call_with_own_mask() const;
  Result<void> enter_call_again();
  Result<std::optional<CodeEnd>> take_code_stop(RemoteAddr stack_at_end);
  Result<CodeEnd> end_at_return();
  Result<bool> may_leave_code(const ObstacleFinder& find_obstacle);
  Result<void> repair_interruption();
  Result<void> leave_stop_within_code();
  Result<void> ignore_again(Signal signal);
  Result<void> protect_restart_block(SyscallNr call);
  Result<void> deliver_owed();
  Result<bool> is_marker(const SignalDeliveryStop& stop) const;
  Result<bool> send_marker(Signal signal) const;

  std::unique_ptr<HeldTask, Nothing> task_;  ///< not owned; null once ended or moved from
  Tid tid_;
  RemoteCallOptions options_;
  Abi abi_ = Abi::X86_64;
  RemoteAddr instruction_;
  std::optional<WayBack> way_back_;
  GeneralRegisters saved_;
  sys::SignalMask mask_ = 0;    ///< the thread's own
  bool has_call_mask_ = false;  ///< the call that it is in, such as ppoll, has another
  std::deque<OwedSignal> owed_;
  bool has_run_ = false;
  bool has_told_stay_ = false;
  std::chrono::steady_clock::time_point next_wish_{};
};

}  // namespace tether
