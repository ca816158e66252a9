// What is the open file description's needs no stop of the process: a copy of ours changes it for all who share it.

#include "tether/control/internal/descriptor_state.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <utility>

#include "tether/base/unique_fd.h"
#include "tether/control/descriptor_image.h"
#include "tether/control/descriptors.h"
#include "tether/control/remote_descriptors.h"

namespace tether {

namespace {

constexpr std::uint32_t kChangeable = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;  // fcntl(2), F_SETFL; not O_ASYNC

Result<void> write_status_flags(int fd, std::uint32_t flags, Fd theirs) {
  if (::fcntl(fd, F_SETFL, flags) == 0) return ok();
  return fail(
      errno_error(errno, "F_SETFL of " + name_of(theirs))
          .with_hint("O_NOATIME is for the file's owner, O_DIRECT for file systems that know it, and a file that is "
                     "append-only (chattr(1)) stays so"));
}

Result<void> write_close_on_exec(Pid pid, const RemoteCallOptions& options, Fd fd, bool is_cloexec) {
  return with_stopped_process(pid, options, [&](RemoteCalls& calls) {
    return set_close_on_exec(calls, fd, is_cloexec ? CloseOnExec::Yes : CloseOnExec::No);
  });
}

Result<std::uint64_t> move_offset(int fd, std::int64_t offset, int whence, Fd theirs, const std::string& link) {
  const off_t reached = ::lseek(fd, offset, whence);
  if (reached >= 0) return static_cast<std::uint64_t>(reached);
  if (errno == ESPIPE)
    return fail({.code = ErrorCode::Unsupported,
                 .sys_errno = ESPIPE,
                 .message = name_of(theirs) + " has no offset: it is " + link,
                 .hint = {}});
  return fail(errno_error(errno, "lseek of " + name_of(theirs) + " by " + std::to_string(offset)));
}

Result<void> modify(Changes& changes, DescriptorChange change, const std::function<Result<void>()>& act) {
  change.kind = DescriptorChange::Kind::Modified;
  const auto made = changes.make_known(change, [&]() -> Result<Change> {
    TETHER_CHECK(act());
    change.after = TETHER_TRY(read_descriptor(changes.pid(), change.fd));
    return change;
  });
  if (!made.has_value()) return fail(made.error());
  return ok();
}

}  // namespace

Result<void> seek_descriptor(Changes& changes, Fd fd, std::int64_t offset, SeekFrom from) {
  static constexpr int kWhence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  const int whence = kWhence[static_cast<std::size_t>(from)];
  const UniqueFd copy = TETHER_TRY(borrow_descriptor(changes.pid(), fd));
  DescriptorChange change{.fd = fd, .before = TETHER_TRY(read_descriptor(changes.pid(), fd)), .after = {}};
  change.after = change.before;
  const std::uint64_t here = TETHER_TRY(move_offset(copy.get(), 0, SEEK_CUR, fd, change.before->link));
  const std::int64_t base = from == SeekFrom::Here ? static_cast<std::int64_t>(here) : 0;
  change.after->offset = static_cast<std::uint64_t>(base + offset);
  if (from == SeekFrom::End) {
    // Where the end is is found on an open file description of our own.
    const std::string path = "/proc/self/fd/" + std::to_string(copy.get());
    const UniqueFd own(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (own.is_open())
      change.after->offset = TETHER_TRY(move_offset(own.get(), offset, SEEK_END, fd, change.before->link));
  }
  return modify(changes, change, [&]() -> Result<void> {
    TETHER_TRY(move_offset(copy.get(), offset, whence, fd, change.before->link));
    return ok();
  });
}

Result<void> edit_descriptor_flags(Changes& changes, Fd fd, const FlagEdit& edit) {
  if (((edit.set | edit.clear) & ~kChangeable) != 0)
    return fail({.code = ErrorCode::Unsupported,
                 .message = "only O_APPEND, O_NONBLOCK, O_DIRECT and O_NOATIME can be changed on what is open already",
                 .hint = "`tether fd redirect` opens it anew"});
  const Pid pid = changes.pid();
  DescriptorChange change{.fd = fd, .before = TETHER_TRY(read_descriptor(pid, fd)), .after = {}};
  change.after = change.before;
  change.after->flags = (change.before->flags | edit.set) & ~edit.clear;
  change.after->is_cloexec = edit.is_cloexec.value_or(change.before->is_cloexec);
  const bool has_new_flags = change.after->flags != change.before->flags;
  const bool has_new_cloexec = change.after->is_cloexec != change.before->is_cloexec;
  if (!has_new_flags && !has_new_cloexec) return ok();
  return modify(changes, change, [&]() -> Result<void> {
    const UniqueFd copy = TETHER_TRY(borrow_descriptor(pid, fd));
    if (has_new_flags) TETHER_CHECK(write_status_flags(copy.get(), change.after->flags, fd));
    if (!has_new_cloexec) return ok();
    auto written = write_close_on_exec(pid, changes.remote_calls(), fd, change.after->is_cloexec);
    if (!written.has_value() && has_new_flags) [[maybe_unused]]
      const auto restored = write_status_flags(copy.get(), change.before->flags, fd);
    return written;
  });
}

Result<void> shut_down_descriptor(Changes& changes, Fd fd, int how) {
  static constexpr const char* kHalves[] = {"reading", "writing", "reading and writing"};
  const DescriptorImage now = TETHER_TRY(read_descriptor(changes.pid(), fd));
  if (!now.link.starts_with("socket:"))
    return fail({.code = ErrorCode::Unsupported,
                 .sys_errno = ENOTSOCK,
                 .message = name_of(fd) + " is no socket: it is " + now.link,
                 .hint = "`tether fd close` closes it"});
  const std::string deed = name_of(fd) + ", " + now.link + ": shut down for " + kHalves[how];
  TETHER_CHECK(changes.allow_irrevocable(deed));
  return changes.make(Deed{.what = deed}, [&]() -> Result<void> {
    const UniqueFd copy = TETHER_TRY(borrow_descriptor(changes.pid(), fd));
    if (::shutdown(copy.get(), how) != 0) return fail(errno_error(errno, "shutdown of " + name_of(fd)));
    return ok();
  });
}

/// Gives a description its former state back, where it has the one that it was left in.
Result<void> restore_descriptor_state(Pid pid, const DescriptorChange& change, const DescriptorImage& now,
                                      UndoMode mode) {
  const DescriptorImage& before = *change.before;
  const DescriptorImage& after = *change.after;
  const bool was_moved = before.offset != after.offset && before.flags == after.flags;
  const bool is_as_left = now.flags == after.flags && now.is_cloexec == after.is_cloexec;
  if ((was_moved && now.offset != after.offset) || !is_as_left)
    return fail(
        {.code = ErrorCode::Busy,
         .message = name_of(change.fd) + " is in another state now than it was left in: " +
                    (was_moved ? "its offset is " + std::to_string(now.offset) + ", not " + std::to_string(after.offset)
                               : "its flags are others"),
         .hint = "`tether fd seek` and `tether fd flags` set what you want"});
  if (mode == UndoMode::DryRun) return ok();
  const UniqueFd copy = TETHER_TRY(borrow_descriptor(pid, change.fd));
  if (was_moved)
    TETHER_TRY(move_offset(copy.get(), static_cast<std::int64_t>(before.offset), SEEK_SET, change.fd, before.link));
  if (before.flags != after.flags) TETHER_CHECK(write_status_flags(copy.get(), before.flags, change.fd));
  if (before.is_cloexec == after.is_cloexec) return ok();
  return write_close_on_exec(pid, {}, change.fd, before.is_cloexec);
}

}  // namespace tether
