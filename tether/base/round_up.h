#pragma once
// round_up: sizes and offsets in whole units.

namespace tether {

/// The least multiple of `unit`, which is not 0, that is not below `size`. For unsigned numbers; it wraps where that
/// multiple has no room.
template <class Number>
constexpr Number round_up(Number size, Number unit) {
  return (size + unit - 1) / unit * unit;
}

}  // namespace tether
