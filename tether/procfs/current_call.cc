#include "tether/procfs/current_call.h"

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

Result<CurrentCall> parse_current_call(std::string_view text) {
  std::string_view rest = take_line(text);
  CurrentCall call;
  const std::string_view first = take_word(rest);
  if (first == "running") {
    call.is_running = true;
    return call;
  }
  const auto number = find_number<std::int64_t>(first);
  bool is_whole = number.has_value();
  const auto take_hex = [&] {
    const auto value = find_number<std::uint64_t>(take_word(rest), 16);
    is_whole = is_whole && value.has_value();
    return value.value_or(0);
  };
  if (number.value_or(-1) >= 0) {  // -1: blocked outside of a call, such as at a page fault
    call.number = static_cast<std::uint32_t>(*number);
    for (std::uint64_t& arg : call.args) arg = take_hex();
  }
  call.stack_pointer = RemoteAddr(take_hex());
  call.instruction = RemoteAddr(take_hex());
  if (!is_whole)
    return fail({.code = ErrorCode::Malformed, .message = "/proc/PID/syscall is not what proc(5) says", .hint = {}});
  return call;
}

Result<CurrentCall> read_current_call(Tid tid) {
  return parse_current_call(TETHER_TRY(read_text_file(path_in_proc(tid, "syscall"))));
}

std::string read_wait_channel(Tid tid) {
  const auto text = read_text_file(path_in_proc(tid, "wchan"));
  return text.has_value() && *text != "0" ? std::string(without_blanks(*text)) : std::string();
}

}  // namespace tether::procfs
