#include "tether/procfs/schedule.h"

#include <charconv>
#include <string>

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

namespace {

std::unexpected<Error> malformed(const char* file) {
  return fail(
      {.code = ErrorCode::Malformed, .message = std::string("/proc/PID/") + file + " has too few fields", .hint = {}});
}

}  // namespace

Result<ScheduleUse> parse_schedule_use(std::string_view text) {
  ScheduleUse use;
  const char* const end = text.data() + text.size();
  const auto run = std::from_chars(text.data(), end, use.run_ns);
  if (run.ec != std::errc() || run.ptr == end) return malformed("schedstat");
  if (std::from_chars(run.ptr + 1, end, use.wait_ns).ec != std::errc()) return malformed("schedstat");
  return use;
}

Result<ScheduleUse> read_schedule_use(Tid tid) {
  return parse_schedule_use(TETHER_TRY(read_text_file(path_in_proc(tid, "schedstat"))));
}

Result<ScheduleUse> read_own_schedule_use() {
  return parse_schedule_use(TETHER_TRY(read_text_file("/proc/thread-self/schedstat")));
}

Result<std::size_t> parse_last_cpu(std::string_view stat) {
  constexpr int kProcessorField = 39;
  // The second field, the name, may contain anything, so counting begins behind its last parenthesis.
  std::size_t at = stat.rfind(')');
  for (int field = 2; field < kProcessorField && at != std::string_view::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string_view::npos) return malformed("stat");
  std::size_t cpu = 0;
  const auto parsed = std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), cpu);
  if (parsed.ec != std::errc()) return malformed("stat");
  return cpu;
}

Result<std::size_t> read_last_cpu(Tid tid) {
  return parse_last_cpu(TETHER_TRY(read_text_file(path_in_proc(tid, "stat"))));
}

Result<std::size_t> parse_runnable_count(std::string_view loadavg) {
  for (int average = 0; average < 3; ++average) take_word(loadavg);
  std::string_view tasks = take_word(loadavg);
  if (const auto runnable = find_number<std::size_t>(take_field(tasks, '/'))) return *runnable;
  return fail({.code = ErrorCode::Malformed, .message = "/proc/loadavg has too few fields", .hint = {}});
}

Result<std::size_t> read_runnable_count() {
  return parse_runnable_count(TETHER_TRY(read_text_file("/proc/loadavg")));
}

}  // namespace tether::procfs
