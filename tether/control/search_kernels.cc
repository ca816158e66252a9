// All loops have one shape: a stretch of memory is asked, without a branch, whether it holds any find at all, which the
// compiler turns into vector instructions; only if it does is it gone through place by place. Memory mostly holds none,
// so the first question is what costs, and it runs at the speed at which memory can be copied.
//
// Each loop is compiled twice, for the machine that every x86-64 is and for AVX2; the processor decides at run time.

#include "tether/control/internal/search_kernels.h"

#include <regex.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <type_traits>

namespace tether::internal {

namespace {

using Places = std::vector<std::uint16_t>;
using Window = std::span<const std::byte>;

constexpr std::size_t kStretch = 512;  // bytes asked at once

#define TETHER_INLINE [[gnu::always_inline]] inline

template <class T>
TETHER_INLINE T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// ── Numbers at multiples of their own width ──────────────────────────────────────────────────────────────────────────

/// Whether a number lies in a range, as 0 or all ones: an integer's by one unsigned comparison.
template <class T>
struct IntegerRange {
  T low;
  T extent;
  TETHER_INLINE T test(T value) const { return static_cast<T>(value - low) <= extent ? static_cast<T>(~T{0}) : T{0}; }
};

template <class Real, class Mask>
struct RealRange {
  Real low;
  Real high;
  TETHER_INLINE Mask test(Real value) const { return value >= low && value <= high ? ~Mask{0} : Mask{0}; }
};

template <class T>
struct Equal {
  T wanted;
  TETHER_INLINE T test(T value) const { return value == wanted ? static_cast<T>(~T{0}) : T{0}; }
};

template <class T, class Test>
TETHER_INLINE void find_numbers(Window window, std::size_t starts, const Test& test, Places& places) {
  const std::size_t count = std::min(starts, window.size()) / sizeof(T);
  constexpr std::size_t kEach = kStretch / sizeof(T);
  std::size_t i = 0;
  for (; i + kEach <= count; i += kEach) {
    const std::byte* stretch = window.data() + i * sizeof(T);
    decltype(test.test(T{})) any = 0;
    for (std::size_t k = 0; k < kEach; ++k) any |= test.test(load<T>(stretch + k * sizeof(T)));
    if (any == 0) [[likely]]
      continue;
    for (std::size_t k = 0; k < kEach; ++k)
      if (test.test(load<T>(stretch + k * sizeof(T))) != 0) places.push_back(static_cast<std::uint16_t>(i + k));
  }
  for (; i < count; ++i)
    if (test.test(load<T>(window.data() + i * sizeof(T))) != 0) places.push_back(static_cast<std::uint16_t>(i));
}

// ── Bytes anywhere ───────────────────────────────────────────────────────────────────────────────────────────────────

/// A pattern, and two of its known bytes that are asked for first.
struct BytePattern {
  Bytes bytes;
  Bytes mask;
  std::size_t first = 0;
  std::size_t second = 0;
  std::size_t alignment = 1;

  bool is_at(const std::byte* at) const {
    for (std::size_t i = 0; i < bytes.size(); ++i)
      if (((at[i] ^ bytes[i]) & mask[i]) != std::byte{0}) return false;
    return true;
  }
};

TETHER_INLINE void find_bytes(Window window, std::size_t starts, const BytePattern& pattern, Places& places) {
  if (window.size() < pattern.bytes.size()) return;
  const std::size_t count = std::min(starts, window.size() - pattern.bytes.size() + 1);
  const std::byte* const a = window.data() + pattern.first;
  const std::byte* const b = window.data() + pattern.second;
  const auto wanted_a = std::to_integer<std::uint8_t>(pattern.bytes[pattern.first]);
  const auto wanted_b = std::to_integer<std::uint8_t>(pattern.bytes[pattern.second]);
  const auto look = [&](std::size_t i) __attribute__((always_inline)) {
    if (load<std::uint8_t>(a + i) == wanted_a && load<std::uint8_t>(b + i) == wanted_b && i % pattern.alignment == 0 &&
        pattern.is_at(window.data() + i))
      places.push_back(static_cast<std::uint16_t>(i / pattern.alignment));
  };
  constexpr std::size_t kShort = 64;
  std::size_t i = 0;
  for (; i + kShort <= count; i += kShort) {
    std::uint8_t any = 0;
    for (std::size_t k = 0; k < kShort; ++k)
      any |= static_cast<std::uint8_t>((load<std::uint8_t>(a + i + k) == wanted_a ? 0xff : 0) &
                                       (load<std::uint8_t>(b + i + k) == wanted_b ? 0xff : 0));
    if (any == 0) [[likely]]
      continue;
    for (std::size_t k = 0; k < kShort; ++k) look(i + k);
  }
  for (; i < count; ++i) look(i);
}

// ── Both, for two kinds of machine ───────────────────────────────────────────────────────────────────────────────────

template <class T, class Test>
void find_numbers_plain(Window window, std::size_t starts, const Test& test, Places& places) {
  find_numbers<T>(window, starts, test, places);
}
template <class T, class Test>
[[gnu::target("avx2")]] void find_numbers_avx2(Window window, std::size_t starts, const Test& test, Places& places) {
  find_numbers<T>(window, starts, test, places);
}
void find_bytes_plain(Window window, std::size_t starts, const BytePattern& pattern, Places& places) {
  find_bytes(window, starts, pattern, places);
}
[[gnu::target("avx2")]] void find_bytes_avx2(Window window, std::size_t starts, const BytePattern& pattern,
                                             Places& places) {
  find_bytes(window, starts, pattern, places);
}

bool has_avx2() {
  return __builtin_cpu_supports("avx2") != 0;
}

template <class T, class Test>
FindPlaces numbers_finder(const Test& test) {
  auto* const find = has_avx2() ? find_numbers_avx2<T, Test> : find_numbers_plain<T, Test>;
  return [=](Window window, std::size_t starts, Places& places) { find(window, starts, test, places); };
}

template <class T>
FindPlaces integers_finder(const SearchPattern& pattern) {
  const auto low = static_cast<T>(pattern.low.bits);
  const auto high = static_cast<T>(pattern.high.bits);
  if (low == high) return numbers_finder<T>(Equal<T>{low});
  return numbers_finder<T>(IntegerRange<T>{low, static_cast<T>(high - low)});
}

FindPlaces aligned_numbers_finder(const SearchPattern& pattern) {
  if (pattern.type.kind == ValueType::Kind::Float) {
    if (pattern.type.width == sizeof(double))
      return numbers_finder<double>(RealRange<double, std::uint64_t>{pattern.low.real, pattern.high.real});
    return numbers_finder<float>(
        RealRange<float, std::uint32_t>{static_cast<float>(pattern.low.real), static_cast<float>(pattern.high.real)});
  }
  switch (pattern.type.width) {
    case 1:
      return integers_finder<std::uint8_t>(pattern);
    case 2:
      return integers_finder<std::uint16_t>(pattern);
    case 4:
      return integers_finder<std::uint32_t>(pattern);
    default:
      return integers_finder<std::uint64_t>(pattern);
  }
}

/// Numbers at other multiples than their width, one after the other.
FindPlaces strided_numbers_finder(const SearchPattern& pattern, std::size_t stride) {
  return [pattern, stride](Window window, std::size_t starts, Places& places) {
    for (std::size_t at = 0; at < starts && at + pattern.type.width <= window.size(); at += stride) {
      const Number number = read_number(pattern.type, window.data() + at);
      if (compare(number, pattern.low) >= 0 && compare(number, pattern.high) <= 0)
        places.push_back(static_cast<std::uint16_t>(at / stride));
    }
  };
}

FindPlaces any_finder(std::size_t width, std::size_t stride) {
  return [=](Window window, std::size_t starts, Places& places) {
    for (std::size_t at = 0; at < starts && at + width <= window.size(); at += stride)
      places.push_back(static_cast<std::uint16_t>(at / stride));
  };
}

/// The less a byte is to be expected, the better it is to ask for it: zeros and filling are everywhere.
int commonness(std::byte byte) {
  const auto value = std::to_integer<unsigned>(byte);
  if (value == 0) return 3;
  if (value == 0xff || value == 1 || value == 0x48) return 2;
  return value == ' ' || value == 'e' || value == 't' || value == 'a' ? 1 : 0;
}

FindPlaces bytes_finder(const Bytes& bytes, const Bytes& mask, std::size_t alignment) {
  BytePattern pattern{.bytes = bytes, .mask = mask, .alignment = alignment};
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (mask[i] == std::byte{0xff}) known.push_back(i);
  std::ranges::stable_sort(known, {}, [&](std::size_t i) { return commonness(bytes[i]); });
  pattern.first = known.front();
  pattern.second = known.size() > 1 ? known[1] : known.front();
  auto* const find = has_avx2() ? find_bytes_avx2 : find_bytes_plain;
  return [=](Window window, std::size_t starts, Places& places) { find(window, starts, pattern, places); };
}

struct FreeRegex {
  void operator()(regex_t* regex) const {
    ::regfree(regex);
    delete regex;
  }
};

Result<FindPlaces> regex_finder(const SearchPattern& pattern, std::size_t alignment) {
  auto* compiled = new regex_t;
  if (::regcomp(compiled, pattern.expression.c_str(), REG_EXTENDED) != 0) {
    delete compiled;
    return fail({.code = ErrorCode::Malformed, .message = "'" + pattern.expression + "' is no regex", .hint = {}});
  }
  const std::shared_ptr<regex_t> regex(compiled, FreeRegex());
  return FindPlaces([regex, alignment](Window window, std::size_t starts, Places& places) {
    const char* text = reinterpret_cast<const char*>(window.data());
    // In pieces, so that a match is never longer than is promised, and each search is short.
    for (std::size_t at = 0; at < starts;) {
      const std::size_t end = std::min({window.size(), at + 2 * kLongestPattern});
      regmatch_t match{.rm_so = static_cast<regoff_t>(at), .rm_eo = static_cast<regoff_t>(end)};
      const std::size_t next_piece = end == window.size() ? starts : at + kLongestPattern;
      if (::regexec(regex.get(), text, 1, &match, REG_STARTEND | REG_NOTBOL | REG_NOTEOL) != 0 ||
          static_cast<std::size_t>(match.rm_so) >= next_piece) {
        at = next_piece;
        continue;
      }
      const auto found = static_cast<std::size_t>(match.rm_so);
      if (found >= starts) return;
      if (found % alignment == 0) places.push_back(static_cast<std::uint16_t>(found / alignment));
      at = static_cast<std::size_t>(std::max(match.rm_eo, match.rm_so + 1));
    }
  });
}

}  // namespace

Result<FindPlaces> make_finder(const SearchPattern& pattern, std::size_t alignment) {
  switch (pattern.kind) {
    case SearchPattern::Kind::Any:
      return any_finder(pattern.type.width, alignment);
    case SearchPattern::Kind::Bytes:
      return bytes_finder(pattern.bytes, pattern.mask, alignment);
    case SearchPattern::Kind::Regex:
      return regex_finder(pattern, alignment);
    case SearchPattern::Kind::Numbers:
      break;
  }
  if (alignment == pattern.type.width) return aligned_numbers_finder(pattern);
  const bool is_exact = pattern.type.kind != ValueType::Kind::Float && pattern.low.bits == pattern.high.bits;
  if (!is_exact) return strided_numbers_finder(pattern, alignment);
  const Bytes bytes = bytes_of(pattern.low, pattern.type);
  return bytes_finder(bytes, Bytes(bytes.size(), std::byte{0xff}), alignment);
}

}  // namespace tether::internal
