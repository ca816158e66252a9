#include "tether/procfs/stat.h"

#include <unistd.h>

#include <ctime>

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

namespace {

constexpr int kFirstField = 3;  // state: the first behind the name
constexpr int kPolicyField = 41;

/// The fields behind the name, by their numbers in proc(5).
struct StatField {
  int field;
  void (*parse)(Stat&, std::string_view);
};

constexpr StatField kStatFields[] = {
    {3, [](Stat& s, std::string_view w) { s.state = w.empty() ? '?' : w[0]; }},
    {4, [](Stat& s, std::string_view w) { s.parent = Pid(number_or_zero<std::int32_t>(w)); }},
    {5, [](Stat& s, std::string_view w) { s.process_group = number_or_zero<std::int32_t>(w); }},
    {6, [](Stat& s, std::string_view w) { s.session = number_or_zero<std::int32_t>(w); }},
    {7, [](Stat& s,
           std::string_view w) { s.terminal_device = static_cast<std::uint32_t>(number_or_zero<std::int32_t>(w)); }},
    {8, [](Stat& s, std::string_view w) { s.foreground_group = number_or_zero<std::int32_t>(w); }},
    {9, [](Stat& s, std::string_view w) { s.flags = number_or_zero<std::uint32_t>(w); }},
    {14, [](Stat& s, std::string_view w) { s.user_ticks = number_or_zero<std::uint64_t>(w); }},
    {15, [](Stat& s, std::string_view w) { s.system_ticks = number_or_zero<std::uint64_t>(w); }},
    {18, [](Stat& s, std::string_view w) { s.priority = number_or_zero<std::int64_t>(w); }},
    {19, [](Stat& s, std::string_view w) { s.nice = number_or_zero<std::int64_t>(w); }},
    {20, [](Stat& s, std::string_view w) { s.threads = number_or_zero<std::uint32_t>(w); }},
    {22, [](Stat& s, std::string_view w) { s.start_ticks = number_or_zero<std::uint64_t>(w); }},
    {39, [](Stat& s, std::string_view w) { s.last_cpu = number_or_zero<std::uint32_t>(w); }},
    {40, [](Stat& s, std::string_view w) { s.realtime_priority = number_or_zero<std::uint32_t>(w); }},
    {kPolicyField, [](Stat& s, std::string_view w) { s.policy = number_or_zero<std::uint32_t>(w); }},
};

double seconds_on(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

Result<Stat> parse_stat(std::string_view text) {
  const std::size_t name_start = text.find('(');
  const std::size_t name_end = text.rfind(')');  // the name may contain anything
  if (name_start == std::string_view::npos || name_end == std::string_view::npos || name_end < name_start)
    return fail({.code = ErrorCode::Malformed, .message = "/proc/PID/stat: no name in parentheses", .hint = {}});
  Stat stat;
  stat.tid = Tid(number_or_zero<std::int32_t>(without_blanks(text.substr(0, name_start))));
  stat.name = text.substr(name_start + 1, name_end - name_start - 1);
  std::string_view rest = without_blanks(text.substr(name_end + 1));
  int field = kFirstField;
  for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest), ++field)
    for (const StatField& row : kStatFields)
      if (row.field == field) row.parse(stat, word);
  if (field <= kPolicyField)
    return fail({.code = ErrorCode::Malformed, .message = "/proc/PID/stat has too few fields", .hint = {}});
  return stat;
}

Result<Stat> read_task_stat(Tid tid) {
  return parse_stat(TETHER_TRY(read_text_file(path_in_proc(tid, "task/" + std::to_string(tid.value) + "/stat"))));
}

Result<Stat> read_stat(Pid pid) {
  return parse_stat(TETHER_TRY(read_text_file(path_in_proc(leader_of(pid), "stat"))));
}

double seconds_of_ticks(std::uint64_t ticks) {
  return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double wall_clock_of_start(const Stat& stat) {
  return seconds_on(CLOCK_REALTIME) - age_in_seconds(stat);
}

double age_in_seconds(const Stat& stat) {
  return std::max(0.0, seconds_on(CLOCK_BOOTTIME) - seconds_of_ticks(stat.start_ticks));
}

}  // namespace tether::procfs
