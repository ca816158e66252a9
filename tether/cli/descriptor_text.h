#pragma once
// A descriptor in words and as JSON, for `fd ls` and `show`.

#include <string>

#include "tether/cli/json_output.h"
#include "tether/control/descriptor_list.h"

namespace tether::cli {

/// What it refers to: a path, a socket with its ends, what an epoll watches. Bytes that a process chose are not
/// escaped.
std::string describe_target(const Descriptor& descriptor);

/// "bash[4242]:1, cat[4243]:0 and 3 more"; empty if none is known.
std::string describe_peers(const Descriptor& descriptor);

/// "SIGINT SIGTERM": the signals of a mask whose bit N-1 is signal N; "none".
std::string signal_mask_text(std::uint64_t mask);

/// The same as a list of names.
Json signal_mask_json(std::uint64_t mask);

Json descriptor_json(const Descriptor& descriptor);

}  // namespace tether::cli
