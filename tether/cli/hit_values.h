#pragma once
// What a hit of a breakpoint is looked at for, before it is shown as text or JSON (hit_report.h).

#include <cstdint>
#include <string>
#include <vector>

#include "tether/cli/break_actions.h"
#include "tether/cli/stack_report.h"
#include "tether/control/breakpoint_run.h"

namespace tether::cli {

struct HitValue {
  std::string name;
  std::uint64_t value = 0;
};

/// What a function may have been given, by the calling convention: six registers, or words on the stack.
std::vector<HitValue> arguments_of(const BreakpointHit& hit);
std::vector<HitValue> registers_of(const BreakpointHit& hit);
/// What a function returns that has just returned.
std::uint64_t returned_value(const BreakpointHit& hit);

/// The function at an address, as symbol::Location::text() has it.
std::string name_of(const BreakpointHit& hit, RemoteAddr address);

struct HitTrace {
  std::vector<ReportedFrame> frames;
  std::string reason;  ///< why it ends early; empty if it does not
};
HitTrace trace_of(const BreakpointHit& hit);

/// The text with its values, which is not yet fit for a terminal.
std::string filled(const LogTemplate& log, const BreakpointHit& hit);

}  // namespace tether::cli
