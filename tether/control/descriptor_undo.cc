// Giving a number back what it stood for: from the keeper if there is one, else by opening it again.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "tether/base/unique_fd.h"
#include "tether/control/descriptor_image.h"
#include "tether/control/descriptors.h"
#include "tether/control/internal/descriptor_directory.h"
#include "tether/control/internal/descriptor_state.h"
#include "tether/control/internal/descriptor_swap.h"
#include "tether/control/keeper.h"
#include "tether/control/remote_descriptors.h"
#include "tether/procfs/task.h"

namespace tether {

namespace {

using MaybeImage = std::optional<DescriptorImage>;

std::string text_of(const MaybeImage& image) {
  return image ? image->link : "closed";
}

bool is_same(const MaybeImage& one, const MaybeImage& other) {
  return one.has_value() == other.has_value() && (!one || is_same_file(*one, *other));
}

Error is_elsewhere(Fd fd, const MaybeImage& now, const MaybeImage& left) {
  return {.code = ErrorCode::Busy,
          .message = name_of(fd) + " is " + text_of(now) + " now, not " + text_of(left) + " as it was left",
          .hint = "`tether fd` sets what you want"};
}

/// Where the file lies that was open: as the process sees it or, if that has another root than we, as we do.
struct FoundFile {
  std::string path;  ///< for us
  bool is_in_its_root = true;
};

Result<FoundFile> find_file(Pid pid, const DescriptorImage& image) {
  const FoundFile places[] = {{procfs::living_path(pid, "root" + image.link), true}, {image.link, false}};
  bool is_another_there = false;
  for (const FoundFile& place : places) {
    const auto identity = find_file_identity(AT_FDCWD, place.path.c_str());
    if (identity && identity->device == image.device && identity->inode == image.inode) return place;
    is_another_there = is_another_there || identity;
  }
  if (is_another_there)
    return fail({.code = ErrorCode::Busy,
                 .message = "at " + image.link + " there is another file now than the process had open",
                 .hint = "`tether fd redirect` opens the one that is there"});
  return fail({.code = ErrorCode::NotFound,
               .message = image.link + ", which the process had open, is not there any more: it was removed or renamed",
               .hint = {}});
}

/// By the process itself or, where its rights or its root are in the way, here.
Result<Fd> open_again(RemoteCalls& calls, Pid pid, const DescriptorImage& before) {
  constexpr std::uint32_t kNeverAgain = O_CREAT | O_EXCL | O_TRUNC;
  const std::uint32_t flags = before.flags & ~kNeverAgain;
  const FoundFile found = TETHER_TRY(find_file(pid, before));
  if (found.is_in_its_root) {
    auto opened = open_remotely(calls, pid, before.link, flags, 0);
    if (opened.has_value() || (opened.error().sys_errno != EACCES && opened.error().sys_errno != EPERM)) return opened;
  }
  const UniqueFd ours(::open(found.path.c_str(), static_cast<int>(flags) | O_CLOEXEC | O_NOCTTY));
  if (!ours.is_open()) return fail(errno_error(errno, "opening " + before.link + " again"));
  return give_descriptor(calls, pid, ours.get());
}

/// Opens it again where it was. The file must be the same, else nothing is changed.
Result<void> reopen(RemoteCalls& calls, Pid pid, Fd fd, const DescriptorImage& before) {
  const Fd opened = TETHER_TRY(open_again(calls, pid, before));
  const auto found = find_descriptor(pid, opened);
  if (!found.has_value() || !*found || !is_same_file(**found, before)) {
    TETHER_CHECK(close_remotely(calls, opened));
    return fail({.code = ErrorCode::Busy,
                 .message = before.link + " was replaced while it was opened again",
                 .hint = "try again"});
  }
  if (before.offset != 0) {
    const UniqueFd copy = TETHER_TRY(borrow_descriptor(pid, opened));
    [[maybe_unused]] const off_t reached = ::lseek(copy.get(), static_cast<off_t>(before.offset), SEEK_SET);
  }
  return move_descriptor(calls, pid, opened, fd, close_on_exec_of(before));
}

/// Whether what a number stood for can be had again.
Result<void> expect_obtainable(Pid pid, Fd fd, const DescriptorImage& before) {
  if (take_kept(before).has_value()) return ok();
  if (before.link.starts_with('/')) {
    TETHER_TRY(find_file(pid, before));
    return ok();
  }
  return fail({.code = ErrorCode::Unsupported,
               .message = before.link + ", which descriptor " + std::to_string(fd.value) +
                          " was, is held open by nobody any more",
               .hint = {}});
}

/// What the process has written into a channel whose other end a keeper holds (descriptor_tee.h) goes on to where it
/// would have gone. What it has not read yet of one would be lost.
Result<void> empty_channel(const DescriptorImage& channel, int original) {
  const auto far_end = take_kept(channel);
  if (!far_end.has_value()) return ok();
  int waiting = 0;
  if (::ioctl(far_end->get(), FIONREAD, &waiting) != 0 || waiting == 0) return ok();
  if ((::fcntl(far_end->get(), F_GETFL) & O_ACCMODE) != O_RDONLY)
    return fail({.code = ErrorCode::Busy,
                 .message = "the process has not read " + std::to_string(waiting) + " bytes yet that were read for it",
                 .hint = "try again when it has"});
  std::vector<char> bytes(static_cast<std::size_t>(waiting));
  const ssize_t got = ::read(far_end->get(), bytes.data(), bytes.size());
  if (got < 0 || ::write(original, bytes.data(), static_cast<std::size_t>(got)) != got)
    return fail(errno_error(errno, "writing on what the process had written"));
  return ok();
}

}  // namespace

Result<void> give_back_descriptor(Pid pid, const DescriptorChange& change, const WhileStopped& while_stopped) {
  const MaybeImage now = TETHER_TRY(find_descriptor(pid, change.fd));
  const DescriptorImage& before = *change.before;
  TETHER_CHECK(expect_obtainable(pid, change.fd, before));
  const auto kept = take_kept(before);
  const auto swapped = swap_descriptor(pid, {}, change.fd, now, [&](RemoteCalls& calls) -> Result<void> {
    TETHER_CHECK(while_stopped());
    if (!kept.has_value()) return reopen(calls, pid, change.fd, before);
    if (change.after) TETHER_CHECK(empty_channel(*change.after, kept->get()));
    const Fd given = TETHER_TRY(give_descriptor(calls, pid, kept->get()));
    return move_descriptor(calls, pid, given, change.fd, close_on_exec_of(before));
  });
  if (!swapped.has_value()) return fail(swapped.error());
  release_kept(before);
  if (change.after) release_kept(*change.after);
  return ok();
}

Result<void> undo(Pid pid, const DescriptorChange& change, UndoMode mode) {
  if (change.fd.value < 0) return ok();  // it was to be opened, and its maker did not come to that
  const MaybeImage now = TETHER_TRY(find_descriptor(pid, change.fd));
  const bool is_as_left = is_same(now, change.after);
  if (!is_as_left && is_same(now, change.before)) {
    if (change.before && mode == UndoMode::Make) release_kept(*change.before);
    return ok();
  }
  if (!is_as_left) return fail(is_elsewhere(change.fd, now, change.after));
  if (change.kind == DescriptorChange::Kind::Modified && now && change.before)
    return restore_descriptor_state(pid, change, *now, mode);
  if (mode == UndoMode::DryRun) return change.before ? expect_obtainable(pid, change.fd, *change.before) : ok();
  if (change.before) return give_back_descriptor(pid, change, [] { return ok(); });
  if (!now) return ok();
  return with_stopped_process(pid, {}, [&](RemoteCalls& calls) { return close_remotely(calls, change.fd); });
}

}  // namespace tether
