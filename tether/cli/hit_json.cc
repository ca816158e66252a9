#include <algorithm>

#include "tether/arch/x86_64/registers.h"
#include "tether/cli/hit_report.h"
#include "tether/cli/hit_values.h"
#include "tether/cli/time_text.h"

namespace tether::cli {

namespace {

Json values_json(const std::vector<HitValue>& values) {
  Json object = Json::object();
  for (const HitValue& value : values) object[value.name] = json_hex(value.value);
  return object;
}

std::string_view event_of(const BreakpointHit& hit) {
  switch (hit.kind) {
    case BreakpointHit::Kind::Reached:
      return "hit";
    case BreakpointHit::Kind::Returned:
      return "return";
    case BreakpointHit::Kind::Accessed:
      break;
  }
  return "access";
}

/// What is known of every hit.
Json head_of(const BreakpointHit& hit, std::string_view place) {
  Json line = {{"schema", 1},
               {"event", event_of(hit)},
               {"time", full_time()},
               {"pid", hit.pid.value},
               {"tid", hit.tid.value},
               {"place", json_text(place)},
               {"address", json_address(hit.address)}};
  const RemoteAddr pc = arch::x86_64::instruction_pointer(hit.registers);
  if (hit.kind == BreakpointHit::Kind::Accessed) {
    line["size"] = hit.size;
    line["before"] = json_hex(hit.before);
    line["after"] = json_hex(hit.after);
    line["next"] = {{"address", json_address(pc)}, {"symbol", name_of(hit, pc)}};
    return line;
  }
  line["symbol"] = name_of(hit, hit.address);
  if (hit.kind == BreakpointHit::Kind::Reached) return line;
  line["value"] = json_hex(returned_value(hit));
  line["to"] = {{"address", json_address(pc)}, {"symbol", name_of(hit, pc)}};
  return line;
}

void add_backtrace(Json& line, const BreakpointHit& hit) {
  const HitTrace trace = trace_of(hit);
  line["frames"] = Json::array();
  for (const ReportedFrame& frame : trace.frames) line["frames"].push_back(frame_json(frame));
  if (!trace.reason.empty()) line["reason"] = trace.reason;
}

bool shows(const BreakAction& action, const BreakpointHit& hit) {
  switch (action.kind) {
    case BreakAction::Kind::Print:
    case BreakAction::Kind::Log:
    case BreakAction::Kind::Registers:
      return true;
    case BreakAction::Kind::Backtrace:
      return hit.kind != BreakpointHit::Kind::Returned;
    case BreakAction::Kind::Count:
    case BreakAction::Kind::Run:
    case BreakAction::Kind::Stop:
      break;
  }
  return false;
}

}  // namespace

std::optional<Json> hit_json(const BreakpointHit& hit, std::string_view place, std::span<const BreakAction> actions) {
  if (std::ranges::none_of(actions, [&](const BreakAction& action) { return shows(action, hit); })) return std::nullopt;
  Json line = head_of(hit, place);
  for (const BreakAction& action : actions) {
    if (action.kind == BreakAction::Kind::Print && hit.kind == BreakpointHit::Kind::Reached)
      line["arguments"] = values_json(arguments_of(hit));
    if (action.kind == BreakAction::Kind::Log && hit.kind != BreakpointHit::Kind::Returned)
      line["log"].push_back(json_text(filled(action.log, hit)));
    if (action.kind == BreakAction::Kind::Registers) line["registers"] = values_json(registers_of(hit));
    if (action.kind == BreakAction::Kind::Backtrace && shows(action, hit)) add_backtrace(line, hit);
  }
  return line;
}

}  // namespace tether::cli
