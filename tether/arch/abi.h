#pragma once
// Abi: which system call table and which data layout a tracee's call uses.
//
// Chosen per call, not per process: 64-bit code may enter the kernel through `int 0x80` and is then served as
// i386 (PTRACE_GET_SYSCALL_INFO's `arch` tells). x32 is not supported: Debian's kernels are built without it.

#include <cstdint>
#include <string_view>

namespace tether {

enum class Abi : std::uint8_t { X86_64 = 0, I386 = 1 };

inline constexpr int kAbiCount = 2;

/// A system call's number means nothing without its table.
struct SyscallNr {
  Abi abi = Abi::X86_64;
  std::uint32_t number = 0;
  friend constexpr bool operator==(SyscallNr, SyscallNr) = default;
};

/// 8 or 4: the size of a pointer and of C's `long` in this ABI.
constexpr unsigned word_size(Abi abi) {
  return abi == Abi::X86_64 ? 8 : 4;
}

constexpr std::string_view abi_name(Abi abi) {
  return abi == Abi::X86_64 ? "x86_64" : "i386";
}

}  // namespace tether
