#include "tether/control/remote_descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "tether/arch/descriptor_message.h"
#include "tether/base/unique_fd.h"
#include "tether/control/change.h"
#include "tether/control/descriptor_image.h"
#include "tether/control/scratch.h"
#include "tether/procfs/status.h"
#include "tether/sys/process_memory.h"
#include "tether/tracee/hold.h"

namespace tether {

namespace {

constexpr std::uint64_t kWorkingDirectory = static_cast<std::uint64_t>(AT_FDCWD);

std::uint64_t word(Fd fd) {
  return static_cast<std::uint64_t>(fd.value);
}

/// What a failed call means for a descriptor table, where errno alone does not say it.
Error explain(Error error, Pid pid) {
  if (error.sys_errno != EMFILE) return error;
  rlimit limit{};
  ::prlimit(pid.value, RLIMIT_NOFILE, nullptr, &limit);
  error.message += ": the process has as many as its limit of " + std::to_string(limit.rlim_cur) + " allows";
  return std::move(error).with_hint("`tether set " + std::to_string(pid.value) +
                                    " rlimit.nofile=" + std::to_string(limit.rlim_cur * 2) + "` raises it");
}

/// A socket pair in the process that is closed when this goes.
class RemotePair {
 public:
  static Result<RemotePair> make(RemoteCalls& calls, Pid pid, Scratch& scratch) {
    std::array<std::int32_t, 2> ends{};
    const RemoteAddr where = TETHER_TRY(scratch.reserve(sizeof ends));
    const auto result = TETHER_TRY(
        calls.call(RemoteCall::Socketpair, {AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, where.value, 0, 0}));
    if (auto made = checked(result, "making a socket pair in the process"); !made.has_value())
      return fail(explain(std::move(made).error(), pid));
    sys::ProcessMemory memory(calls.tid());
    if (!memory.read_exactly(where, std::as_writable_bytes(std::span(ends))))
      return fail({.code = ErrorCode::TraceeGone, .sys_errno = ESRCH, .message = "the tracee is gone", .hint = {}});
    return RemotePair(calls, Fd(ends[0]), Fd(ends[1]));
  }
  RemotePair(RemotePair&& other) noexcept
      : calls_(std::exchange(other.calls_, nullptr)), here_(other.here_), there_(other.there_) {}
  RemotePair& operator=(RemotePair&&) = delete;
  ~RemotePair() {
    if (calls_ == nullptr) return;
    for (const Fd end : {here_, there_}) [[maybe_unused]] const auto closed = close_remotely(*calls_, end);
  }
  Fd receiving() const { return here_; }
  Fd sending() const { return there_; }

 private:
  RemotePair(RemoteCalls& calls, Fd here, Fd there) : calls_(&calls), here_(here), there_(there) {}
  RemoteCalls* calls_;
  Fd here_;
  Fd there_;
};

Result<void> send_descriptor(int socket, int descriptor) {
  char byte = 0;
  iovec vector{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  *header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  if (::sendmsg(socket, &message, MSG_NOSIGNAL) != 1) return fail(errno_error(errno, "sending the descriptor"));
  return ok();
}

Result<Fd> receive_remotely(RemoteCalls& calls, Pid pid, Fd socket, Scratch& scratch) {
  const RemoteAddr where = TETHER_TRY(scratch.reserve(0));
  const DescriptorMessage message(calls.abi(), where);
  TETHER_TRY(scratch.put(message.bytes()));
  const auto result = TETHER_TRY(calls.call(
      RemoteCall::Recvmsg, {word(socket), message.header().value, MSG_CMSG_CLOEXEC | MSG_DONTWAIT, 0, 0, 0}));
  TETHER_TRY(checked(result, "receiving the descriptor in the process"));
  std::vector<std::byte> received(message.bytes().size());
  sys::ProcessMemory memory(calls.tid());
  const auto fd = memory.read_exactly(where, received) ? message.parse(received) : std::nullopt;
  if (fd) return *fd;
  // The kernel leaves a descriptor out that finds no number (net/core/scm.c, scm_detach_fds).
  return fail(explain(errno_error(EMFILE, "receiving the descriptor in the process"), pid));
}

}  // namespace

CloseOnExec close_on_exec_of(const DescriptorImage& image) {
  return image.is_cloexec ? CloseOnExec::Yes : CloseOnExec::No;
}

Result<void> with_stopped_process(Pid pid, const RemoteCallOptions& options,
                                  const std::function<Result<void>(RemoteCalls&)>& work) {
  HeldProcess held = TETHER_TRY(HeldProcess::seize(pid, {}, HeldProcess::Sleepers::LeaveOut));
  if (held.tasks().empty())
    return fail(
        {.code = ErrorCode::Busy,
         .message = "no thread of process " + std::to_string(pid.value) + " can be stopped: all sleep in the kernel",
         .hint = "wait for the device, or the child of vfork(2), that it waits for"});
  HeldTask* leader = held.find(leader_of(pid));
  HeldTask& task = leader != nullptr ? *leader : held.tasks().front();
  RemoteCalls calls = TETHER_TRY(RemoteCalls::begin(task, options));
  auto worked = work(calls);
  auto ended = calls.end();
  if (!worked.has_value()) return worked;
  return ended;
}

Result<Fd> give_descriptor(RemoteCalls& calls, Pid pid, int ours) {
  Scratch scratch = TETHER_TRY(Scratch::map(calls, 1));
  const RemotePair pair = TETHER_TRY(RemotePair::make(calls, pid, scratch));
  {
    const UniqueFd sending = TETHER_TRY(borrow_descriptor(pid, pair.sending()));
    TETHER_CHECK(send_descriptor(sending.get(), ours));
  }
  return receive_remotely(calls, pid, pair.receiving(), scratch);
}

Result<Fd> open_remotely(RemoteCalls& calls, Pid pid, const std::string& path, std::uint32_t flags,
                         std::uint32_t mode) {
  Scratch scratch = TETHER_TRY(Scratch::map(calls, path.size() + 1));
  const RemoteAddr where = TETHER_TRY(scratch.put_string(path));
  const auto result = TETHER_TRY(
      calls.call(RemoteCall::Openat, {kWorkingDirectory, where.value, flags | O_CLOEXEC | O_NOCTTY, mode, 0, 0}));
  auto opened = checked(result, "the process opening " + path);
  if (!opened.has_value()) return fail(explain(std::move(opened).error(), pid));
  return Fd(static_cast<std::int32_t>(*opened));
}

Result<void> copy_descriptor(RemoteCalls& calls, Pid pid, Fd from, Fd to, CloseOnExec close_on_exec) {
  const std::uint64_t flags = close_on_exec == CloseOnExec::Yes ? O_CLOEXEC : 0;
  const auto result = TETHER_TRY(calls.call(RemoteCall::Dup3, {word(from), word(to), flags, 0, 0, 0}));
  auto copied = checked(result, "dup3 onto descriptor " + std::to_string(to.value) + " in the process");
  if (copied.has_value()) return ok();
  return fail(explain(std::move(copied).error(), pid));
}

Result<void> move_descriptor(RemoteCalls& calls, Pid pid, Fd from, Fd to, CloseOnExec close_on_exec) {
  if (from == to) return set_close_on_exec(calls, to, close_on_exec);
  auto copied = copy_descriptor(calls, pid, from, to, close_on_exec);
  auto closed = close_remotely(calls, from);
  return copied.has_value() ? closed : copied;
}

Result<void> close_remotely(RemoteCalls& calls, Fd fd) {
  const auto result = TETHER_TRY(calls.call(RemoteCall::Close, {word(fd), 0, 0, 0, 0, 0}));
  TETHER_TRY(checked(result, "closing descriptor " + std::to_string(fd.value) + " in the process"));
  return ok();
}

Result<void> set_close_on_exec(RemoteCalls& calls, Fd fd, CloseOnExec close_on_exec) {
  const std::uint64_t flag = close_on_exec == CloseOnExec::Yes ? FD_CLOEXEC : 0;
  const auto result = TETHER_TRY(calls.call(RemoteCall::Fcntl64, {word(fd), F_SETFD, flag, 0, 0, 0}));
  TETHER_TRY(checked(result, "F_SETFD of descriptor " + std::to_string(fd.value) + " in the process"));
  return ok();
}

}  // namespace tether
