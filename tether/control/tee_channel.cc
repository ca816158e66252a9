#include "tether/control/tee_channel.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "tether/control/descriptor_image.h"

namespace tether {

namespace {

Error unsupported(Fd fd, const DescriptorImage& image, const std::string& why, const std::string& hint) {
  return {.code = ErrorCode::Unsupported,
          .message = name_of(fd) + ", " + image.link + ", cannot be copied from: " + why,
          .hint = hint};
}

void stop_blocking(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/// The process's end blocks if what it had did.
TeeChannel finished(TeeChannel::Kind kind, int theirs, int ours, const DescriptorImage& image) {
  TeeChannel channel{.kind = kind, .theirs = UniqueFd(theirs), .ours = UniqueFd(ours)};
  if ((image.flags & O_NONBLOCK) != 0) stop_blocking(theirs);
  stop_blocking(ours);
  return channel;
}

Result<TeeChannel> make_pipe(TeeChannel::Kind kind, const DescriptorImage& image) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(errno_error(errno, "pipe2"));
  const bool is_read = kind == TeeChannel::Kind::PipeIn;
  return finished(kind, is_read ? ends[0] : ends[1], is_read ? ends[1] : ends[0], image);
}

Result<TeeChannel> make_sockets(Fd fd, const DescriptorImage& image, int original) {
  int type = 0;
  int listens = 0;
  socklen_t size = sizeof(int);
  ::getsockopt(original, SOL_SOCKET, SO_TYPE, &type, &size);
  ::getsockopt(original, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
  if (type != SOCK_STREAM || listens != 0)
    return fail(unsupported(fd, image, listens != 0 ? "it listens for connections" : "it is no stream of bytes",
                            "`tether trace -e trace=network` shows what is sent and received"));
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return fail(errno_error(errno, "socketpair"));
  return finished(TeeChannel::Kind::Sockets, ends[0], ends[1], image);
}

/// The pseudoterminal passes everything on unchanged: what the program's terminal does to it, that one does.
Result<TeeChannel> make_terminal(const DescriptorImage& image, int original) {
  UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  char name[64];
  if (!master.is_open() || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
      ::ptsname_r(master.get(), name, sizeof name) != 0)
    return fail(errno_error(errno, "making a pseudoterminal"));
  UniqueFd slave(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios modes;
  if (!slave.is_open() || ::tcgetattr(slave.get(), &modes) != 0)
    return fail(errno_error(errno, std::string("opening ") + name));
  ::cfmakeraw(&modes);
  ::tcsetattr(slave.get(), TCSANOW, &modes);
  copy_window_size(original, master.get());
  return finished(TeeChannel::Kind::Terminal, slave.release(), master.release(), image);
}

Result<TeeChannel> make_file_channel(Fd fd, const DescriptorImage& image, TeeChannel::Files files) {
  const std::uint32_t access = image.flags & O_ACCMODE;
  if (access == O_RDONLY)
    return fail(unsupported(fd, image, "what is read from a file is in the file", "cat " + image.link));
  const bool is_output = fd == Fd(STDOUT_FILENO) || fd == Fd(STDERR_FILENO) || (image.flags & O_APPEND) != 0;
  if (!is_output && files == TeeChannel::Files::OnlyAppended)
    return fail(unsupported(fd, image, "the process may seek in it, which it could not any more",
                            "--force does it all the same"));
  return make_pipe(TeeChannel::Kind::PipeOut, image);
}

}  // namespace

Result<TeeChannel> make_tee_channel(Fd fd, const DescriptorImage& image, int original, TeeChannel::Files files) {
  const std::uint32_t access = image.flags & O_ACCMODE;
  struct stat file;
  if (::fstat(original, &file) != 0) return fail(errno_error(errno, "fstat of " + image.link));
  if (S_ISSOCK(file.st_mode)) return make_sockets(fd, image, original);
  if (S_ISREG(file.st_mode)) return make_file_channel(fd, image, files);
  if (S_ISFIFO(file.st_mode))
    return make_pipe(access == O_RDONLY ? TeeChannel::Kind::PipeIn : TeeChannel::Kind::PipeOut, image);
  if (S_ISCHR(file.st_mode) && access != O_RDONLY)
    return ::isatty(original) ? make_terminal(image, original) : make_pipe(TeeChannel::Kind::PipeOut, image);
  return fail(unsupported(fd, image, "nothing flows through it that could be relayed",
                          "`tether trace` shows what is done with it"));
}

void copy_window_size(int from, int to) {
  winsize wanted{};
  winsize now{};
  if (::ioctl(from, TIOCGWINSZ, &wanted) != 0 || ::ioctl(to, TIOCGWINSZ, &now) != 0) return;
  const bool is_same = wanted.ws_row == now.ws_row && wanted.ws_col == now.ws_col;
  if (!is_same) ::ioctl(to, TIOCSWINSZ, &wanted);
}

}  // namespace tether
