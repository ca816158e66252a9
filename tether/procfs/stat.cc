#include "tether/procfs/stat.h"

#include <charconv>
#include <string>

#include "tether/procfs/text_file.h"

namespace tether::procfs {

Result<Stat> parse_stat(std::string_view text) {
  constexpr int kStartTimeField = 22;
  // The second field, the name, may contain anything, so counting begins behind its last parenthesis.
  std::size_t at = text.rfind(')');
  for (int field = 2; field < kStartTimeField && at != std::string_view::npos; ++field) at = text.find(' ', at + 1);
  Stat stat;
  if (at == std::string_view::npos ||
      std::from_chars(text.data() + at + 1, text.data() + text.size(), stat.start_ticks).ec != std::errc())
    return fail({.code = ErrorCode::Malformed, .message = "/proc/PID/stat has too few fields", .hint = {}});
  return stat;
}

Result<Stat> read_stat(Tid tid) {
  return parse_stat(TETHER_TRY(read_text_file("/proc/" + std::to_string(tid.value) + "/stat")));
}

}  // namespace tether::procfs
