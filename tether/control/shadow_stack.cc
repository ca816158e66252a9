#include "tether/control/shadow_stack.h"

#include <elf.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "tether/sys/ptrace.h"

#ifndef NT_X86_SHSTK
#define NT_X86_SHSTK 0x204  // include/uapi/linux/elf.h since Linux 6.6: the shadow stack's pointer
#endif

namespace tether {

bool has_shadow_stack(Tid tid) {
  std::array<std::byte, sizeof(std::uint64_t)> pointer;
  // ENODEV for a thread that has none, EINVAL from a kernel that knows none (arch/x86/kernel/fpu/regset.c, ssp_get).
  return sys::register_set(tid, NT_X86_SHSTK, pointer).has_value();
}

Result<void> refuse_shadow_stack(Tid tid, std::string_view what) {
  if (!has_shadow_stack(tid)) return ok();
  return fail(
      {.code = ErrorCode::Unsupported,
       .message = "task " + std::to_string(tid.value) + " has a shadow stack (CET), which forbids " + std::string(what),
       .hint = "start the program with GLIBC_TUNABLES=glibc.cpu.x86_shstk=off"});
}

}  // namespace tether
