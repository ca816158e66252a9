#pragma once
// The debug registers of x86: four addresses at which the processor itself stops a thread.
//
// Each thread has its own; a new thread begins without, an exec clears them (arch/x86/kernel/process.c).
//
//   DebugAddresses wanted;
//   wanted[0] = DebugAddress{.address = RemoteAddr(0x404028), .access = DebugAccess::Write, .size = 4};
//   TETHER_CHECK(set_debug_addresses(tid, wanted));

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"

namespace tether {

inline constexpr std::size_t kDebugAddresses = 4;

enum class DebugAccess : std::uint8_t {
  Execute,      ///< stops before the instruction
  Write,        ///< stops behind the instruction that wrote
  ReadOrWrite,  ///< likewise; reads alone cannot be told
};

struct DebugAddress {
  RemoteAddr address;
  DebugAccess access = DebugAccess::Execute;
  std::uint8_t size = 1;  ///< 1, 2, 4 or 8, and `address` a multiple of it; 1 for Execute
};

using DebugAddresses = std::array<std::optional<DebugAddress>, kDebugAddresses>;

/// Whether they stop anything on this machine: some virtual machines let them be set, and never stop. Tried out once,
/// on a child (sys/host_probe.h); if it could not be tried, they are taken for working.
bool debug_registers_work();

/// Of DR0 … DR7 in the user area (ptrace(2), PTRACE_PEEKUSER).
std::size_t debug_register_offset(std::size_t number);

/// What the control register (DR7) must be for these.
std::uint64_t debug_control(const DebugAddresses& addresses);

/// Sets all four of a stopped thread. Errors: Unsupported where the processor has none to give (ENOSPC: someone else
/// uses them; EINVAL: an address outside of user space).
Result<void> set_debug_addresses(Tid tid, const DebugAddresses& addresses);

/// Which of them have stopped the thread (DR6). To be asked in the stop by SIGTRAP with TRAP_HWBKPT.
Result<std::bitset<kDebugAddresses>> read_debug_hits(Tid tid);

}  // namespace tether
