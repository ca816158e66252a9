#include "tether/procfs/process_io.h"

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

namespace {

struct IoLine {
  std::string_view key;
  std::uint64_t ProcessIo::*member;
};

constexpr IoLine kIoLines[] = {
    {"rchar", &ProcessIo::read_chars},      {"wchar", &ProcessIo::write_chars},
    {"syscr", &ProcessIo::read_calls},      {"syscw", &ProcessIo::write_calls},
    {"read_bytes", &ProcessIo::read_bytes}, {"write_bytes", &ProcessIo::write_bytes},
};

}  // namespace

Result<ProcessIo> parse_process_io(std::string_view text) {
  ProcessIo io;
  bool is_whole = false;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const std::string_view key = take_field(line, ':');
    for (const IoLine& row : kIoLines)
      if (key == row.key) io.*row.member = number_or_zero<std::uint64_t>(without_blanks(line));
    is_whole = is_whole || key == "rchar";
  }
  if (!is_whole) return fail({.code = ErrorCode::Malformed, .message = "/proc/PID/io: no rchar line", .hint = {}});
  return io;
}

Result<ProcessIo> read_process_io(Pid pid) {
  return parse_process_io(TETHER_TRY(read_text_file(path_in_proc(leader_of(pid), "io"))));
}

}  // namespace tether::procfs
