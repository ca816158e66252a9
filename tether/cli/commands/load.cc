#include <string>
#include <string_view>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/messages.h"
#include "tether/cli/numbers.h"
#include "tether/cli/target_call.h"
#include "tether/control/library_load.h"

namespace tether::cli {

namespace {

constexpr std::string_view kLoadUsage =
    "usage: tether load [OPTIONS] PID[:TID] LIBRARY\n\n"
    "Loads a shared library into a running process, by the process's own dlopen(3); its constructors run. LIBRARY is a "
    "path as the process\nsees it, or a name without a slash that its dynamic loader searches for. `tether undo PID` "
    "unloads it.\n\nOptions:\n";

struct LoadSettings {
  ChangeSettings change;
  LoadOptions load;
};

std::vector<Option<LoadSettings>> load_options() {
  using Takes = OptionShape::Takes;
  return with_change_options<LoadSettings>({
      {{'t', "timeout", Takes::Value, "TIME", "give up if its constructors take longer (10s; units s, ms, us)"},
       [](LoadSettings& s, Argument argument) -> Result<void> {
         const std::uint64_t ns = TETHER_TRY(parse_duration_ns(*argument, "--timeout", "s"));
         s.load.patience = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(ns));
         return ok();
       }},
      {{0, "global", Takes::Nothing, "", "its symbols resolve those of libraries loaded later (RTLD_GLOBAL)"},
       [](LoadSettings& s, Argument) {
         s.load.symbols = LoadOptions::Symbols::Global;
         return ok();
       }},
      {{0, "stop-others", Takes::Nothing, "", "let no other thread of the process run meanwhile"},
       [](LoadSettings& s, Argument) {
         s.load.thread.others = FunctionThreadOptions::Others::Stop;
         return ok();
       }},
  });
}

}  // namespace

int run_load(const Invocation& invocation) {
  const auto call = read_target_call<LoadSettings>(invocation, kLoadUsage, load_options());
  if (!call.has_value()) return call.error();
  const LoadSettings& settings = call->settings;
  if (call->rest.size() != 1)
    return complain(
        {.code = ErrorCode::Malformed, .message = "one library was expected", .hint = "see `tether load --help`"});
  const std::string path = call->rest.front();
  return run_change(settings.change, {call->target.pid}, [&](Changes& changes, Front& front) -> Result<void> {
    LoadOptions load = settings.load;
    load.thread.thread = call->target.thread;
    load.thread.calls = heeding(front, changes.remote_calls());
    if (settings.change.is_forced) {
      load.thread.place = FunctionThreadOptions::Place::Any;
      load.irrevocable = LoadOptions::Irrevocable::Accepted;
    }
    TETHER_TRY(load_library(changes, path, load));
    return ok();
  });
}

}  // namespace tether::cli
