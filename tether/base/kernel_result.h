#pragma once
// What a system call's result register says: a value, or an error's number negated.

#include <cstdint>
#include <optional>

#include "tether/base/ids.h"

namespace tether {

/// The highest number that the kernel returns for an error (include/linux/err.h, MAX_ERRNO): a mapping may well begin
/// at an address that is negative as a number, but never in the last page.
inline constexpr std::int32_t kHighestErrno = 4095;

/// The error that the result stands for; nullopt if it is a value.
constexpr std::optional<Errno> error_of(std::int64_t result) {
  if (result >= 0 || result < -kHighestErrno) return std::nullopt;
  return Errno(static_cast<std::int32_t>(-result));
}

}  // namespace tether
