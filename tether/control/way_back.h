#pragma once
// WayBack: how a thread that makes system calls for someone else finds back by itself, should nobody be left to put it
// back.
//
// A tracer that is killed while a thread executes a call for it leaves that thread with the call's registers, at the
// instruction behind the call. So that instruction is one that returns, and what it returns to is rt_sigreturn(2), with
// a signal frame on the stack that holds all that the thread had: registers, extended state, signal mask. The stack is
// the thread's own, below what it uses, as the kernel's for a handler would be; the bytes that were there come back in
// the end.
//
//   if (auto way_back = WayBack::find(task, Abi::X86_64, saved, mask)) {
//     TETHER_CHECK(way_back->lay());
//     …registers: way_back->call(), way_back->stack_pointer()…
//     way_back->take_up();
//   }

#include <cstddef>
#include <optional>
#include <vector>

#include "tether/arch/signal_frame.h"
#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/sys/ptrace.h"
#include "tether/tracee/hold.h"

namespace tether {

class WayBack {
 public:
  /// For a held thread, to the registers and the mask given. nullopt where there is none: its process has no code that
  /// returns so; or nobody says what lies below its stack pointer, because it stands on a stack of the program's own
  /// making (a coroutine's, a goroutine's, one for handlers); or the machine has no XSAVE.
  static std::optional<WayBack> find(const HeldTask& task, Abi abi, const GeneralRegisters& registers,
                                     sys::SignalMask mask);

  /// The instruction that enters the kernel and then leads back.
  RemoteAddr call() const { return path_.call; }
  RemoteAddr stack_pointer() const { return frame_.stack_pointer; }

  /// Writes the frame, unless it is there. Errors: those of sys::write_process_memory.
  Result<void> lay();
  /// The frame may have been overwritten: the next lay() writes it again.
  void forget() { is_laid_ = false; }
  /// Puts back what was there before the first lay().
  void take_up();

 private:
  WayBack(Tid tid, const ReturnPath& path, SignalFrame&& frame) : tid_(tid), path_(path), frame_(std::move(frame)) {}

  Tid tid_;
  ReturnPath path_;
  SignalFrame frame_;
  std::vector<std::byte> before_;  ///< empty: never laid
  bool is_laid_ = false;
};

}  // namespace tether
