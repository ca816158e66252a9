#include "tether/arch/i386/registers.h"

#include <sys/user.h>

#include <cstddef>

namespace tether::arch::i386 {

#define TETHER_REGISTER(name, member, bits) \
  RegisterName {                            \
    name, TETHER_WORD(member), bits         \
  }

#define TETHER_WORD(member) (offsetof(user_regs_struct, member) / sizeof(std::uint64_t))

const std::size_t kFirstArgumentWord = TETHER_WORD(rbx);
const std::array<std::size_t, 6> kSyscallArgumentWords = {TETHER_WORD(rbx), TETHER_WORD(rcx), TETHER_WORD(rdx),
                                                          TETHER_WORD(rsi), TETHER_WORD(rdi), TETHER_WORD(rbp)};

std::span<const RegisterName> register_names() {
  static constexpr RegisterName kNames[] = {
      TETHER_REGISTER("eax", rax, 32),
      TETHER_REGISTER("ebx", rbx, 32),
      TETHER_REGISTER("ecx", rcx, 32),
      TETHER_REGISTER("edx", rdx, 32),
      TETHER_REGISTER("esi", rsi, 32),
      TETHER_REGISTER("edi", rdi, 32),
      TETHER_REGISTER("ebp", rbp, 32),
      TETHER_REGISTER("esp", rsp, 32),
      TETHER_REGISTER("eip", rip, 32),
      TETHER_REGISTER("eflags", eflags, 32),
      TETHER_REGISTER("orig_eax", orig_rax, 32),
      TETHER_REGISTER("cs", cs, 16),
      TETHER_REGISTER("ss", ss, 16),
      TETHER_REGISTER("ds", ds, 16),
      TETHER_REGISTER("es", es, 16),
      TETHER_REGISTER("fs", fs, 16),
      TETHER_REGISTER("gs", gs, 16),
  };
  return kNames;
}

#undef TETHER_REGISTER

}  // namespace tether::arch::i386
