#include "tether/control/internal/trap_flag.h"

#include <asm/processor-flags.h>
#include <sys/user.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "tether/sys/process_memory.h"

namespace tether {

namespace {

constexpr std::size_t kTrapFlagWord = offsetof(user_regs_struct, eflags) / sizeof(std::uint64_t);

}  // namespace

bool has_trap_flag(const GeneralRegisters& registers) {
  return (registers.words[kTrapFlagWord] & X86_EFLAGS_TF) != 0;
}

void clear_trap_flag(GeneralRegisters& registers) {
  registers.words[kTrapFlagWord] &= ~std::uint64_t{X86_EFLAGS_TF};
}

Result<void> clear_pushed_trap_flag(Tid tid, RemoteAddr stack_pointer) {
  std::uint16_t flags = 0;
  const auto bytes = std::as_writable_bytes(std::span(&flags, 1));
  if (sys::read_process_memory(tid, stack_pointer, bytes) != bytes.size()) return ok();  // the push has failed
  if ((flags & X86_EFLAGS_TF) == 0) return ok();
  flags = static_cast<std::uint16_t>(flags & ~X86_EFLAGS_TF);
  return sys::write_process_memory(tid, stack_pointer, bytes);
}

}  // namespace tether
