#include "tether/control/mapping_names.h"

#include <algorithm>

#include "tether/base/hexadecimal.h"
#include "tether/procfs/current_call.h"
#include "tether/procfs/task.h"
#include "tether/sys/robust_list.h"

namespace tether {

namespace {

using procfs::Mapping;
using procfs::MappingKind;

bool is_plain(const Mapping& mapping) {
  return mapping.kind == MappingKind::Anonymous && mapping.path.empty();
}

bool is_accessible(const Mapping& mapping) {
  return mapping.is_readable || mapping.is_writable || mapping.is_executable;
}

std::string file_name(const Mapping& mapping) {
  // shmem_zero_setup() in the kernel: what mmap(MAP_SHARED|MAP_ANONYMOUS) makes.
  if (mapping.path == "/dev/zero" && mapping.is_deleted) return "[shared anonymous]";
  return mapping.path + (mapping.offset == 0 ? "" : "+" + hex(mapping.offset)) +
         (mapping.is_deleted ? " (deleted)" : "");
}

/// "[thread 7 stack]", or with several threads "[threads 7, 8 stacks]"; empty if no stack pointer leads there.
std::string stack_name(const Mapping& mapping, std::span<const StackPlace> stacks) {
  std::string ids;
  std::size_t count = 0;
  for (const StackPlace& stack : stacks) {
    if (!mapping.contains(stack.address)) continue;
    ids += (count++ == 0 ? "" : ", ") + std::to_string(stack.tid.value);
  }
  if (count == 0) return {};
  return count == 1 ? "[thread " + ids + " stack]" : "[threads " + ids + " stacks]";
}

std::string inaccessible_name(const Mapping& mapping, const Mapping* next) {
  constexpr std::uint64_t kLargestGuard = 1 << 20;  // thread libraries take a page, some runtimes up to this
  const bool guards = next != nullptr && next->start == mapping.end && next->is_writable && is_plain(*next) &&
                      mapping.size() <= kLargestGuard;
  return guards ? "[guard]" : "[reserved]";
}

std::string anonymous_name(const Mapping& mapping, const Mapping* next, std::span<const StackPlace> stacks) {
  if (!is_accessible(mapping)) return inaccessible_name(mapping, next);
  if (auto stack = stack_name(mapping, stacks); !stack.empty()) return stack;
  return "[anonymous]";
}

}  // namespace

std::vector<StackPlace> find_stacks(Pid pid) {
  std::vector<StackPlace> stacks;
  const auto tids = procfs::read_task_ids(leader_of(pid));
  if (!tids.has_value()) return stacks;
  for (const Tid tid : *tids) {
    const auto call = procfs::read_current_call(tid);
    if (!call.has_value()) continue;
    if (!call->is_running) {
      stacks.push_back({.tid = tid, .address = call->stack_pointer});
    } else if (tid != leader_of(pid)) {  // whose list is not on its stack, and whose stack the kernel names
      const auto head = sys::robust_list_head(tid);
      if (head.has_value() && !head->is_null()) stacks.push_back({.tid = tid, .address = *head});
    }
  }
  return stacks;
}

std::vector<std::string> name_mappings(std::span<const procfs::MappingUse> uses, std::span<const StackPlace> stacks) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const Mapping& mapping = uses[i].mapping;
    const Mapping* next = i + 1 == uses.size() ? nullptr : &uses[i + 1].mapping;
    if (is_plain(mapping))
      names.push_back(anonymous_name(mapping, next, stacks));
    else
      names.push_back(mapping.kind == MappingKind::File ? file_name(mapping) : mapping.path);
  }
  return names;
}

}  // namespace tether
