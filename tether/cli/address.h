#pragma once
// Addresses in a process, as people give them on a command line.
//
//   0x7f0012345678   7f0012345678    hexadecimal; without 0x from eight digits on, as /proc/PID/maps has it
//   [stack]  [heap]  libc.so.6       where that begins
//   libc.so.6+0x28a00  [heap]-16     and so far from it
//
//   const RemoteAddr at = TETHER_TRY(find_address(pid, "[heap]+0x10"));

#include <string_view>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"

namespace tether::cli {

/// Malformed if it is no address; NotFound for a mapping that the process has not.
Result<RemoteAddr> find_address(Pid pid, std::string_view text);

}  // namespace tether::cli
