// The end is the difficult part.
//
// What the process writes: while it stands still the channel is emptied, and then the descriptor is put back, so that
// what it writes next comes behind what it has written.
//
// What the process reads: what we have read for it cannot be put back where it came from. So we stop reading, wait
// until the process has taken what is in the channel, and put the descriptor back when it is empty; nobody but us fills
// it, so it stays empty.

#include "tether/control/descriptor_tee.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tether/control/descriptor_image.h"
#include "tether/control/descriptors.h"
#include "tether/control/keeper.h"
#include "tether/control/tee_channel.h"
#include "tether/sys/pidfd.h"

namespace tether {

namespace {

constexpr std::size_t kChunk = 1 << 16;  // a pipe's usual capacity (pipe(7)): what was written at once is read at once
constexpr int kPatienceMs = 20;          // how often to look whether the process has read what waits for it

bool would_block(int err) {
  return err == EAGAIN || err == EINTR;
}

}  // namespace

Result<DescriptorTee> DescriptorTee::begin(Changes& changes, Fd fd, const TeeOptions& options) {
  const DescriptorImage image = TETHER_TRY(read_descriptor(changes.pid(), fd));
  UniqueFd original = TETHER_TRY(borrow_descriptor(changes.pid(), fd));
  TeeChannel channel = TETHER_TRY(make_tee_channel(fd, image, original.get(), options.files));
  const bool is_pipe = channel.kind == TeeChannel::Kind::PipeOut || channel.kind == TeeChannel::Kind::PipeIn;
  TETHER_CHECK(
      install_descriptor(changes, channel.theirs.get(), fd, Keep::Yes, {.ours = is_pipe ? channel.ours.get() : -1}));
  channel.theirs.reset();
  DescriptorTee tee(changes, fd, options, std::move(original), std::move(channel));
  return tee;
}

DescriptorTee::DescriptorTee(Changes& changes, Fd fd, const TeeOptions& options, UniqueFd original, TeeChannel channel)
    : changes_(&changes), fd_(fd), options_(options), original_(std::move(original)), channel_(std::move(channel)) {
  const int outer = original_.get();
  const int inner = channel_.ours.get();
  if (channel_.kind != TeeChannel::Kind::PipeIn) outbound_ = {.from = inner, .to = outer};
  if (channel_.kind == TeeChannel::Kind::PipeIn || channel_.kind == TeeChannel::Kind::Sockets)
    inbound_ = {.from = outer, .to = inner};
}

Result<void> DescriptorTee::run(Front& front) {
  const UniqueFd process = TETHER_TRY(sys::open_pidfd(changes_->pid()));
  while (!is_back_ || is_open(outbound_)) {
    await_work(front, process.get());
    relay(outbound_);
    relay(inbound_);
    if (channel_.kind == TeeChannel::Kind::Terminal) copy_window_size(original_.get(), channel_.ours.get());
    if (is_ending_ && !is_back_ && is_taken()) put_back();
  }
  if (failure_) return fail(std::move(*failure_));
  return ok();
}

/// Waits until there is something to read or room to write. The end of tether or of the process is noted.
void DescriptorTee::await_work(Front& front, int process) {
  std::vector<pollfd> entries;
  if (!is_ending_) {
    entries.push_back({.fd = front.descriptor(), .events = POLLIN, .revents = 0});
    entries.push_back({.fd = process, .events = POLLIN, .revents = 0});
  }
  for (const Way* way : {&outbound_, &inbound_}) {
    if (way->from < 0) continue;
    if (!way->waiting.empty())
      entries.push_back({.fd = way->to, .events = POLLOUT, .revents = 0});
    else if (way->may_read)
      entries.push_back({.fd = way->from, .events = POLLIN, .revents = 0});
  }
  const bool must_look = is_ending_ && !is_back_;
  if (::poll(entries.data(), entries.size(), must_look ? kPatienceMs : -1) <= 0 || is_ending_) return;
  if (entries[0].revents == 0 && entries[1].revents == 0) return;
  is_ending_ = true;
  is_back_ = is_back_ || entries[1].revents != 0;  // a process that has ended has nothing to be put back
  if (is_back_ || inbound_.from >= 0) inbound_.may_read = false;
}

void DescriptorTee::relay(Way& way) {
  if (way.from < 0) return;
  if (way.waiting.empty() && way.may_read && !read_into(way)) {
    way.may_read = false;
    is_ending_ = true;
  }
  if (!way.waiting.empty() && !write_from(way)) {
    way.waiting.clear();
    way.may_read = false;
    is_ending_ = true;
  }
}

/// False at the end.
bool DescriptorTee::read_into(Way& way) {
  pollfd ready{.fd = way.from, .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, 0) <= 0) return true;
  way.waiting.resize(kChunk);
  const ssize_t got = ::read(way.from, way.waiting.data(), way.waiting.size());
  const bool is_end = got == 0 || (got < 0 && !would_block(errno));
  way.waiting.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  copy(way.waiting);
  return !is_end;
}

/// As much as goes at once; false if nobody takes it.
bool DescriptorTee::write_from(Way& way) {
  pollfd ready{.fd = way.to, .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, 0) <= 0) return true;
  // What it was is shared with others and may block: a pipe takes PIPE_BUF when poll says that it takes something.
  const std::size_t most = std::min<std::size_t>(way.waiting.size(), PIPE_BUF);
  const ssize_t written = channel_.kind == TeeChannel::Kind::Sockets
                              ? ::send(way.to, way.waiting.data(), way.waiting.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                              : ::write(way.to, way.waiting.data(), most);
  if (written < 0) return would_block(errno);
  way.waiting.erase(way.waiting.begin(), way.waiting.begin() + written);
  return true;
}

void DescriptorTee::copy(std::span<const char> bytes) {
  while (!bytes.empty() && !failure_) {
    const ssize_t written = ::write(options_.copy, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      failure_ = errno_error(errno, "writing the copy").with_hint("the process has its own descriptor back");
      is_ending_ = true;
      return;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

/// Whether the process has taken all that was read for it.
bool DescriptorTee::is_taken() const {
  if (inbound_.from < 0) return true;
  if (!inbound_.waiting.empty()) return false;
  int left = 0;
  const auto question = channel_.kind == TeeChannel::Kind::Sockets ? SIOCOUTQ : FIONREAD;
  return ::ioctl(channel_.ours.get(), question, &left) != 0 || left == 0;
}

/// What the process has written so far goes out while it stands still.
Result<void> DescriptorTee::empty_outbound() {
  if (outbound_.from < 0) return ok();
  do {
    relay(outbound_);
    pollfd ready{.fd = outbound_.from, .events = POLLIN, .revents = 0};
    if (!outbound_.waiting.empty()) ready = {.fd = outbound_.to, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, outbound_.waiting.empty() ? 0 : kPatienceMs) <= 0) break;  // nothing left, or no room now
  } while (outbound_.may_read || !outbound_.waiting.empty());
  return ok();
}

void DescriptorTee::put_back() {
  is_back_ = true;
  const auto put = changes_->take_back_last([this](const Change& made) -> Result<void> {
    const auto& change = std::get<DescriptorChange>(made);
    const auto now = TETHER_TRY(find_descriptor(changes_->pid(), fd_));
    if (now && is_same_file(*now, *change.after))
      return give_back_descriptor(changes_->pid(), change, [this] { return empty_outbound(); });
    release_kept(*change.before);  // the process itself has closed or replaced it
    release_kept(*change.after);
    return ok();
  });
  if (!put.has_value() && put.error().code != ErrorCode::TraceeGone && !failure_)
    failure_ = Error(put.error()).with_context("not put back");
}

}  // namespace tether
