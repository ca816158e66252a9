#include "tether/sink/text/text_output.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

extern char** environ;

namespace tether {

namespace {

Error opening_failure(const std::string& file, int err) {
  return errno_error(err, "opening " + file + " for the trace");
}

}  // namespace

TextTarget parse_text_target(std::string_view spec) {
  if (spec == "-") return {.kind = TextTarget::Kind::Descriptor, .fd = STDOUT_FILENO};
  if (spec.starts_with('|') || spec.starts_with('!'))
    return {.kind = TextTarget::Kind::Command, .name = std::string(spec.substr(1))};
  return {.kind = TextTarget::Kind::File, .name = std::string(spec)};
}

Result<TextOutput> TextOutput::open(const TextTarget& target) {
  TextOutput output(target);
  switch (target.kind) {
    case TextTarget::Kind::Descriptor:
      output.fd_ = target.fd;
      break;
    case TextTarget::Kind::File:
    case TextTarget::Kind::FilePerTask:
      TETHER_CHECK(output.open_file());
      break;
    case TextTarget::Kind::Command:
      TETHER_CHECK(output.start_command());
      break;
    case TextTarget::Kind::Buffer:
      break;
  }
  return output;
}

Result<void> TextOutput::check_directory(const TextTarget& target) {
  const std::string file = target.name + ".PID";
  const std::size_t slash = file.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0) return fail(opening_failure(file, errno));
  return ok();
}

TextOutput::TextOutput(TextOutput&& other) noexcept
    : target_(std::move(other.target_)),
      own_(std::move(other.own_)),
      fd_(std::exchange(other.fd_, -1)),
      command_(std::exchange(other.command_, -1)),
      text_(std::exchange(other.text_, {})) {}

TextOutput::~TextOutput() {
  text_.clear();
  (void)close();
}

Result<void> TextOutput::open_file() {
  const int how = target_.mode == TextTarget::OpenMode::Append ? O_APPEND : O_TRUNC;
  own_ = UniqueFd(::open(target_.name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666));
  if (!own_.is_open()) return fail(opening_failure(target_.name, errno));
  fd_ = own_.get();
  return ok();
}

/// Not popen(3), which could not tell its child from a tracee's exec. Both ends are close-on-exec, so that no tracee
/// holds the pipe open, and the command sees its end.
Result<void> TextOutput::start_command() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(errno_error(errno, "making a pipe to '" + target_.name + "'"));
  UniqueFd reader(ends[0]);
  own_ = UniqueFd(ends[1]);
  fd_ = own_.get();

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, reader.get(), STDIN_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigaddset(&signals, SIGPIPE);  // ignored by us, but a pipeline's commands count on dying of it
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  char shell[] = "sh";
  char option[] = "-c";
  char* const argv[] = {shell, option, target_.name.data(), nullptr};
  const int err = ::posix_spawn(&command_, "/bin/sh", &actions, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (err == 0) return ok();
  command_ = -1;
  return fail(errno_error(err, "starting /bin/sh for '" + target_.name + "'"));
}

Error TextOutput::failure(int err) const {
  std::string what = "writing the trace to ";
  switch (target_.kind) {
    case TextTarget::Kind::Command:
      what += "the command '" + target_.name + "'";
      break;
    case TextTarget::Kind::File:
    case TextTarget::Kind::FilePerTask:
      what += target_.name;
      break;
    default:
      what += "descriptor " + std::to_string(fd_);
  }
  Error error = errno_error(err, what);
  if (err == EPIPE) return std::move(error).with_hint("its reader has ended; what it had not read is lost");
  if (err == ENOSPC || err == EDQUOT)
    return std::move(error).with_hint("free some space, or send the trace elsewhere with -o");
  return error;
}

Result<void> TextOutput::write() {
  if (target_.kind == TextTarget::Kind::Buffer) {
    target_.buffer->append(text_);
    text_.clear();
    return ok();
  }
  std::string_view left = text_;
  while (!left.empty()) {
    const ssize_t n = ::write(fd_, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {  // the caller's descriptor may be a terminal that someone made non-blocking
      pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    if (n < 0) {
      const int err = errno;
      text_.clear();
      return fail(failure(err));
    }
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  text_.clear();
  return ok();
}

Result<void> TextOutput::close() {
  Result<void> written = write();
  own_.reset();
  if (command_ > 0) {
    while (::waitpid(command_, nullptr, 0) < 0 && errno == EINTR) continue;
    command_ = -1;
  }
  return written;
}

}  // namespace tether
