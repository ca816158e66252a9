#include "tether/sink/text/wait_status_text.h"

#include <linux/ptrace.h>
#include <sys/wait.h>

#include <string_view>

#include "tether/base/signal_name.h"
#include "tether/sink/text/number_text.h"

namespace tether {

namespace {

struct PtraceEvent {
  std::uint32_t number;
  std::string_view name;
};

#define TETHER_EVENT(name) \
  PtraceEvent {            \
    name, #name            \
  }
constexpr PtraceEvent kPtraceEvents[] = {TETHER_EVENT(PTRACE_EVENT_FORK),       TETHER_EVENT(PTRACE_EVENT_VFORK),
                                         TETHER_EVENT(PTRACE_EVENT_CLONE),      TETHER_EVENT(PTRACE_EVENT_EXEC),
                                         TETHER_EVENT(PTRACE_EVENT_EXIT),       TETHER_EVENT(PTRACE_EVENT_SECCOMP),
                                         TETHER_EVENT(PTRACE_EVENT_VFORK_DONE), TETHER_EVENT(PTRACE_EVENT_STOP)};
#undef TETHER_EVENT

void append_signal(std::string& out, int number) {
  const std::string_view name = find_signal_name(Signal(number));
  if (name.empty()) return append_signed(out, number);
  out.append(name);
}

void append_stop(std::string& out, int status) {
  constexpr int kSyscallStop = 0x80;  // PTRACE_O_TRACESYSGOOD marks its stops so: ptrace(2)
  const int signal = WSTOPSIG(status);
  out.append("{WIFSTOPPED(s) && WSTOPSIG(s) == ");
  append_signal(out, signal & ~kSyscallStop);
  if ((signal & kSyscallStop) != 0) out.append(" | 0x80");
  out.push_back('}');
}

void append_event(std::string& out, std::uint32_t event, ConstantStyle constants) {
  if (event == 0) return;
  std::string_view name;
  for (const PtraceEvent& candidate : kPtraceEvents)
    if (candidate.number == event) name = candidate.name;
  out.push_back('|');
  if (constants != ConstantStyle::Names || name.empty()) append_hex(out, event);
  if (constants == ConstantStyle::Names) out.append(name);
  if (constants == ConstantStyle::Both && !name.empty()) out.append(" /* ").append(name).append(" */");
  out.append("<<16");
}

}  // namespace

void append_wait_status(std::string& out, std::uint32_t number, ConstantStyle constants) {
  const int status = static_cast<int>(number & 0xffff);
  if (WIFCONTINUED(status)) {
    out.append("{WIFCONTINUED(s)}");
  } else if (WIFEXITED(status)) {
    out.append("{WIFEXITED(s) && WEXITSTATUS(s) == ");
    append_signed(out, WEXITSTATUS(status));
    out.push_back('}');
  } else if (WIFSIGNALED(status)) {
    out.append("{WIFSIGNALED(s) && WTERMSIG(s) == ");
    append_signal(out, WTERMSIG(status));
    if (WCOREDUMP(status)) out.append(" && WCOREDUMP(s)");
    out.push_back('}');
  } else if (WIFSTOPPED(status)) {
    append_stop(out, status);
  } else {
    out.push_back('{');
    append_hex(out, static_cast<std::uint32_t>(status));
    out.push_back('}');
  }
  append_event(out, number >> 16, constants);
}

}  // namespace tether
