#include "tether/arch/remote_call.h"

#include "tether/arch/i386/remote_call_numbers.h"
#include "tether/arch/x86_64/remote_call_numbers.h"

namespace tether {

std::uint32_t number_of(RemoteCall call, Abi abi) {
  const auto numbers = abi == Abi::X86_64 ? arch::x86_64::remote_call_numbers() : arch::i386::remote_call_numbers();
  return numbers[static_cast<std::size_t>(call)];
}

}  // namespace tether
