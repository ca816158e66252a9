#pragma once
// Signal frames: what rt_sigreturn(2) takes a thread's whole state from.
//
// The kernel lays one on the stack before it runs a signal's handler, and the handler ends in rt_sigreturn. Here one is
// made for a thread that makes a system call for someone else, so that it finds back by itself:
//
//   const SignalFrame frame = make_signal_frame(state, RemoteAddr(red zone's end), path);
//   …write frame.bytes at frame.stack_pointer, point the thread at path.call with that stack pointer…

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/arch/general_registers.h"
#include "tether/base/remote_addr.h"

namespace tether {

/// Code that a process has anyway: an instruction that enters the kernel and returns to what lies on the stack, and one
/// that makes rt_sigreturn of it.
struct ReturnPath {
  RemoteAddr call;
  RemoteAddr sigreturn;
  std::size_t words_popped = 0;  ///< behind the call, before it returns
};

/// Looks for both parts in bytes of code that begin at `start`, and notes in `path` what was missing. True when both
/// are known. Parts that lie across the end are not seen.
struct ReturnPathSearch {
  std::optional<RemoteAddr> call;
  std::optional<RemoteAddr> sigreturn;

  bool look(Abi abi, RemoteAddr start, std::span<const std::byte> code);
  std::optional<ReturnPath> found(Abi abi) const;
};

/// Of i386's NT_PRFPREG: the layout of FSAVE.
inline constexpr std::size_t kX87ImageSize = 108;

struct ThreadState {
  Abi abi = Abi::X86_64;  ///< which code it runs
  GeneralRegisters registers;
  std::uint64_t signal_mask = 0;
  std::span<const std::byte> xstate;  ///< as PTRACE_GETREGSET gives NT_X86_XSTATE
  std::span<const std::byte> x87;     ///< the same, NT_PRFPREG; wanted for i386 alone
};

struct SignalFrame {
  RemoteAddr stack_pointer;      ///< at ReturnPath::call
  std::vector<std::byte> bytes;  ///< from there upwards
};

/// The frame that brings a thread to `state`, ending below `top`. A system call in which it was interrupted is begun
/// again from its start; its alternative signal stack stays as it is. nullopt for an image of the extended state that
/// is too short to be one. Source: arch/x86/kernel/signal_64.c, signal_32.c (restore_sigcontext); fpu/signal.c
/// (fpu__restore_sig).
std::optional<SignalFrame> make_signal_frame(const ThreadState& state, RemoteAddr top, const ReturnPath& path);

}  // namespace tether
