#include "tether/control/held_memory.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "tether/arch/general_registers.h"
#include "tether/procfs/current_call.h"
#include "tether/procfs/process_list.h"
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
  for (const Pid other : TETHER_TRY(procfs::read_process_ids())) {
    if (other == pid) continue;
    const auto sharing = sys::share_memory(pid, other);
    if (sharing.has_value() && *sharing == sys::Sharing::Yes) sharers.push_back(other);
  }
  return sharers;
}

Result<HeldMemory> HeldMemory::seize(Pid pid) {
  HeldMemory held;
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

std::optional<Tid> HeldMemory::find_inside(RemoteAddr start, RemoteAddr end) {
  for (HeldProcess& process : processes_) {
    for (const HeldTask& task : process.tasks())
      if (const auto standing = standing_of(task); standing && is_inside(*standing, start, end)) return task.tid();
    for (const Tid sleeper : process.sleepers()) {
      const auto call = procfs::read_current_call(sleeper);
      if (call.has_value() && is_inside({.instruction = call->instruction.value, .is_in_call = true}, start, end))
        return sleeper;
    }
  }
  return std::nullopt;
}

}  // namespace tether
