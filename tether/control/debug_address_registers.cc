#include "tether/control/debug_address_registers.h"

#include <asm/debugreg.h>
#include <sys/user.h>

#include <cerrno>
#include <cstddef>
#include <string>

#include "tether/sys/host_probe.h"
#include "tether/sys/ptrace.h"

namespace tether {

namespace {

constexpr std::size_t kStatus = 6;
constexpr std::size_t kControl = 7;

std::uint64_t access_bits(DebugAccess access) {
  switch (access) {
    case DebugAccess::Execute:
      return DR_RW_EXECUTE;
    case DebugAccess::Write:
      return DR_RW_WRITE;
    case DebugAccess::ReadOrWrite:
      break;
  }
  return DR_RW_READ;
}

std::uint64_t length_bits(std::uint8_t size) {
  switch (size) {
    case 2:
      return DR_LEN_2;
    case 4:
      return DR_LEN_4;
    case 8:
      return DR_LEN_8;
    default:
      return DR_LEN_1;
  }
}

}  // namespace

bool debug_registers_work() {
  static const bool works = sys::probe_debug_registers() != ENOSYS;
  return works;
}

std::size_t debug_register_offset(std::size_t number) {
  return offsetof(struct user, u_debugreg) + number * sizeof(user::u_debugreg[0]);
}

std::uint64_t debug_control(const DebugAddresses& addresses) {
  std::uint64_t control = 0;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!addresses[i]) continue;
    const std::uint64_t bits = access_bits(addresses[i]->access) | length_bits(addresses[i]->size);
    control |= bits << (DR_CONTROL_SHIFT + i * DR_CONTROL_SIZE);
    control |= std::uint64_t{1} << (DR_LOCAL_ENABLE_SHIFT + i * DR_ENABLE_SIZE);
  }
  return control;
}

Result<void> set_debug_addresses(Tid tid, const DebugAddresses& addresses) {
  TETHER_CHECK(sys::set_user_word(tid, debug_register_offset(kControl), 0));
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::uint64_t address = addresses[i] ? addresses[i]->address.value : 0;
    // The kernel sets resources aside even for a zero where there was nothing.
    if (TETHER_TRY(sys::user_word(tid, debug_register_offset(i))) != address)
      TETHER_CHECK(sys::set_user_word(tid, debug_register_offset(i), address));
  }
  auto set = sys::set_user_word(tid, debug_register_offset(kControl), debug_control(addresses));
  if (set.has_value() || set.error().code == ErrorCode::TraceeGone) return set;
  return fail({.code = ErrorCode::Unsupported,
               .sys_errno = set.error().sys_errno,
               .message = "the debug registers of thread " + std::to_string(tid.value) +
                          " cannot be set: " + describe_errno(set.error().sys_errno),
               .hint = "they are in use, or a virtual machine withholds them; a breakpoint without hw: needs none"});
}

Result<std::bitset<kDebugAddresses>> read_debug_hits(Tid tid) {
  const std::uint64_t status = TETHER_TRY(sys::user_word(tid, debug_register_offset(kStatus)));
  return std::bitset<kDebugAddresses>(status & (DR_TRAP0 | DR_TRAP1 | DR_TRAP2 | DR_TRAP3));
}

}  // namespace tether
