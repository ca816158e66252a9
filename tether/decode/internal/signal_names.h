#pragma once
// The names of signals, by the kernel's numbers 1…64.

#include <cstdint>
#include <string_view>

namespace tether::decode {

/// "SIGCHLD", "SIGRTMIN" (32), "SIGRT_1" (33) … "SIGRT_32" (64); empty for what is no signal.
std::string_view name_of_signal(std::uint64_t number);

}  // namespace tether::decode
