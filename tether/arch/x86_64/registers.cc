#include "tether/arch/x86_64/registers.h"

#include <sys/user.h>

#include <cstddef>

namespace tether::arch::x86_64 {

#define TETHER_WORD(member) (offsetof(user_regs_struct, member) / sizeof(std::uint64_t))
#define TETHER_REGISTER(name, bits) \
  RegisterName {                    \
#name, TETHER_WORD(name), bits  \
  }

const std::size_t kResultWord = TETHER_WORD(rax);
const std::size_t kSyscallNumberWord = TETHER_WORD(orig_rax);
const std::size_t kInstructionPointerWord = TETHER_WORD(rip);
const std::size_t kFirstArgumentWord = TETHER_WORD(rdi);
const std::size_t kStackPointerWord = TETHER_WORD(rsp);
const std::size_t kCodeSegmentWord = TETHER_WORD(cs);
const std::size_t kCounterWord = TETHER_WORD(rcx);
const std::array<std::size_t, 6> kSyscallArgumentWords = {TETHER_WORD(rdi), TETHER_WORD(rsi), TETHER_WORD(rdx),
                                                          TETHER_WORD(r10), TETHER_WORD(r8),  TETHER_WORD(r9)};

std::span<const RegisterName> register_names() {
  static constexpr RegisterName kNames[] = {
      TETHER_REGISTER(rax, 64),      TETHER_REGISTER(rbx, 64),     TETHER_REGISTER(rcx, 64),
      TETHER_REGISTER(rdx, 64),      TETHER_REGISTER(rsi, 64),     TETHER_REGISTER(rdi, 64),
      TETHER_REGISTER(rbp, 64),      TETHER_REGISTER(rsp, 64),     TETHER_REGISTER(r8, 64),
      TETHER_REGISTER(r9, 64),       TETHER_REGISTER(r10, 64),     TETHER_REGISTER(r11, 64),
      TETHER_REGISTER(r12, 64),      TETHER_REGISTER(r13, 64),     TETHER_REGISTER(r14, 64),
      TETHER_REGISTER(r15, 64),      TETHER_REGISTER(rip, 64),     {"eflags", TETHER_WORD(eflags), 32},
      TETHER_REGISTER(orig_rax, 64), TETHER_REGISTER(cs, 16),      TETHER_REGISTER(ss, 16),
      TETHER_REGISTER(ds, 16),       TETHER_REGISTER(es, 16),      TETHER_REGISTER(fs, 16),
      TETHER_REGISTER(gs, 16),       TETHER_REGISTER(fs_base, 64), TETHER_REGISTER(gs_base, 64),
  };
  return kNames;
}

RemoteAddr instruction_pointer(const GeneralRegisters& registers) {
  return RemoteAddr(registers.words[kInstructionPointerWord]);
}

#undef TETHER_REGISTER

}  // namespace tether::arch::x86_64
