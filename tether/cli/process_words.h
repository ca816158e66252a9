#pragma once
// Parts of a process's description that its page and its JSON share.

#include <string>
#include <string_view>

#include "tether/cli/json_output.h"
#include "tether/control/process_facts.h"

namespace tether::cli {

/// "sleeping" for S, "in uninterruptible sleep" for D (proc(5)).
std::string_view state_name(char state);

/// "SCHED_OTHER" (sched(7)).
std::string_view policy_name(std::uint32_t policy);

/// "redis" or "" if the number has no name here.
std::string user_name(std::uint32_t uid);
std::string group_name(std::uint32_t gid);

/// "pts/3", "tty1"; "none". `device` as /proc/PID/stat has it.
std::string terminal_name(std::uint32_t device);

/// The system call that a thread is in: "epoll_wait"; "" if it runs, or if that is not ours to see.
std::string call_name_of(const ThreadFacts& thread, const ProcessFacts& facts);

/// "CAP_CHOWN CAP_KILL"; "none"; "all" if nothing is missing; "all but CAP_X" if little is.
std::string capability_text(std::uint64_t mask);
Json capability_json(std::uint64_t mask);

/// "none", "strict", "filter".
std::string_view seccomp_name(int mode);

}  // namespace tether::cli
