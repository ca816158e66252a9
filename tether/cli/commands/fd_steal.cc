#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "tether/base/unique_fd.h"
#include "tether/cli/change_options.h"
#include "tether/cli/exit_status.h"
#include "tether/cli/fd_change.h"
#include "tether/cli/messages.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target_call.h"
#include "tether/control/descriptor_image.h"

namespace tether::cli {

namespace {

constexpr std::string_view kFdStealUsage =
    "usage: tether fd steal [OPTIONS] PID FD -- COMMAND [ARGUMENT...]\n"
    "       tether fd steal [OPTIONS] PID FD --cat\n\n"
    "Brings a copy of a process's descriptor here (pidfd_getfd(2)). COMMAND gets it as its standard input if it can be "
    "read, and as its standard output if it can be written. The process keeps its own, and is not stopped; but what is "
    "read here from a pipe or a socket it does not get to read.\n\nOptions:\n";

struct FdStealSettings {
  std::optional<std::string> name;
  std::optional<Fd> as;
  bool copies_out = false;
  bool wants_help = false;
};

const std::vector<Option<FdStealSettings>>& fd_steal_options() {
  using Takes = OptionShape::Takes;
  static const std::vector<Option<FdStealSettings>> kOptions = {
      name_option<FdStealSettings>(),
      {{0, "cat", Takes::Nothing, "", "print what can be read from it; of a file, all of it, and its offset stays"},
       [](FdStealSettings& s, Argument) {
         s.copies_out = true;
         return ok();
       }},
      {{0, "as", Takes::Value, "N", "the number that COMMAND gets it under, instead of 0 and 1"},
       [](FdStealSettings& s, Argument number) -> Result<void> {
         s.as = TETHER_TRY(parse_fd(*number));
         return ok();
       }},
      help_option<FdStealSettings>(),
  };
  return kOptions;
}

Result<void> write_all(const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(errno_error(errno, "writing to standard output"));
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return ok();
}

/// A file is opened anew, also one that was removed: the process shares the offset of the copy.
Result<void> copy_out(int fd) {
  struct stat file;
  UniqueFd own;
  if (::fstat(fd, &file) == 0 && S_ISREG(file.st_mode)) {
    own = UniqueFd(::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY | O_CLOEXEC));
    if (!own.is_open()) return fail(errno_error(errno, "opening the file anew"));
    fd = own.get();
  }
  std::vector<char> buffer(65536);
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error(errno, "reading from the descriptor"));
    if (got == 0) return ok();
    TETHER_CHECK(write_all(buffer.data(), static_cast<std::size_t>(got)));
  }
}

/// Becomes the command. Returns the exit status of a failure.
int become(const std::vector<char*>& command, const UniqueFd& copy, std::optional<Fd> as) {
  const int access = ::fcntl(copy.get(), F_GETFL) & O_ACCMODE;
  std::vector<int> numbers;
  if (as) numbers = {as->value};
  if (!as && access != O_WRONLY) numbers.push_back(STDIN_FILENO);
  if (!as && access != O_RDONLY) numbers.push_back(STDOUT_FILENO);
  for (const int number : numbers)
    if (::dup2(copy.get(), number) < 0)
      return complain(errno_error(errno, "dup2 onto descriptor " + std::to_string(number)));
  std::vector<char*> argv = command;
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  const Error error = errno_error(errno, argv[0]);
  say(error);
  return status_of_launch_failure(error);
}

}  // namespace

int run_fd_steal(const Invocation& invocation) {
  const auto call = read_target_call<FdStealSettings>(invocation, kFdStealUsage, fd_steal_options(), Behind::Command);
  if (!call.has_value()) return call.error();
  const FdStealSettings& settings = call->settings;
  if (call->rest.size() != 1 || call->words.command.empty() != settings.copies_out)
    return complain({.code = ErrorCode::Malformed,
                     .message = "the words are PID FD -- COMMAND, or PID FD --cat",
                     .hint = "--help tells what they mean"});
  const auto fd = parse_fd(call->rest.front());
  if (!fd.has_value()) return complain(fd.error());
  const auto copy = borrow_descriptor(call->target.pid, *fd);
  if (!copy.has_value()) return complain_of_target(copy.error());
  if (!settings.copies_out) return become(call->words.command, *copy, settings.as);
  const auto copied = copy_out(copy->get());
  return copied.has_value() ? 0 : complain(copied.error());
}

}  // namespace tether::cli
