#include <fmt/format.h>

#include <limits>
#include <string>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/mem_options.h"
#include "tether/cli/messages.h"
#include "tether/cli/numbers.h"
#include "tether/cli/progress_bar.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target_call.h"
#include "tether/cli/value_display.h"
#include "tether/control/clean_memory.h"
#include "tether/control/memory_search.h"
#include "tether/control/memory_value.h"
#include "tether/procfs/maps.h"
#include "tether/procfs/task.h"
#include "tether/procfs/word_size.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

constexpr std::string_view kMemSearchUsage =
    "usage: tether mem search [OPTIONS] PID VALUE\n"
    "       tether mem search PID --again HOW     keep of what was found what is so now\n"
    "       tether mem search PID --list          show it again, with the present values\n\n"
    "Finds a value in the memory of a process, which goes on meanwhile. What was found is kept until the process "
    "ends,\n"
    "so that it can be narrowed down.\n"
    "VALUE: 42 u16:42 f64:1.5 ptr:0x7f00, a range 10..20 or f32:1..2, u32:any, str:text utf16:text wstr:text,\n"
    "       'hex:48 8b ?? 05', 'regex:[a-z]+@[a-z]+'. A number alone has 32 bits if it fits.\n"
    "HOW:   unchanged changed increased decreased =VALUE +N -N, compared with the last time.\n\nOptions:\n";

constexpr unsigned kMatchesShown = 20;
constexpr unsigned kMostShown = std::numeric_limits<int>::max();

struct MemSearchSettings {
  std::optional<std::string> name;
  std::vector<std::string> only;
  std::optional<std::string> again;
  unsigned align = 0;
  unsigned threads = 0;
  std::optional<unsigned> shown;
  bool is_list = false;
  bool is_reset = false;
  bool is_json = false;
  bool hides_progress = false;
  bool wants_help = false;
};

const std::vector<Option<MemSearchSettings>>& mem_search_options() {
  using Takes = OptionShape::Takes;
  static const std::vector<Option<MemSearchSettings>> kOptions = {
      name_option<MemSearchSettings>(),
      only_option<MemSearchSettings>(),
      {{0, "align", Takes::Value, "N", "only at multiples of N; else a number's own size, and 1 for the rest"},
       [](MemSearchSettings& s, Argument argument) -> Result<void> {
         s.align = TETHER_TRY(parse_count(*argument, "--align", 4096));
         return ok();
       }},
      {{0, "again", Takes::Value, "HOW", "narrow down what was found"},
       [](MemSearchSettings& s, Argument argument) {
         s.again = std::string(*argument);
         return ok();
       }},
      {{0, "list", Takes::Nothing, "", "show what was found, with its present values"},
       [](MemSearchSettings& s, Argument) {
         s.is_list = true;
         return ok();
       }},
      {{0, "reset", Takes::Nothing, "", "forget what was found"},
       [](MemSearchSettings& s, Argument) {
         s.is_reset = true;
         return ok();
       }},
      {{0, "limit", Takes::Value, "N", "how many to show at most; 20"},
       [](MemSearchSettings& s, Argument argument) -> Result<void> {
         s.shown = TETHER_TRY(parse_count(*argument, "--limit", kMostShown));
         return ok();
       }},
      {{0, "threads", Takes::Value, "N",
        "with how many threads to search; two, or one for each processor if there are fewer"},
       [](MemSearchSettings& s, Argument argument) -> Result<void> {
         s.threads = TETHER_TRY(parse_count(*argument, "--threads", 64));
         return ok();
       }},
      progress_option<MemSearchSettings>(),
      json_option<MemSearchSettings>(),
      help_option<MemSearchSettings>(),
  };
  return kOptions;
}

/// "[heap]+0x10", "libc.so.6+0x28a00": where an address is, for people.
std::string place_of(std::span<const procfs::Mapping> maps, RemoteAddr address) {
  const procfs::Mapping* mapping = procfs::find_mapping(maps, address);
  if (mapping == nullptr) return "no longer mapped";
  if (mapping->path.empty()) return "anonymous";
  std::string name;
  append_printable(name, mapping->path.substr(mapping->path.rfind('/') + 1));
  const std::uint64_t offset = address.value - mapping->start.value + mapping->offset;
  return fmt::format("{}+{:#x}", name, offset);
}

/// The present value of a find, or what there is instead.
Bytes present_value(MemoryReader& memory, RemoteAddr address, const SearchPattern& pattern) {
  constexpr std::size_t kShownText = 64;
  Bytes bytes(pattern.width() != 0 ? pattern.width() : kShownText);
  const std::size_t got = memory.read_some(address, bytes);
  bytes.resize(got);
  return bytes;
}

std::string value_text(const SearchPattern& pattern, std::span<const std::byte> bytes) {
  const bool is_number = pattern.kind == SearchPattern::Kind::Numbers || pattern.kind == SearchPattern::Kind::Any;
  if (is_number) return bytes.size() < pattern.width() ? "unreadable" : display_value(pattern.type, bytes);
  std::string text;
  std::string_view characters(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (pattern.kind == SearchPattern::Kind::Regex) characters = characters.substr(0, characters.find('\0'));
  append_quoted(text, characters, {});
  return text;
}

Json value_json(const SearchPattern& pattern, std::span<const std::byte> bytes) {
  if (bytes.size() < pattern.width()) return nullptr;
  if (pattern.kind == SearchPattern::Kind::Numbers || pattern.kind == SearchPattern::Kind::Any)
    return value_to_json(pattern.type, bytes);
  return {{"hex", format_hex_bytes(bytes)}};
}

Result<std::string> list_finds(Pid pid, const MemSearchSettings& settings) {
  const SearchState state = TETHER_TRY(read_search(pid));
  const std::vector<procfs::Mapping> maps = TETHER_TRY(procfs::read_maps(procfs::living_task_of(pid)));
  const unsigned most = settings.shown.value_or(settings.is_list || settings.is_json ? kMostShown : kMatchesShown);
  CleanMemory memory(pid);
  std::string text;
  TETHER_CHECK(visit_finds(pid, most, [&](RemoteAddr at, std::span<const std::byte>) {
    const Bytes now = present_value(memory, at, state.pattern);
    if (settings.is_json)
      text += json_line({{"schema", 1},
                         {"address", display_address(at)},
                         {"where", place_of(maps, at)},
                         {"value", value_json(state.pattern, now)}});
    else
      text += fmt::format("{:#014x}  {}  ({})\n", at.value, value_text(state.pattern, now), place_of(maps, at));
  }));
  if (settings.is_json) return text;
  if (state.finds > most && most != 0) text += fmt::format("... and {} more; --list shows all\n", state.finds - most);
  if (settings.is_list && state.finds == 0) text += "nothing was found\n";
  return text;
}

int report(Pid pid, const SearchOutcome& outcome, const MemSearchSettings& settings) {
  const auto list = list_finds(pid, settings);
  if (!list.has_value()) return complain_of_target(list.error());
  if (settings.is_json) return print_text(*list);
  std::string text = outcome.finds == 1 ? "1 place" : std::to_string(outcome.finds) + " places";
  if (settings.again)
    text += " left\n";
  else
    text += fmt::format(" in {:.1f} MiB\n", static_cast<double>(outcome.searched) / (1 << 20));
  if (outcome.unreadable != 0) say(fmt::format("{} bytes could not be read", outcome.unreadable));
  return print_text(text + *list);
}

int search_anew(Pid pid, std::string_view value, const MemSearchSettings& settings) {
  const auto word = procfs::read_word_size(procfs::living_task_of(pid));
  if (!word.has_value()) return complain_of_target(word.error());
  const auto pattern = parse_search_pattern(value, *word);
  if (!pattern.has_value()) return complain(pattern.error());
  Result<SearchOutcome> outcome;
  {
    ProgressBar bar("searching", bar_wanted(settings));
    outcome = search_memory(pid, *pattern,
                            {.only = settings.only,
                             .alignment = settings.align,
                             .threads = settings.threads,
                             .progress = [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); }});
  }
  if (!outcome.has_value()) return complain_of_target(outcome.error());
  return report(pid, *outcome, settings);
}

int narrow(Pid pid, const MemSearchSettings& settings) {
  const auto narrowing = parse_narrowing(*settings.again);
  if (!narrowing.has_value()) return complain(narrowing.error());
  Result<SearchOutcome> outcome;
  {
    ProgressBar bar("comparing", bar_wanted(settings));
    outcome = narrow_search(pid, *narrowing, [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); });
  }
  if (!outcome.has_value()) return complain_of_target(outcome.error());
  return report(pid, *outcome, settings);
}

int list(Pid pid, const MemSearchSettings& settings) {
  const auto text = list_finds(pid, settings);
  return text.has_value() ? print_text(*text) : complain_of_target(text.error());
}

int reset(Pid pid) {
  const auto was_there = reset_search(pid);
  if (!was_there.has_value()) return complain_of_target(was_there.error());
  return print_text(*was_there ? "the search is forgotten\n" : "there was no search\n");
}

}  // namespace

int run_mem_search(const Invocation& invocation) {
  const auto call = read_target_call<MemSearchSettings>(invocation, kMemSearchUsage, mem_search_options());
  if (!call.has_value()) return call.error();
  const MemSearchSettings& settings = call->settings;
  const Pid pid = call->target.pid;
  const int wishes = static_cast<int>(call->rest.size()) + static_cast<int>(settings.again.has_value()) +
                     static_cast<int>(settings.is_list) + static_cast<int>(settings.is_reset);
  if (wishes != 1)
    return complain({.code = ErrorCode::Malformed,
                     .message = "mem search takes one VALUE, or one of --again, --list and --reset",
                     .hint = "a value with blanks needs quotes: 'hex:48 8b ?? 05'"});
  if (settings.again) return narrow(pid, settings);
  if (settings.is_list) return list(pid, settings);
  if (settings.is_reset) return reset(pid);
  return search_anew(pid, call->rest[0], settings);
}

}  // namespace tether::cli
