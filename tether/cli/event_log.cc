#include "tether/cli/event_log.h"

#include <string>

#include "tether/cli/messages.h"

namespace tether::cli {

namespace {

std::string describe(const SyscallEvent& call) {
  const char* phase = call.phase == Phase::Enter ? "enter " : call.phase == Phase::Exit ? "exit " : "call ";
  return phase + std::string(call.name);
}
std::string describe(const SignalEvent& e) { return "signal " + std::string(e.name); }
std::string describe(const StoppedEvent& e) { return "stopped by " + std::string(e.name); }
std::string describe(const ExitedEvent& e) { return "exited with " + std::to_string(e.status); }
std::string describe(const KilledEvent& e) { return "killed by " + std::string(e.name); }
std::string describe(const AttachedEvent& e) {
  return e.parent ? "born of " + std::to_string(e.parent->value) : std::string("attached");
}
std::string describe(const DetachedEvent&) { return "detached"; }
std::string describe(const SupersededEvent& e) { return "superseded by " + std::to_string(e.by.value); }
std::string describe(const NoticeEvent& e) { return "notice: " + std::string(e.text); }

}  // namespace

Result<void> EventLog::accept(const Event& event) {
  say(std::to_string(event.origin.tid.value) + " " + std::visit([](const auto& what) { return describe(what); }, event.what));
  return next_.accept(event);
}

}  // namespace tether::cli
