#include <fmt/format.h>

#include "tether/arch/x86_64/registers.h"
#include "tether/cli/hit_report.h"
#include "tether/cli/hit_values.h"
#include "tether/cli/time_text.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

std::string head_of(const BreakpointHit& hit) {
  std::string text = time_of_day() + " " + std::to_string(hit.tid.value);
  if (hit.pid.value != hit.tid.value) text += " of " + std::to_string(hit.pid.value);
  return text;
}

std::string line_of(const BreakpointHit& hit, std::string_view place) {
  std::string text = head_of(hit) + " ";
  const RemoteAddr pc = arch::x86_64::instruction_pointer(hit.registers);
  switch (hit.kind) {
    case BreakpointHit::Kind::Reached:
      text += name_of(hit, hit.address);
      for (const HitValue& argument : arguments_of(hit))
        text += fmt::format(" {}={:#x}", argument.name, argument.value);
      return text;
    case BreakpointHit::Kind::Returned:
      return text + name_of(hit, hit.address) + fmt::format(" = {:#x} to ", returned_value(hit)) + name_of(hit, pc);
    case BreakpointHit::Kind::Accessed:
      break;
  }
  const std::string value = hit.before == hit.after ? fmt::format(" is {:#x}", hit.after)
                                                    : fmt::format(" {:#x} -> {:#x}", hit.before, hit.after);
  return text + std::string(place) + value + ", next " + name_of(hit, pc);
}

std::string registers_text(const BreakpointHit& hit) {
  constexpr std::size_t kColumns = 4;
  std::string text;
  std::size_t column = 0;
  for (const HitValue& reg : registers_of(hit)) {
    if (column == 0) text += "   ";
    column = (column + 1) % kColumns;
    const std::string value = fmt::format("{:#x}", reg.value);
    text += fmt::format(" {:>8}=", reg.name) + (column == 0 ? value + "\n" : fmt::format("{:<18}", value));
  }
  while (text.back() == ' ') text.pop_back();
  return text.back() == '\n' ? text : text + "\n";
}

std::string backtrace_text(const BreakpointHit& hit) {
  const HitTrace trace = trace_of(hit);
  return frames_text(trace.frames) + (trace.reason.empty() ? "" : "  ... no further: " + trace.reason + "\n");
}

std::string printable_line(std::string_view line) {
  std::string text;
  append_printable(text, line);
  return text + "\n";
}

}  // namespace

std::string hit_text(const BreakpointHit& hit, std::string_view place, const BreakAction& action) {
  const bool is_return = hit.kind == BreakpointHit::Kind::Returned;
  switch (action.kind) {
    case BreakAction::Kind::Print:
      return printable_line(line_of(hit, place));
    case BreakAction::Kind::Log:
      return printable_line(is_return ? line_of(hit, place) : head_of(hit) + " " + filled(action.log, hit));
    case BreakAction::Kind::Backtrace:
      return is_return ? "" : backtrace_text(hit);
    case BreakAction::Kind::Registers:
      return registers_text(hit);
    case BreakAction::Kind::Count:
    case BreakAction::Kind::Run:
    case BreakAction::Kind::Stop:
      break;
  }
  return {};
}

}  // namespace tether::cli
