#include "tether/control/debug_break.h"

#include <asm/debugreg.h>

#include "tether/control/debug_address_registers.h"
#include "tether/sys/ptrace.h"

namespace tether {

namespace {

constexpr unsigned kSlots = 4;

std::uint64_t enable_bits(unsigned slot) {
  return std::uint64_t{1} << (slot * DR_ENABLE_SIZE) << DR_LOCAL_ENABLE_SHIFT;
}

std::uint64_t any_enable_bits(unsigned slot) {
  return enable_bits(slot) | std::uint64_t{1} << (slot * DR_ENABLE_SIZE) << DR_GLOBAL_ENABLE_SHIFT;
}

std::uint64_t kind_bits(unsigned slot, std::uint64_t kind) {
  return kind << (DR_CONTROL_SHIFT + slot * DR_CONTROL_SIZE);
}

}  // namespace

Result<std::optional<DebugBreak>> DebugBreak::set(Tid tid, RemoteAddr address) {
  if (!debug_registers_work()) return std::optional<DebugBreak>();
  const std::uint64_t control = TETHER_TRY(sys::user_word(tid, debug_register_offset(DR_CONTROL)));
  for (unsigned slot = 0; slot < kSlots; ++slot) {
    if ((control & any_enable_bits(slot)) != 0) continue;
    const std::uint64_t former = TETHER_TRY(sys::user_word(tid, debug_register_offset(slot)));
    TETHER_CHECK(sys::set_user_word(tid, debug_register_offset(slot), address.value));
    const DebugBreak made(tid, address, slot, former, control);
    const std::uint64_t all_kinds = kind_bits(slot, DR_RW_READ | DR_LEN_4);
    const std::uint64_t wanted = (control & ~all_kinds) | kind_bits(slot, DR_RW_EXECUTE) | enable_bits(slot);
    if (auto enabled = sys::set_user_word(tid, debug_register_offset(DR_CONTROL), wanted); !enabled.has_value()) {
      [[maybe_unused]] const auto cleared = made.clear();
      return fail(std::move(enabled).error());
    }
    return std::optional(made);
  }
  return std::optional<DebugBreak>();
}

Result<void> DebugBreak::clear() const {
  TETHER_CHECK(sys::set_user_word(tid_, debug_register_offset(DR_CONTROL), former_control_));
  return sys::set_user_word(tid_, debug_register_offset(slot_), former_address_);
}

}  // namespace tether
