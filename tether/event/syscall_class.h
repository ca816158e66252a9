#pragma once
// The classes of strace's `-e trace=%class`: bits of ClassBits, as data.

#include <array>
#include <cstdint>
#include <string_view>

namespace tether {

enum class SyscallClass : std::uint32_t {
  File = 1u << 0,  ///< takes a file name
  Desc = 1u << 1,  ///< takes or returns a descriptor
  Network = 1u << 2,
  Process = 1u << 3,
  Signal = 1u << 4,
  Ipc = 1u << 5,  ///< System V IPC
  Memory = 1u << 6,
  Creds = 1u << 7,
  Clock = 1u << 8,
  Pure = 1u << 9,  ///< always succeeds and takes no arguments
  Stat = 1u << 10,
  Lstat = 1u << 11,
  Fstat = 1u << 12,
  StatLike = 1u << 13,
  Statfs = 1u << 14,
  Fstatfs = 1u << 15,
  StatfsLike = 1u << 16,
};

struct SyscallClassName {
  std::string_view name;  ///< without the percent sign
  SyscallClass bit;
};

/// strace(1)'s spellings (`%net` is its synonym of `%network`).
inline constexpr std::array<SyscallClassName, 18> kSyscallClassNames{{
    {"file", SyscallClass::File},
    {"desc", SyscallClass::Desc},
    {"network", SyscallClass::Network},
    {"net", SyscallClass::Network},
    {"process", SyscallClass::Process},
    {"signal", SyscallClass::Signal},
    {"ipc", SyscallClass::Ipc},
    {"memory", SyscallClass::Memory},
    {"creds", SyscallClass::Creds},
    {"clock", SyscallClass::Clock},
    {"pure", SyscallClass::Pure},
    {"stat", SyscallClass::Stat},
    {"lstat", SyscallClass::Lstat},
    {"fstat", SyscallClass::Fstat},
    {"%stat", SyscallClass::StatLike},
    {"statfs", SyscallClass::Statfs},
    {"fstatfs", SyscallClass::Fstatfs},
    {"%statfs", SyscallClass::StatfsLike},
}};

}  // namespace tether
