#include "tether/arch/x86_64/remote_call_numbers.h"

#include <asm/unistd_64.h>

#include "tether/arch/remote_call_list.h"

namespace tether::arch::x86_64 {

std::span<const std::uint16_t> remote_call_numbers() {
  static constexpr std::uint16_t kNumbers[] = {
#define TETHER_NUMBER(name, x86_64, i386) __NR_##x86_64,
      TETHER_REMOTE_CALLS(TETHER_NUMBER)
#undef TETHER_NUMBER
  };
  return kNumbers;
}

}  // namespace tether::arch::x86_64
