#include "tether/control/thread_snapshots.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "tether/base/clock.h"
#include "tether/procfs/current_call.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace {

/// Enough for most to stop, which take microseconds; the others wait for all that time.
constexpr std::chrono::milliseconds kSnapshotPatience{30};

/// All stacks together, so that the pause of many threads whose stacks lie in a large heap (Go) stays short.
constexpr std::size_t kMostBytesOfAll = 32u << 20;
constexpr std::size_t kLeastStackBytes = 64u << 10;

void copy_stack(symbol::ThreadSnapshot& snapshot, Tid tid, std::size_t most) {
  const RemoteAddr sp = snapshot.stack_pointer();
  snapshot.stack_start = RemoteAddr(sp.value - std::min(sp.value, symbol::kRedZone));
  // In growing steps: most stacks in use are short, and the memory for a long one would have to be cleared first.
  constexpr std::size_t kFirstStep = 16u << 10;
  for (std::size_t step = kFirstStep; snapshot.stack.size() < most; step *= 2) {
    const std::size_t had = snapshot.stack.size();
    const std::size_t wanted = std::min(step, most - had);
    snapshot.stack.resize(had + wanted);
    const std::size_t got =
        sys::read_process_memory(tid, snapshot.stack_start + had, std::span(snapshot.stack).subspan(had));
    snapshot.stack.resize(had + got);
    if (got < wanted) return;
  }
}

/// The registers of a system call's arguments (syscall(2)).
constexpr std::array<std::string_view, 6> kX86_64Arguments{"rdi", "rsi", "rdx", "r10", "r8", "r9"};
constexpr std::array<std::string_view, 6> kI386Arguments{"ebx", "ecx", "edx", "esi", "edi", "ebp"};

void set_register(symbol::ThreadSnapshot& snapshot, std::string_view name, std::uint64_t value) {
  for (const RegisterName& known : register_names(snapshot.abi))
    if (known.name == name) snapshot.registers.words[known.word] = value;
}

/// A thread that sleeps in the kernel, from what /proc tells of it.
TakenThread take_sleeper(Tid tid, std::size_t most_stack_bytes) {
  TakenThread taken{.tid = tid, .snapshot = std::nullopt, .was_asleep = true, .reason = {}};
  const auto call = procfs::read_current_call(tid);
  if (!call.has_value() || call->is_running) {
    taken.reason = call.has_value() ? "it does not stop, and does not sleep" : call.error().message;
    return taken;
  }
  symbol::ThreadSnapshot snapshot{.registers = {}, .abi = Abi::X86_64, .stack_start = {}, .stack = {}};
  // The ABI of code is not told; only 64-bit code has addresses beyond 4 GiB, where its stacks lie.
  if (call->stack_pointer.value <= UINT32_MAX) snapshot.abi = Abi::I386;
  const bool is_64_bit = snapshot.abi == Abi::X86_64;
  set_register(snapshot, is_64_bit ? "rip" : "eip", call->instruction.value);
  set_register(snapshot, is_64_bit ? "rsp" : "esp", call->stack_pointer.value);
  const auto& arguments = is_64_bit ? kX86_64Arguments : kI386Arguments;
  for (std::size_t i = 0; call->number && i < arguments.size(); ++i)
    set_register(snapshot, arguments[i], call->args[i]);
  copy_stack(snapshot, tid, most_stack_bytes);
  taken.snapshot = std::move(snapshot);
  return taken;
}

TakenThread take_held(const HeldTask& task, std::size_t most_stack_bytes) {
  auto snapshot = take_snapshot(task, most_stack_bytes);
  if (snapshot.has_value())
    return {.tid = task.tid(), .snapshot = std::move(*snapshot), .was_asleep = false, .reason = {}};
  return {.tid = task.tid(), .snapshot = std::nullopt, .was_asleep = false, .reason = snapshot.error().message};
}

}  // namespace

Result<symbol::ThreadSnapshot> take_snapshot(const HeldTask& task, std::size_t most_stack_bytes) {
  symbol::ThreadSnapshot snapshot{.registers = TETHER_TRY(task.registers()), .stack_start = {}, .stack = {}};
  snapshot.abi = TETHER_TRY(task.code_abi());
  copy_stack(snapshot, task.tid(), most_stack_bytes);
  return snapshot;
}

Result<ProcessSnapshot> take_snapshots(Pid pid) {
  ProcessSnapshot taken;
  const std::uint64_t begin = monotonic_ns();
  HeldProcess held = TETHER_TRY(HeldProcess::seize(pid, {.patience = kSnapshotPatience}, HeldProcess::Sleepers::LeaveOut));
  const std::size_t most = std::clamp(kMostBytesOfAll / (held.tasks().size() + 1), kLeastStackBytes, kMostStackBytes);
  for (const HeldTask& task : held.tasks()) taken.threads.push_back(take_held(task, most));
  for (const Tid tid : held.sleepers()) taken.threads.push_back(take_sleeper(tid, most));
  std::move(held).release();
  taken.pause_ns = monotonic_ns() - begin;
  std::ranges::sort(taken.threads, {}, &TakenThread::tid);
  return taken;
}

Result<ProcessSnapshot> take_snapshots(Tid only) {
  ProcessSnapshot taken;
  const std::uint64_t begin = monotonic_ns();
  auto held = HeldTask::seize(only, {.patience = kSnapshotPatience});
  if (held.has_value())
    taken.threads.push_back(take_held(*held, kMostStackBytes));
  else if (held.error().code == ErrorCode::Busy && held.error().sys_errno == 0)  // it sleeps; nobody else holds it
    taken.threads.push_back(take_sleeper(only, kMostStackBytes));
  else
    return fail(std::move(held).error());
  if (held.has_value()) TETHER_CHECK(std::move(*held).release());
  taken.pause_ns = monotonic_ns() - begin;
  return taken;
}

}  // namespace tether
