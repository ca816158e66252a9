#pragma once
// Constants: the names that decoding shows, read the other way round: "O_CREAT" is 0100.
//
//   const std::uint64_t flags = TETHER_TRY(find_constant({Abi::X86_64, openat}, 2, "O_CREAT"));

#include <cstdint>
#include <string_view>

#include "tether/arch/abi.h"
#include "tether/base/result.h"

namespace tether::decode {

/// The value of a constant as an argument of a call: flags, enumerators, ioctl requests, socket options, signals,
/// errors; NULL and AT_FDCWD. Should names of several headers coincide, those that this argument takes come first.
/// Negative ones are sign-extended. NotFound, with the nearest name.
Result<std::uint64_t> find_constant(SyscallNr call, std::size_t argument, std::string_view name);

/// The same where there is no call. Names with several values have the one that most sets give them.
Result<std::uint64_t> find_constant(Abi abi, std::string_view name);

}  // namespace tether::decode
