#pragma once
// TraceSettings: what a command line of `trace`, `strace` or `replay` asks for, as far as the letters say it, and what
// follows from all of them together.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tether/session/session.h"
#include "tether/sink/summary/summary_options.h"
#include "tether/sink/text/text_options.h"
#include "tether/sink/text/text_target.h"
#include "tether/tracee/launch.h"

namespace tether::cli {

/// -I: what SIGINT, SIGTERM, SIGHUP and SIGQUIT do to tether itself. strace's first two differ in a delay that tether
/// does not have.
enum class Interruptible : std::uint8_t { Always, Never, NeverNorStopped };

struct TraceSettings {
  enum class Style : std::uint8_t {
    Trace,   ///< follows, colours a terminal, uses its width
    Strace,  ///< strace's defaults
  };
  Style style = Style::Trace;

  SessionOptions session;
  LaunchOptions command;  ///< argv is empty if there is none
  TextOptions text;
  SummaryOptions summary;

  std::vector<std::string> process_names;  ///< --name
  std::optional<std::string> output;       ///< -o
  bool appends = false;                    ///< -A
  bool writes_separately = false;          ///< -ff
  bool always_shows_pid = false;
  DescriptorParts descriptors;  ///< -y, -e decode-fds=
  enum class Color : std::uint8_t { Auto, Always, Never } color = Color::Auto;
  enum class Counting : std::uint8_t { No, Only, Also } counting = Counting::No;  ///< -c, -C
  std::optional<unsigned> string_limit;                                           ///< -s
  std::optional<unsigned> column;                                                 ///< -a
  Interruptible interruptible = Interruptible::Always;
  std::optional<TracerGroup> tracer_group;  ///< -D
  bool logs_events = false;                 ///< -d
  bool wants_help = false;
  bool wants_version = false;

  // How often a letter was given that means more each time.
  unsigned follow_letters = 0;      ///< -f, -ff
  unsigned clock_letters = 0;       ///< -t, -tt, -ttt
  unsigned quiet_letters = 0;       ///< -q, -qq, -qqq
  unsigned hex_letters = 0;         ///< -x, -xx
  unsigned descriptor_letters = 0;  ///< -y, -yy
};

/// All that is needed to run.
struct TracePlan {
  SessionOptions session;
  TextTarget target;
  TextOptions text;
  SummaryOptions summary;
  TraceSettings::Counting counting = TraceSettings::Counting::No;
  Interruptible interruptible = Interruptible::Always;
  bool logs_events = false;
  std::optional<TracerGroup> tracer_group;
  bool is_quiet = false;  ///< -q, and strace's way: nothing is said but errors
};

/// Checks the settings against each other and fills in what depends on where the trace goes.
/// Errors: Malformed (options that exclude each other), NotFound (--name).
Result<TracePlan> make_plan(TraceSettings settings);

}  // namespace tether::cli
