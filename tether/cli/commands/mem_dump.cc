#include <fmt/format.h>

#include <string>
#include <vector>

#include "tether/cli/address.h"
#include "tether/cli/change_options.h"
#include "tether/cli/mem_options.h"
#include "tether/cli/messages.h"
#include "tether/cli/progress_bar.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target_call.h"
#include "tether/control/core_file.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

constexpr std::string_view kMemDumpUsage =
    "usage: tether mem dump [OPTIONS] PID WHAT FILE      the bytes of a part of the memory\n"
    "       tether mem dump [OPTIONS] PID --core FILE    an ELF core, for gdb and others\n\n"
    "Copies memory into a file, in which pages of zeros are holes.\n"
    "WHAT: START-END, START+SIZE (main+4k), heap, stack, or the name of a mapped file; the file begins with its first "
    "byte.\n"
    "A core has all memory and the registers of all threads, which are held only while those are copied: the memory "
    "is\n"
    "read while the process goes on, so the core is not of one moment, unless --consistent holds it until the end.\n\n"
    "Options:\n";

struct MemDumpSettings {
  std::optional<std::string> name;
  bool is_core = false;
  bool is_consistent = false;
  bool is_quiet = false;
  bool hides_progress = false;
  bool wants_help = false;
};

const std::vector<Option<MemDumpSettings>>& mem_dump_options() {
  using Takes = OptionShape::Takes;
  static const std::vector<Option<MemDumpSettings>> kOptions = {
      name_option<MemDumpSettings>(),
      {{0, "core", Takes::Nothing, "", "write an ELF core of the whole process"},
       [](MemDumpSettings& s, Argument) {
         s.is_core = true;
         return ok();
       }},
      {{0, "consistent", Takes::Nothing, "", "of a core: hold all threads until it is written"},
       [](MemDumpSettings& s, Argument) {
         s.is_consistent = true;
         return ok();
       }},
      {{'q', "quiet", Takes::Nothing, "", "do not say what was written"},
       [](MemDumpSettings& s, Argument) {
         s.is_quiet = true;
         return ok();
       }},
      progress_option<MemDumpSettings>(),
      help_option<MemDumpSettings>(),
  };
  return kOptions;
}

std::string mebibytes(std::uint64_t bytes) {
  return bytes < 1 << 20 ? fmt::format("{:.1f} KiB", static_cast<double>(bytes) / 1024)
                         : fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

int report(const CoreOutcome& outcome, const std::string& path, const MemDumpSettings& settings) {
  if (outcome.unreadable != 0) say(mebibytes(outcome.unreadable) + " could not be read, and are zeros in the file");
  for (const Tid tid : outcome.left_out)
    say("thread " + std::to_string(tid.value) + " sleeps in the kernel and could not be held: the core lacks it");
  if (settings.is_quiet) return 0;
  std::string name;
  append_printable(name, path);
  std::string text =
      fmt::format("{}: {}, of which {} are not zero", name, mebibytes(outcome.size), mebibytes(outcome.written));
  if (settings.is_core)
    text += fmt::format("; {} thread{} held for {:.1f} ms", outcome.threads, outcome.threads == 1 ? "" : "s",
                        static_cast<double>(outcome.held.count()) / 1e6);
  return print_text(text + "\n");
}

int dump(Pid pid, const std::vector<std::string>& what, const std::string& path, const MemDumpSettings& settings) {
  Result<CoreOutcome> outcome;
  {
    ProgressBar bar("writing", bar_wanted(settings));
    const CoreOptions how{
        .hold = settings.is_consistent ? CoreOptions::Hold::ForMemory : CoreOptions::Hold::ForRegisters,
        .progress = [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); }};
    outcome = settings.is_core ? write_core(pid, path, how) : write_range(pid, path, what, how);
  }
  return outcome.has_value() ? report(*outcome, path, settings) : complain_of_target(outcome.error());
}

}  // namespace

int run_mem_dump(const Invocation& invocation) {
  const auto call = read_target_call<MemDumpSettings>(invocation, kMemDumpUsage, mem_dump_options());
  if (!call.has_value()) return call.error();
  const MemDumpSettings& settings = call->settings;
  if (call->rest.size() != (settings.is_core ? 1 : 2))
    return complain({.code = ErrorCode::Malformed,
                     .message = settings.is_core ? "mem dump --core takes a file" : "mem dump takes a range and a file",
                     .hint = "`tether mem dump PID heap FILE`, `tether mem dump PID --core FILE`"});
  if (settings.is_consistent && !settings.is_core)
    return complain({.code = ErrorCode::Malformed, .message = "--consistent is for --core", .hint = {}});
  std::vector<std::string> what;
  if (!settings.is_core) {
    what.emplace_back(call->rest[0]);
    const auto range = find_range(call->target, what.front());  // or the name of a part, which is not for it
    if (range.has_value()) what.front() = fmt::format("{:#x}-{:#x}", range->start.value, range->end.value);
    if (!range.has_value() && range.error().code != ErrorCode::Malformed) return complain_of_target(range.error());
  }
  return dump(call->target.pid, what, call->rest.back(), settings);
}

}  // namespace tether::cli
