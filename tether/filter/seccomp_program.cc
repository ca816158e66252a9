// The filter runs at every system call of the tracee, so it is a binary search: for each ABI the numbers are cut into
// ranges that are alike (all selected, or none), and a tree of "number >= start of range?" leads to the one that
// applies. strace's linear or bitmap programs cost more per call; a lone `-e trace=openat` needs three comparisons
// here.

#include "tether/filter/seccomp_program.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>

namespace tether {

namespace {

BpfInstruction statement(int code, std::uint32_t operand) {
  return {.code = static_cast<std::uint16_t>(code), .operand = operand};
}

BpfInstruction jump(int code, std::uint32_t operand, std::uint8_t if_true, std::uint8_t if_false) {
  return {.code = static_cast<std::uint16_t>(code), .jump_true = if_true, .jump_false = if_false, .operand = operand};
}

struct NumberRange {
  std::uint32_t start;
  bool traced;
};

std::vector<NumberRange> ranges_of(const SyscallSelection& selection, Abi abi) {
  std::vector<NumberRange> ranges;
  for (std::uint32_t number = 0; number <= SyscallSelection::kLimit; ++number) {
    const bool traced = selection.contains({abi, number});
    if (ranges.empty() || ranges.back().traced != traced) ranges.push_back({number, traced});
  }
  return ranges;
}

std::vector<BpfInstruction> search(const std::vector<NumberRange>& ranges, std::size_t first, std::size_t end) {
  if (end - first == 1)
    return {statement(BPF_RET | BPF_K, ranges[first].traced ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW)};
  const std::size_t middle = first + (end - first) / 2;
  const auto below = search(ranges, first, middle);
  const auto above = search(ranges, middle, end);
  // Conditional jumps reach 255 instructions; the unconditional one reaches anywhere.
  std::vector<BpfInstruction> program{jump(BPF_JMP | BPF_JGE | BPF_K, ranges[middle].start, 0, 1),
                                      statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(below.size()))};
  program.insert(program.end(), below.begin(), below.end());
  program.insert(program.end(), above.begin(), above.end());
  return program;
}

std::vector<BpfInstruction> section(const SyscallSelection& selection, Abi abi) {
  const auto ranges = ranges_of(selection, abi);
  std::vector<BpfInstruction> program{statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  const auto tree = search(ranges, 0, ranges.size());
  program.insert(program.end(), tree.begin(), tree.end());
  return program;
}

}  // namespace

std::vector<BpfInstruction> make_seccomp_program(const SyscallSelection& selection) {
  const auto native = section(selection, Abi::X86_64);
  const auto compat = section(selection, Abi::I386);
  std::vector<BpfInstruction> program{
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      jump(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 3, 0),
      jump(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 1),
      statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(native.size() + 1)),
      statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  program.insert(program.end(), native.begin(), native.end());
  program.insert(program.end(), compat.begin(), compat.end());
  return program;
}

}  // namespace tether
