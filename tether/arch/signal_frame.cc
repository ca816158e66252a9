#include "tether/arch/signal_frame.h"

#include <asm/sigcontext.h>
#include <bits/types/stack_t.h>  // for <asm/ucontext.h>; <signal.h> does not go with <asm/sigcontext.h>
#include <sys/select.h>          // likewise: sigset_t
#include <sys/syscall.h>
#include <sys/user.h>
// Behind those that it needs.
#include <asm/ucontext.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "tether/arch/syscall_restart.h"
#include "tether/arch/x86_64/registers.h"
#include "tether/arch/xstate_layout.h"

namespace tether {

namespace {

using Bytes = std::vector<std::byte>;

constexpr std::size_t kXsaveAlignment = 64;  // Intel SDM vol. 1, 13.4
constexpr std::uint64_t kStackAlignment = 16;
// sigaltstack(2) refuses it, and rt_sigreturn leaves what was set (kernel/signal.c, restore_altstack).
constexpr std::int32_t kNoStackFlags = -1;

constexpr std::array kCall64{std::byte{0x0f}, std::byte{0x05}, std::byte{0xc3}};  // syscall; ret
constexpr std::array kSigreturn64{
    std::byte{0x48}, std::byte{0xc7}, std::byte{0xc0}, std::byte{0x0f}, std::byte{0x00},
    std::byte{0x00}, std::byte{0x00}, std::byte{0x0f}, std::byte{0x05}};  // mov $15, %rax; syscall
constexpr std::array kSigreturn64Short{std::byte{0xb8}, std::byte{0x0f}, std::byte{0x00}, std::byte{0x00},
                                       std::byte{0x00}, std::byte{0x0f}, std::byte{0x05}};  // mov $15, %eax; syscall
static_assert(SYS_rt_sigreturn == 0x0f);
constexpr std::array kCall32{std::byte{0xcd}, std::byte{0x80}, std::byte{0x5d}, std::byte{0x5a},
                             std::byte{0x59}, std::byte{0xc3}};  // int $0x80; pop %ebp; pop %edx; pop %ecx; ret
constexpr std::size_t kPops32 = 3;
// mov $173, %eax; int $0x80: __NR_rt_sigreturn of <asm/unistd_32.h>
constexpr std::array kSigreturn32{std::byte{0xb8}, std::byte{0xad}, std::byte{0x00}, std::byte{0x00},
                                  std::byte{0x00}, std::byte{0xcd}, std::byte{0x80}};

std::optional<RemoteAddr> find(RemoteAddr start, std::span<const std::byte> code, std::span<const std::byte> wanted) {
  const void* found = ::memmem(code.data(), code.size(), wanted.data(), wanted.size());
  if (found == nullptr) return std::nullopt;
  return start + static_cast<std::uint64_t>(static_cast<const std::byte*>(found) - code.data());
}

/// struct ucontext_ia32 and rt_sigframe_ia32 of the kernel (arch/x86/include/asm/sigframe.h), which only it has a
/// header for.
struct Context32 {
  std::uint32_t flags;
  std::uint32_t link;
  std::uint32_t stack;
  std::int32_t stack_flags;
  std::uint32_t stack_size;
  sigcontext_32 registers;
  std::array<std::uint32_t, 2> mask;
};
struct Frame32 {
  std::uint32_t return_address;
  std::uint32_t arguments[3];
  std::array<std::byte, 128> info;
  Context32 context;
};
struct Frame64 {
  std::uint64_t return_address;
  struct ucontext context;
};

/// The registers that an interrupted call begins again with, as the kernel sets them for ERESTARTNOINTR
/// (arch/x86/kernel/signal.c, arch_do_signal_or_restart).
user_regs_struct restarted(const ThreadState& state) {
  user_regs_struct registers;
  static_assert(sizeof registers == sizeof state.registers.words);
  std::memcpy(&registers, state.registers.words.data(), sizeof registers);
  const auto result = static_cast<std::int32_t>(registers.rax);
  if (static_cast<std::int64_t>(registers.orig_rax) >= 0 && is_restart_code(result)) {
    registers.rax = registers.orig_rax;
    registers.rip -= arch::x86_64::kSyscallInstruction.size();
  }
  return registers;
}

sigcontext_64 to_sigcontext_64(const user_regs_struct& from) {
  sigcontext_64 to{};
  to.r8 = from.r8;
  to.r9 = from.r9;
  to.r10 = from.r10;
  to.r11 = from.r11;
  to.r12 = from.r12;
  to.r13 = from.r13;
  to.r14 = from.r14;
  to.r15 = from.r15;
  to.di = from.rdi;
  to.si = from.rsi;
  to.bp = from.rbp;
  to.bx = from.rbx;
  to.dx = from.rdx;
  to.ax = from.rax;
  to.cx = from.rcx;
  to.sp = from.rsp;
  to.ip = from.rip;
  to.flags = from.eflags;
  to.cs = static_cast<std::uint16_t>(from.cs);
  to.ss = static_cast<std::uint16_t>(from.ss);
  return to;
}

sigcontext_32 to_sigcontext_32(const user_regs_struct& from) {
  const auto low = [](std::uint64_t word) { return static_cast<std::uint32_t>(word); };
  const auto selector = [](std::uint64_t word) { return static_cast<std::uint16_t>(word); };
  sigcontext_32 to{};
  to.gs = selector(from.gs);
  to.fs = selector(from.fs);
  to.es = selector(from.es);
  to.ds = selector(from.ds);
  to.di = low(from.rdi);
  to.si = low(from.rsi);
  to.bp = low(from.rbp);
  to.sp = low(from.rsp);
  to.bx = low(from.rbx);
  to.dx = low(from.rdx);
  to.cx = low(from.rcx);
  to.ax = low(from.rax);
  to.ip = low(from.rip);
  to.cs = selector(from.cs);
  to.flags = low(from.eflags);
  to.ss = selector(from.ss);
  return to;
}

/// How much of an image its features reach into. The kernel takes no more than the thread may have, which is less than
/// the machine has where a feature must be asked for (AMX).
std::size_t used_size(std::span<const std::byte> xstate) {
  std::uint64_t in_use = 0;
  std::memcpy(&in_use, xstate.data() + offsetof(_xstate, xstate_hdr), sizeof in_use);
  return std::min(xstate_extent(in_use), xstate.size());
}

/// The extended state as a frame has it: the image, with a description of itself in what the processor leaves free, and
/// a mark behind.
Bytes to_frame_xstate(std::span<const std::byte> xstate) {
  constexpr std::size_t kDescription = offsetof(_fpstate_64, sw_reserved);
  const std::size_t size = used_size(xstate);
  Bytes bytes(xstate.begin(), xstate.begin() + static_cast<std::ptrdiff_t>(size));
  _fpx_sw_bytes description{};
  // The kernel's mask of the features that user mode may have: XCR0 (arch/x86/kernel/fpu/xstate.c,
  // copy_xstate_to_uabi_buf).
  std::memcpy(&description.xfeatures, xstate.data() + kDescription, sizeof description.xfeatures);
  description.magic1 = FP_XSTATE_MAGIC1;
  description.xstate_size = static_cast<std::uint32_t>(size);
  description.extended_size = static_cast<std::uint32_t>(size + FP_XSTATE_MAGIC2_SIZE);
  std::memcpy(bytes.data() + kDescription, &description, sizeof description);
  const std::uint32_t mark = FP_XSTATE_MAGIC2;
  bytes.resize(size + sizeof mark);
  std::memcpy(bytes.data() + size, &mark, sizeof mark);
  return bytes;
}

/// i386's begins with the x87 state in the layout of FSAVE, and a word of status.
Bytes to_frame_x87(std::span<const std::byte> x87) {
  constexpr std::size_t kStatus = offsetof(_fpstate_32, status);
  static_assert(kStatus == kX87ImageSize);
  Bytes bytes(offsetof(_fpstate_32, _fxsr_env));
  std::ranges::copy(x87.first(kX87ImageSize), bytes.begin());
  std::memcpy(bytes.data() + kStatus, bytes.data() + offsetof(_fpstate_32, sw), sizeof(_fpstate_32::status));
  const std::uint16_t magic = X86_FXSR_MAGIC;
  std::memcpy(bytes.data() + offsetof(_fpstate_32, magic), &magic, sizeof magic);
  return bytes;
}

/// The frame and what it points to, with room below for the words that are popped.
template <typename Frame>
SignalFrame lay_out(const Frame& frame, std::uint64_t frame_at, std::size_t pop_bytes, const Bytes& extended,
                    std::uint64_t extended_at) {
  const std::uint64_t stack_pointer = frame_at - pop_bytes;
  SignalFrame out{.stack_pointer = RemoteAddr(stack_pointer),
                  .bytes = Bytes(extended_at + extended.size() - stack_pointer)};
  std::memcpy(out.bytes.data() + pop_bytes, &frame, sizeof frame);
  std::ranges::copy(extended, out.bytes.begin() + static_cast<std::ptrdiff_t>(extended_at - stack_pointer));
  return out;
}

/// Where something of `size` bytes lies that ends below `top`.
std::uint64_t place_below(std::uint64_t top, std::size_t size, std::uint64_t alignment) {
  return (top - size) & ~(alignment - 1);
}

SignalFrame make_frame_64(const ThreadState& state, RemoteAddr top, const ReturnPath& path) {
  const Bytes extended = to_frame_xstate(state.xstate);
  const std::uint64_t extended_at = place_below(top.value, extended.size(), kXsaveAlignment);
  const std::uint64_t frame_at = place_below(extended_at, sizeof(Frame64), kStackAlignment);
  Frame64 frame{};
  frame.return_address = path.sigreturn.value;
  frame.context.uc_flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
  frame.context.uc_stack.ss_flags = kNoStackFlags;
  sigcontext_64 registers = to_sigcontext_64(restarted(state));
  registers.fpstate = extended_at;
  static_assert(sizeof registers == sizeof frame.context.uc_mcontext);
  std::memcpy(&frame.context.uc_mcontext, &registers, sizeof registers);
  std::memcpy(&frame.context.uc_sigmask, &state.signal_mask, sizeof state.signal_mask);
  return lay_out(frame, frame_at, path.words_popped * sizeof(std::uint64_t), extended, extended_at);
}

SignalFrame make_frame_32(const ThreadState& state, RemoteAddr top, const ReturnPath& path) {
  Bytes extended = to_frame_x87(state.x87);
  const std::size_t xstate_begins = extended.size();
  const Bytes xstate = to_frame_xstate(state.xstate);
  extended.insert(extended.end(), xstate.begin(), xstate.end());
  const std::uint64_t extended_at = place_below(top.value, xstate.size(), kXsaveAlignment) - xstate_begins;
  const std::uint64_t frame_at = place_below(extended_at, sizeof(Frame32), kStackAlignment);
  Frame32 frame{};
  frame.return_address = static_cast<std::uint32_t>(path.sigreturn.value);
  frame.context.flags = UC_FP_XSTATE;
  frame.context.stack_flags = kNoStackFlags;
  frame.context.registers = to_sigcontext_32(restarted(state));
  frame.context.registers.fpstate = static_cast<std::uint32_t>(extended_at);
  frame.context.mask = std::bit_cast<std::array<std::uint32_t, 2>>(state.signal_mask);
  return lay_out(frame, frame_at, path.words_popped * sizeof(std::uint32_t), extended, extended_at);
}

}  // namespace

bool ReturnPathSearch::look(Abi abi, RemoteAddr start, std::span<const std::byte> code) {
  if (abi == Abi::X86_64) {
    if (!call) call = find(start, code, kCall64);
    if (!sigreturn) sigreturn = find(start, code, kSigreturn64);
    if (!sigreturn) sigreturn = find(start, code, kSigreturn64Short);
  } else {
    if (!call) call = find(start, code, kCall32);
    if (!sigreturn) sigreturn = find(start, code, kSigreturn32);
  }
  return call && sigreturn;
}

std::optional<ReturnPath> ReturnPathSearch::found(Abi abi) const {
  if (!call || !sigreturn) return std::nullopt;
  return ReturnPath{.call = *call, .sigreturn = *sigreturn, .words_popped = abi == Abi::X86_64 ? 0 : kPops32};
}

std::optional<SignalFrame> make_signal_frame(const ThreadState& state, RemoteAddr top, const ReturnPath& path) {
  if (state.xstate.size() < offsetof(_xstate, ymmh)) return std::nullopt;
  if (state.abi == Abi::X86_64) return make_frame_64(state, top, path);
  if (state.x87.size() < kX87ImageSize) return std::nullopt;
  return make_frame_32(state, top, path);
}

}  // namespace tether
