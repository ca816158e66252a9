#pragma once
// Limits: what one call may cost, whatever a hostile tracee's registers and memory say.
//
// The capture runs while the tracee waits and appends to a ring; the decoder builds trees. Both walk under the same
// limits, counted in the same way, so that the decoder stops where the capture stopped.

#include <cstddef>

namespace tether::decode {

inline constexpr std::size_t kMaxCapturedBytes = 256 * 1024;  ///< per record
inline constexpr std::size_t kMaxDumpedBytes = 1024 * 1024;   ///< of data that is wanted whole, per record
inline constexpr std::size_t kMaxCapturedPieces = 4096;       ///< reads per record
inline constexpr std::size_t kMaxPiece = 128 * 1024;          ///< bytes of one read
inline constexpr std::size_t kMaxElements = 8192;             ///< of one array or sequence, even if all of it is wanted
inline constexpr std::size_t kMaxNodes = 64 * 1024;           ///< elements and fields walked per record
inline constexpr unsigned kMaxDepth = 24;                     ///< of types within types
inline constexpr std::size_t kMaxTail = 256;                  ///< shown of what a caller appends to a struct
inline constexpr std::size_t kPathMax = 4096;         ///< PATH_MAX (linux/limits.h): the kernel takes no longer name
inline constexpr std::size_t kFirstStringRead = 256;  ///< most strings are shorter: one read

}  // namespace tether::decode
