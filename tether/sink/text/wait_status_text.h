#pragma once
// What wait(2) reports, in the words of its macros.

#include <cstdint>
#include <string>

#include "tether/sink/text/value_text.h"

namespace tether {

/// {WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL && WCOREDUMP(s)}; a ptrace event as {…}|PTRACE_EVENT_EXEC<<16 (ptrace(2)).
void append_wait_status(std::string& out, std::uint32_t status, ConstantStyle constants);

}  // namespace tether
