// How a thread makes a call for us and does not notice.
//
// 1. The instruction. The vDSO has a `syscall` (x86-64) or `int $0x80` (i386) for its own use. We point the thread at
//    it with PTRACE_SETREGS; orig_rax is set to -1, so that the kernel does not take what we interrupted for a system
//    call of ours that is to be restarted. PTRACE_SYSCALL then runs to the call's entry, and again to its exit. No
//    breakpoint is written and no SIGTRAP is involved.
//
// 2. Signals. All are blocked for the time being (PTRACE_SETSIGMASK), so what arrives stays in the kernel's queues.
//    SIGSTOP cannot be blocked, and the thread may have stood at a signal's delivery when it was held; such a signal is
//    out of the queue, so we owe it: end() sends one of the same number as a marker and, at its delivery, gives it the
//    siginfo of the one that was taken. If other signals come first they change places with it, so order is kept.
//
// 3. The interrupted call. If the thread was blocked in one, its registers hold an -ERESTART code, which only the
//    kernel's way back to user mode understands, between dequeuing signals and returning
//    (arch/x86/kernel/signal.c, arch_do_signal_or_restart). From a syscall-exit stop that way is not taken again: the
//    program would see -512. So the last thing is an interrupt of our own: the thread is resumed with its old registers
//    and stopped once more, on that way. From there the kernel restarts the call by itself.
//
// 4. A call with a mask of its own (sigsuspend, ppoll, pselect, epoll_pwait). What the thread itself blocks is put
//    aside by the kernel, and PTRACE_SETSIGMASK throws the call's mask away. With the thread's own mask the call would
//    end by a signal that it blocks, or miss what a signal that it waits for carried. So the call is begun again while
//    everything is blocked; at its entry it gets the thread's own mask to put aside; and it is interrupted once more,
//    as it was.
//
// 5. Restartable sequences. A thread that is stopped within one (rseq(2)) may have been moved to another CPU before it
//    goes on, and the kernel, which looks at the instruction pointer to abort the sequence, has seen ours. So we abort
//    it ourselves, as the kernel does for every preemption.
//
// 6. A stopped process stays stopped: its thread runs alone, and is in the group-stop again when it is interrupted.
//
// If the tracer is killed in between, the kernel lets the thread go as it stands. That is why verbs do this in a
// guardian process (guardian.h). Should that be killed too, a system call leads the thread back by itself where that is
// possible (way_back.h); so its registers are set before signals are blocked, and put back after they are unblocked.
// The kernel, which wakes a thread that loses its tracer as a signal would (kernel/ptrace.c, __ptrace_unlink), restarts
// the interrupted call from there on. What is owed then is lost: signals that were taken from the queue; the mask, if
// it was killed within 4; the rest of a sleep that had been interrupted before (rt_sigreturn(2) clears the restart
// block, so that restart_syscall(2) answers EINTR); and a function that runs (remote_code.cc) ends in a call that
// nobody made.

#include "tether/control/remote_calls.h"

#include <elf.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tether/arch/i386/registers.h"
#include "tether/arch/page.h"
#include "tether/arch/syscall_restart.h"
#include "tether/arch/x86_64/registers.h"
#include "tether/control/restartable_sequence.h"
#include "tether/procfs/auxv.h"
#include "tether/procfs/status.h"
#include "tether/sys/process_memory.h"
#include "tether/tracee/interrupted_call.h"

namespace tether {

namespace x86 = arch::x86_64;

namespace {

constexpr std::chrono::milliseconds kBetweenWishes{50};
constexpr std::size_t kLargestVdso = 4 * kPageSize;

/// Where the process has the instruction that enters the kernel: in its vDSO.
Result<RemoteAddr> find_syscall_instruction(Tid tid, Abi abi) {
  const auto auxv = TETHER_TRY(procfs::read_auxv(tid, word_size(abi)));
  if (const auto vdso = auxv.find(AT_SYSINFO_EHDR)) {
    std::vector<std::byte> image(kLargestVdso);
    image.resize(sys::read_process_memory(tid, RemoteAddr(*vdso), image));
    const auto& wanted = abi == Abi::X86_64 ? x86::kSyscallInstruction : arch::i386::kSyscallInstruction;
    const auto found = std::ranges::search(image, wanted);
    if (!found.empty()) return RemoteAddr(*vdso) + static_cast<std::uint64_t>(found.begin() - image.begin());
  }
  return fail({.code = ErrorCode::Unsupported,
               .message = "process " + std::to_string(tid.value) + " has no vDSO whose system call could be borrowed",
               .hint = "the kernel was started with vdso=0; start it without"});
}

/// Makes the thread's seccomp filters blind for the time of the hold, where it has any.
Result<void> suspend_seccomp(Tid tid, RemoteCallOptions::Confined confined) {
  const procfs::Status status = TETHER_TRY(procfs::read_status(tid));
  if (status.seccomp_mode == 0) return ok();
  if (sys::set_options(tid, {.follow = false, .exec = false, .suspend_seccomp = true}).has_value()) return ok();
  if (confined == RemoteCallOptions::Confined::TryAnyway) return ok();
  return fail({.code = ErrorCode::PermissionDenied,
               .message = "task " + std::to_string(tid.value) +
                          " is confined by seccomp, which may kill it for a call that it does not expect",
               .hint = "run tether as root, which can suspend the filter; or --force"});
}

}  // namespace

Result<RemoteCalls> RemoteCalls::begin(HeldTask& task, const RemoteCallOptions& options) {
  RemoteCalls calls(task, options);
  if (auto prepared = calls.prepare(); !prepared.has_value()) {
    calls.task_.reset();
    return fail(std::move(prepared).error());
  }
  return calls;
}

Result<void> RemoteCalls::prepare() {
  TETHER_CHECK(reach_user_code());
  TETHER_CHECK(suspend_seccomp(tid_, options_.confined));
  abi_ = TETHER_TRY(task_->code_abi());
  instruction_ = TETHER_TRY(find_syscall_instruction(tid_, abi_));
  saved_ = TETHER_TRY(task_->registers());
  TETHER_CHECK(leave_restartable_sequence());
  mask_ = TETHER_TRY(sys::signal_mask(tid_));
  has_call_mask_ = TETHER_TRY(procfs::read_status(tid_)).signals_blocked != mask_;
  return ok();
}

/// The stops at an exec, a fork and the like lie inside of a system call, which is first brought to its end.
Result<void> RemoteCalls::reach_user_code() {
  for (;;) {
    const AnyStop& stop = task_->stop();
    if (std::holds_alternative<SyscallEntryStop>(stop) || std::holds_alternative<SeccompStop>(stop))
      return fail({.code = ErrorCode::Busy,
                   .message = "task " + std::to_string(tid_.value) + " is about to enter a system call",
                   .hint = {}});
    if (std::holds_alternative<InterruptStop>(stop) || std::holds_alternative<GroupStop>(stop) ||
        std::holds_alternative<SignalDeliveryStop>(stop))
      return ok();
    TETHER_CHECK(sys::interrupt(tid_));
    TETHER_CHECK(run_and_await(Until::NextEvent, options_.patience));
  }
}

Result<void> RemoteCalls::leave_restartable_sequence() {
  const auto pointer = find_sequence_pointer(tid_);
  if (!pointer) return ok();
  const auto sequence = read_sequence(tid_, *pointer, x86::instruction_pointer(saved_));
  if (!sequence) return ok();
  saved_ = TETHER_TRY(abort_sequence(tid_, *pointer, *sequence, saved_));
  return task_->set_registers(saved_);
}

RemoteCalls::~RemoteCalls() {
  if (task_) [[maybe_unused]]
    const auto ended = end();
}

Result<std::int64_t> RemoteCalls::call(RemoteCall which, const Arguments& arguments) {
  return call_number(number_of(which, abi_), arguments);
}

Result<std::int64_t> RemoteCalls::call_number(std::uint32_t number, const Arguments& arguments) {
  TETHER_CHECK(protect_restart_block({abi_, number}));
  if (!has_run_) way_back_ = WayBack::find(*task_, abi_, saved_, mask_);
  GeneralRegisters registers = saved_;
  registers.words[x86::kInstructionPointerWord] = instruction_.value;
  if (way_back_ && way_back_->lay().has_value()) {
    registers.words[x86::kInstructionPointerWord] = way_back_->call().value;
    registers.words[x86::kStackPointerWord] = way_back_->stack_pointer().value;
  }
  registers.words[x86::kResultWord] = number;
  registers.words[x86::kSyscallNumberWord] = ~std::uint64_t{0};
  const auto& words = abi_ == Abi::X86_64 ? x86::kSyscallArgumentWords : arch::i386::kSyscallArgumentWords;
  for (std::size_t i = 0; i < arguments.size(); ++i) registers.words[words[i]] = arguments[i];
  const bool was_running = std::exchange(has_run_, true);
  TETHER_CHECK(task_->set_registers(registers));
  if (!was_running) TETHER_CHECK(sys::set_signal_mask(tid_, ~sys::SignalMask{0}));
  const auto deadline = std::chrono::steady_clock::now() + options_.patience;
  TETHER_CHECK(run_to_syscall_stop(deadline));
  const auto* entry = std::get_if<SyscallEntryStop>(&task_->stop());
  if (entry == nullptr || entry->info().nr != number)
    return fail(
        {.code = ErrorCode::PermissionDenied,
         .message = "task " + std::to_string(tid_.value) + " did not make system call " + std::to_string(number),
         .hint = "something in the process, such as syscall user dispatch, intercepts its calls"});
  TETHER_CHECK(run_to_syscall_stop(deadline));
  const auto* exit = std::get_if<SyscallExitStop>(&task_->stop());
  if (exit == nullptr)
    return fail(
        {.code = ErrorCode::Io, .message = "system call " + std::to_string(number) + " has no exit", .hint = {}});
  if (is_unwanted() && (is_restart_code(exit->info().return_value) || exit->info().return_value == -EINTR))
    return fail({.code = ErrorCode::Busy,
                 .sys_errno = EINTR,
                 .message = "the call blocked, and was interrupted as it was no longer wanted",
                 .hint = {}});
  if (is_restart_code(exit->info().return_value))
    return fail(
        {.code = ErrorCode::Busy,
         .sys_errno = EINTR,
         .message = "the call blocked, and was interrupted after " + std::to_string(options_.patience.count()) + " ms",
         .hint = {}});
  return exit->info().return_value;
}

/// The interrupted call, where the kernel is to go on with it from the thread's restart block, is started from its
/// beginning instead if the block will have been overwritten: like epoll_wait's, its time begins anew.
Result<void> RemoteCalls::protect_restart_block(SyscallNr call) {
  std::uint64_t& result = saved_.words[x86::kResultWord];
  const auto interrupted = static_cast<std::int64_t>(saved_.words[x86::kSyscallNumberWord]);
  if (!has_restart_block(call) || interrupted < 0 || static_cast<std::int32_t>(result) != -kRestartByBlock) return ok();
  if (is_restart_call({abi_, static_cast<std::uint32_t>(interrupted)}))
    return fail({.code = ErrorCode::Busy,
                 .message = "task " + std::to_string(tid_.value) +
                            " sleeps in a call that the kernel goes on with by itself, which another call that sleeps "
                            "would disturb",
                 .hint = "try another thread of the process (PID:TID), or later"});
  result = static_cast<std::uint64_t>(-kRestartUnlessHandled);
  return ok();
}

/// Resumes the task, alone if its group is stopped, and waits for it to stop again.
Result<void> RemoteCalls::move_on(AnyStop&& stop, Until until, std::chrono::milliseconds patience) {
  if (auto* group = std::get_if<GroupStop>(&stop))
    TETHER_CHECK(std::move(*group).run_alone(until));
  else
    TETHER_CHECK(go_on(std::move(stop), until));
  task_->put_stop(TETHER_TRY(await_stop(tid_, patience)));
  return ok();
}

/// The same from where it stands, owing the signal that it may have been given.
Result<void> RemoteCalls::run_and_await(Until until, std::chrono::milliseconds patience) {
  AnyStop stop = task_->take_stop();
  auto* signalled = std::get_if<SignalDeliveryStop>(&stop);
  if (signalled == nullptr) return move_on(std::move(stop), until, patience);
  owed_.push_back({signalled->signal(), TETHER_TRY(signalled->info())});
  TETHER_CHECK(std::move(*signalled).suppress(until));
  task_->put_stop(TETHER_TRY(await_stop(tid_, patience)));
  return ok();
}

bool RemoteCalls::is_unwanted() const {
  return options_.wish && options_.wish() != RemoteCallOptions::Wish::Wait;
}

/// Code that makes many calls stops so often that it would never have to be interrupted.
RemoteCalls::RunEnd RemoteCalls::judge_stop(std::chrono::steady_clock::time_point deadline) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= deadline) return RunEnd::TimeUp;
  if (now < next_wish_) return RunEnd::Stopped;
  next_wish_ = now + kBetweenWishes;
  return is_unwanted() ? RunEnd::Unwanted : RunEnd::Stopped;
}

Result<RemoteCalls::RunEnd> RemoteCalls::run_to_stop(std::chrono::steady_clock::time_point deadline) {
  using std::chrono::milliseconds;
  const auto patience = [&] {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    return std::clamp(left, milliseconds(0), options_.wish ? kBetweenWishes : milliseconds::max());
  };
  auto stopped = run_and_await(Until::NextSyscallStop, patience());
  while (!stopped.has_value()) {
    if (stopped.error().code != ErrorCode::Busy) return fail(std::move(stopped).error());
    const bool is_late = std::chrono::steady_clock::now() >= deadline;
    if (is_late || is_unwanted()) {
      TETHER_CHECK(sys::interrupt(tid_));
      task_->put_stop(TETHER_TRY(await_stop(tid_, milliseconds(1000))));
      return is_late ? RunEnd::TimeUp : RunEnd::Unwanted;
    }
    auto stop = await_stop(tid_, patience());
    if (stop.has_value()) {
      task_->put_stop(std::move(*stop));
      break;
    }
    stopped = fail(std::move(stop).error());
  }
  return judge_stop(deadline);
}

Result<void> RemoteCalls::run_to_syscall_stop(std::chrono::steady_clock::time_point deadline) {
  do {
    TETHER_TRY(run_to_stop(deadline));
  } while (!std::holds_alternative<SyscallEntryStop>(task_->stop()) &&
           !std::holds_alternative<SyscallExitStop>(task_->stop()));
  return ok();
}

Result<void> RemoteCalls::end() {
  HeldTask* task = task_.get();
  if (task == nullptr) return ok();
  const std::unique_ptr<HeldTask, Nothing> keeps = std::move(task_);
  if (!has_run_) return ok();
  if (!task->is_held())
    return fail({.code = ErrorCode::TraceeGone, .sys_errno = ESRCH, .message = "the tracee is gone", .hint = {}});
  task_.reset(task);
  TETHER_CHECK(leave_stop_within_code());
  if (!is_in_call_with_own_mask()) TETHER_CHECK(sys::set_signal_mask(tid_, mask_));
  TETHER_CHECK(task->set_registers(saved_));
  if (way_back_) way_back_->take_up();
  auto ended = is_in_call_with_own_mask() ? enter_call_again() : ok();
  if (ended.has_value()) ended = return_to_signal_path();
  if (ended.has_value() && !owed_.empty()) ended = deliver_owed();
  task_.reset();
  return ended;
}

void RemoteCalls::go_on_with_mask(sys::SignalMask mask) {
  has_run_ = true;
  mask_ = mask;
}

bool RemoteCalls::is_in_call_with_own_mask() const {
  const auto number = static_cast<std::int64_t>(saved_.words[x86::kSyscallNumberWord]);
  const auto result = static_cast<std::int32_t>(saved_.words[x86::kResultWord]);
  return has_call_mask_ && number >= 0 && is_restart_code(result);
}

/// To the entry of the call that was interrupted, with the thread's own mask, which the call will replace.
Result<void> RemoteCalls::enter_call_again() {
  TETHER_CHECK(sys::set_signal_mask(tid_, ~sys::SignalMask{0}));
  TETHER_CHECK(return_to_signal_path());
  TETHER_CHECK(run_to_syscall_stop(std::chrono::steady_clock::now() + options_.patience));
  return sys::set_signal_mask(tid_, mask_);
}

Result<void> RemoteCalls::return_to_signal_path() {
  TETHER_CHECK(sys::interrupt(tid_));
  TETHER_CHECK(move_on(task_->take_stop(), Until::NextEvent, options_.patience));
  return repair_interruption();
}

/// What stopping it did to the call that it was in.
Result<void> RemoteCalls::repair_interruption() {
  AnyStop stop = task_->take_stop();
  auto repaired = ok();
  if (auto* interrupted = std::get_if<InterruptStop>(&stop)) repaired = repair_interrupted_call(*interrupted);
  if (auto* signalled = std::get_if<SignalDeliveryStop>(&stop)) repaired = repair_interrupted_call(*signalled);
  task_->put_stop(std::move(stop));
  return repaired;
}

/// One of ours: what end() sent to stand in for a signal that is owed.
Result<bool> RemoteCalls::is_marker(const SignalDeliveryStop& stop) const {
  const SigInfoBytes bytes = TETHER_TRY(stop.info());
  siginfo_t info;
  std::memcpy(&info, bytes.data(), sizeof info);
  // From outside of the tracee's pid namespace a sender has no id (0).
  return info.si_code == SI_TKILL && (info.si_pid == ::getpid() || info.si_pid == 0);
}

/// False if one of that number is in the thread's queue already: the kernel keeps only one, and that one will do.
Result<bool> RemoteCalls::send_marker(Signal signal) const {
  constexpr std::size_t kMost = 64;
  for (const auto& bytes : TETHER_TRY(sys::pending_signals(tid_, sys::SignalQueue::Thread, 0, kMost))) {
    siginfo_t info;
    std::memcpy(&info, bytes.data(), sizeof info);
    if (info.si_signo == signal.value && signal.value < SIGRTMIN) return false;
  }
  const procfs::Status status = TETHER_TRY(procfs::read_status(tid_));
  if (::syscall(SYS_tgkill, status.thread_group.value, tid_.value, signal.value) != 0)
    return fail(errno_error(errno, "giving back a signal"));
  return true;
}

Result<void> RemoteCalls::deliver_owed() {
  while (!owed_.empty()) {
    if (!std::holds_alternative<SignalDeliveryStop>(task_->stop())) {
      TETHER_TRY(send_marker(owed_.front().signal));
      const sys::SignalMask blocked = TETHER_TRY(procfs::read_status(tid_)).signals_blocked;
      if ((blocked >> (owed_.front().signal.value - 1) & 1) !=
          0) {  // it stays in the queue (remote_code.cc unblocks some)
        owed_.pop_front();
        continue;
      }
      TETHER_CHECK(move_on(task_->take_stop(), Until::NextEvent, options_.patience));
      continue;
    }
    AnyStop stop = task_->take_stop();
    auto& carrier = std::get<SignalDeliveryStop>(stop);
    if (!TETHER_TRY(is_marker(carrier))) owed_.push_back({carrier.signal(), TETHER_TRY(carrier.info())});
    const OwedSignal next = owed_.front();
    owed_.pop_front();
    TETHER_CHECK(carrier.set_info(next.info));
    SignalDeliveryStop real(tid_, next.signal);
    if (owed_.empty()) {
      task_->put_stop(std::move(real));
      return ok();
    }
    TETHER_CHECK(sys::interrupt(tid_));  // so that it stops again as soon as that signal's handler has been prepared
    TETHER_CHECK(std::move(real).deliver(Until::NextEvent));
    task_->put_stop(TETHER_TRY(await_stop(tid_, options_.patience)));
  }
  return ok();
}

}  // namespace tether
