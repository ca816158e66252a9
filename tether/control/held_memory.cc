#include "tether/control/held_memory.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "tether/arch/general_registers.h"
#include "tether/procfs/current_call.h"
#include "tether/procfs/process_list.h"
#include "tether/procfs/task.h"
#include "tether/sys/kernel_compare.h"

namespace tether {

namespace {

constexpr std::uint64_t kCallLength = 2;  // of syscall, sysenter and int 0x80 alike

/// Where a task goes on, and whether it is in a system call, which may be begun anew.
struct Standing {
  std::uint64_t instruction = 0;
  bool is_in_call = false;
};

bool is_inside(const Standing& standing, RemoteAddr start, RemoteAddr end) {
  const std::uint64_t at = standing.instruction;
  if (at > start.value && at < end.value) return true;
  return standing.is_in_call && at >= start.value + kCallLength && at < end.value + kCallLength;
}

std::optional<Standing> standing_of(const HeldTask& task) {
  const auto registers = task.registers();
  if (!registers.has_value()) return std::nullopt;  // killed meanwhile
  const auto at = find_register(*registers, Abi::X86_64, "rip");
  const auto call = find_register(*registers, Abi::X86_64, "orig_rax");
  return Standing{.instruction = at.value_or(0), .is_in_call = static_cast<std::int64_t>(call.value_or(0)) >= 0};
}

}  // namespace

Result<std::vector<Pid>> find_memory_sharers(Pid pid) {
  std::vector<Pid> sharers;
  const Tid living = procfs::living_task_of(pid);
  for (const Pid other : TETHER_TRY(procfs::read_process_ids())) {
    if (other == pid) continue;
    const auto sharing = sys::share_memory(living, leader_of(other));
    if (sharing.has_value() && *sharing) sharers.push_back(other);
  }
  return sharers;
}

Result<HeldMemory> HeldMemory::seize(Pid pid) {
  HeldMemory held;
  held.pid_ = pid;
  held.processes_.push_back(TETHER_TRY(HeldProcess::seize(pid, {}, HeldProcess::Sleepers::LeaveOut)));
  std::vector<Pid> known;
  for (bool is_new = true; is_new;) {
    is_new = false;
    for (const Pid sharer : TETHER_TRY(find_memory_sharers(pid))) {
      if (std::ranges::find(known, sharer) != known.end()) continue;
      auto process = HeldProcess::seize(sharer, {}, HeldProcess::Sleepers::LeaveOut);
      if (!process.has_value() && process.error().code == ErrorCode::TraceeGone) continue;
      if (!process.has_value())
        return fail(
            std::move(process).error().with_context("process " + std::to_string(sharer.value) + " shares the memory"));
      held.processes_.push_back(std::move(*process));
      known.push_back(sharer);
      is_new = true;
    }
  }
  return held;
}

std::optional<HeldMemory::Inside> HeldMemory::find_inside(RemoteAddr start, RemoteAddr end) {
  for (HeldProcess& process : processes_) {
    for (HeldTask& task : process.tasks()) {
      if (!task.is_held()) continue;
      if (const auto standing = standing_of(task); standing && is_inside(*standing, start, end))
        return Inside{.tid = task.tid(), .task = &task};
    }
    for (const Tid sleeper : process.sleepers()) {
      const auto call = procfs::read_current_call(sleeper);
      if (call.has_value() && is_inside({.instruction = call->instruction.value, .is_in_call = true}, start, end))
        return Inside{.tid = sleeper};
    }
  }
  return std::nullopt;
}

Result<std::optional<Tid>> HeldMemory::clear(RemoteAddr start, RemoteAddr end,
                                             std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto inside = find_inside(start, end);
    if (!inside) return std::optional<Tid>();
    if (inside->task == nullptr || std::chrono::steady_clock::now() >= deadline) return std::optional(inside->tid);
    const auto run = inside->task->run_for_a_moment({});
    if (run.has_value() || run.error().code == ErrorCode::TraceeGone) continue;
    if (run.error().code == ErrorCode::Busy) return std::optional(inside->tid);
    return fail(run.error());
  }
}

bool HeldMemory::has_newcomers() const {
  std::size_t held = 0;
  for (const HeldProcess& process : processes_) held += process.tasks().size() + process.sleepers().size();
  std::size_t present = 0;
  auto sharers = find_memory_sharers(pid_);
  if (sharers.has_value()) sharers->push_back(pid_);
  for (const Pid pid : sharers.value_or(std::vector<Pid>())) {
    present += procfs::read_task_ids(leader_of(pid)).value_or(std::vector<Tid>()).size();
    if (procfs::living_task_of(pid) != leader_of(pid)) --present;  // the main thread has ended, and is listed
  }
  return present > held;
}

}  // namespace tether
