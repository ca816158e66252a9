#include "tether/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace tether::cli {

namespace {

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

std::optional<unsigned> find_terminal_width(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return size.ws_col;
}

bool wants_color(int fd) {
  if (is_set("NO_COLOR")) return false;
  if (const char* force = std::getenv("CLICOLOR_FORCE"); force != nullptr && *force != '\0' && std::string_view(force) != "0")
    return true;
  const char* term = std::getenv("TERM");
  return is_terminal(fd) && term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace tether::cli
