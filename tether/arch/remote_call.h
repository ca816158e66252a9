#pragma once
// RemoteCall: a system call that tether makes in another process, whatever ABI that has.

#include <cstdint>

#include "tether/arch/abi.h"
#include "tether/arch/remote_call_list.h"

namespace tether {

enum class RemoteCall : std::uint8_t {
#define TETHER_ENUMERATOR(name, x86_64, i386) name,
  TETHER_REMOTE_CALLS(TETHER_ENUMERATOR)
#undef TETHER_ENUMERATOR
};

/// Its number in the table of `abi`.
std::uint32_t number_of(RemoteCall call, Abi abi);

}  // namespace tether
