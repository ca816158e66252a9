#pragma once
// Addresses in a process, as people give them on a command line: expressions (symbol/value_expression.h), and bare
// hexadecimal digits as /proc/PID/maps has them.
//
//   0x7f0012345678   7f0012345678   main+8   libc:malloc   libc.so.6+0x28a00   [heap]+16   rsp-16   ptr[rsp]
//
//   const RemoteAddr at = TETHER_TRY(find_address(target, "[heap]+0x10"));

#include <string_view>

#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/cli/target.h"
#include "tether/procfs/page_map.h"

namespace tether::cli {

/// What it is worth just now. Registers are those of the thread that the target names, or of the leader, which is held
/// for a moment. Malformed if it is no expression; NotFound for a name that means nothing, or memory that is not there.
Result<RemoteAddr> find_address(const Target& target, std::string_view text);

/// A range: "START-END" and "START+SIZE" with bare numbers, "EXPRESSION+SIZE" of which SIZE is what stands behind the
/// last plus, and "[NAME]", a whole mapping. Errors as find_address(); Malformed if it has none of these forms.
Result<procfs::PageRun> find_range(const Target& target, std::string_view text);

}  // namespace tether::cli
