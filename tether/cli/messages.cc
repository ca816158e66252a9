#include "tether/cli/messages.h"

#include <unistd.h>

#include <string>

#include "tether/sink/text/string_text.h"

namespace tether::cli {

void say(std::string_view text) {
  std::string line = "tether: ";
  append_printable(line, text);
  line.push_back('\n');
  // One write for each line, so that lines of several processes do not mix; if no one listens there is no one to tell.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

void say(const Error& error) {
  say(error.message);
  if (!error.hint.empty()) say("hint: " + error.hint);
}

int complain(const Error& error) {
  const bool is_of_a_process = error.message.find("/proc/") != std::string::npos;
  if (error.code == ErrorCode::PermissionDenied && is_of_a_process)
    say(Error(error).with_hint("run tether as root, or as the user of that process; `tether doctor PID` tells more"));
  else
    say(error);
  return kFailed;
}

}  // namespace tether::cli
