// sigreturn(2) takes no arguments: what it restores lies on the stack, where the kernel put it when it delivered the
// signal.
//
// Offsets from the stack pointer at the call (arch/x86/include/asm/sigframe.h, uapi/asm/sigcontext.h,
// asm-generic/ucontext.h): the handler's return popped the return address, and the old i386 trampoline pops the signal
// number as well.

#include "tether/decode/internal/irregular.h"

namespace tether::decode {
namespace {

constexpr std::uint64_t kUcontext64Mask = 8 + 8 + 24 + 256;    // flags, link, stack, sigcontext
constexpr std::uint64_t kUcontext32Mask = 4 + 4 + 12 + 88;     // the same in 32 bits
constexpr std::uint64_t kRtFrame32Ucontext = 4 + 4 + 4 + 128;  // sig, pinfo, puc, siginfo
constexpr std::uint64_t kOldFrame32Mask = 80;                  // sigcontext.oldmask
constexpr std::uint64_t kOldFrame32ExtraMask = 88 + 624;       // sigcontext, _fpstate_32

}  // namespace

std::array<MaskPart, 2> signal_mask_parts(const Tables& tables, Abi abi, const RawSyscallEntry& entry) {
  const std::uint64_t stack = entry.stack_pointer;
  if (abi == Abi::X86_64) return {{{stack + kUcontext64Mask, 8}, {}}};
  const bool is_old = tables.string(tables.calls[entry.nr].name) == "sigreturn";
  if (is_old) return {{{stack + kOldFrame32Mask, 4}, {stack + kOldFrame32ExtraMask, 4}}};
  return {{{stack + kRtFrame32Ucontext + kUcontext32Mask, 8}, {}}};
}

void decode_sigreturn(const Tables& tables, Abi abi, const RawSyscallEntry& entry, ReplayMemory& memory,
                      ValueTree& tree) {
  std::uint64_t mask = 0;
  unsigned width = 0;
  for (const MaskPart& part : signal_mask_parts(tables, abi, entry)) {
    if (part.width == 0) continue;
    const Bytes bytes = memory.fetch(part.address, part.width);
    if (bytes.size < part.width) return;
    mask |= load_number(memory.at(bytes), part.width) << (8 * width);
    width += part.width;
  }
  const auto mark = tree.mark();
  tree.push(labelled("mask", signal_set(tree.context().arena, mask, width)));
  tree.close_record(mark);
}

}  // namespace tether::decode
