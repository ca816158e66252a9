#pragma once
// CallView: one system call as it was made: its row of the table, its registers, and, at the exit, its result.

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "tether/decode/internal/number.h"
#include "tether/decode/tables.h"
#include "tether/event/raw_event.h"

namespace tether::decode {

/// Which record's memory is walked: what `in` pointers pointed to before the call, or what `out` pointers do after it.
enum class Pass : std::uint8_t { Entry, Exit };

struct CallView {
  const Tables* tables = nullptr;
  Abi abi = Abi::X86_64;
  const CallNode* node = nullptr;
  const std::uint64_t* registers = nullptr;  ///< six
  const CallVariant* variant = nullptr;      ///< chosen by node->variant_key
  std::int64_t return_value = 0;
  bool failed = false;
  bool returned = false;  ///< an exit was seen; otherwise return_value means nothing

  std::size_t arg_count() const {
    return std::size_t{node->arg_count} + (variant != nullptr ? variant->arg_count : 0u);
  }

  const ArgNode& arg(std::size_t index) const {
    if (index < node->arg_count) return tables->args[node->first_arg + index];
    return tables->args[variant->first_arg + (index - node->arg_count)];
  }

  /// The argument as the prototype's C type sees it, extended to 64 bits. 0 if there is no such argument.
  std::uint64_t arg_value(std::size_t index) const {
    if (index >= arg_count()) return 0;
    const ArgNode& a = arg(index);
    if (a.reg >= 6) return 0;
    std::uint64_t value = registers[a.reg];
    if (abi == Abi::I386) {
      value = zero_extend(value, 4);
      if (a.cast_width == 8 && a.reg < 5) value |= registers[a.reg + 1] << 32;
    }
    return a.cast_signed ? sign_extend(value, a.cast_width) : zero_extend(value, a.cast_width);
  }

  TypeId result_type() const { return variant != nullptr && variant->ret != 0 ? variant->ret : node->ret; }

  void set_result(const RawSyscallExit& exit) {
    returned = true;
    failed = exit.is_error != 0;
    return_value = exit.return_value;
  }
  std::uint32_t error() const { return failed ? static_cast<std::uint32_t>(-return_value) : 0; }
  /// EINTR, too, of a call that says how much of its time is left: a tracer sees it before the kernel has decided
  /// between restarting and EINTR.
  bool failed_with(std::uint32_t errno_value) const {
    constexpr std::uint32_t kRestartWithTimeLeft = 516;  // ERESTART_RESTARTBLOCK (include/linux/errno.h)
    return failed && (error() == errno_value || (errno_value == EINTR && error() == kRestartWithTimeLeft));
  }
};

}  // namespace tether::decode
