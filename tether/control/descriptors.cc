// What all of these share: a look at what is there, a refusal of what could not be taken back, a line in the journal,
// one stop of the process in which the table is changed. What is the open file description's (offset, status flags, a
// connection's halves) needs no stop: a copy of ours, by pidfd_getfd(2), changes it for all that share it.

#include "tether/control/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "tether/base/unique_fd.h"
#include "tether/control/descriptor_image.h"
#include "tether/control/internal/descriptor_swap.h"
#include "tether/control/keeper.h"
#include "tether/control/remote_descriptors.h"
#include "tether/procfs/fdinfo.h"
#include "tether/procfs/task.h"

namespace tether {

namespace {

Result<void> expect_possible_number(Pid pid, Fd fd) {
  rlimit limit{};
  if (::prlimit(pid.value, RLIMIT_NOFILE, nullptr, &limit) != 0) return ok();
  if (fd.value >= 0 && static_cast<rlim_t>(fd.value) < limit.rlim_cur) return ok();
  return fail({.code = ErrorCode::Malformed,
               .sys_errno = EBADF,
               .message = "the process cannot have a " + name_of(fd) + ": its limit is " +
                          std::to_string(limit.rlim_cur) + " descriptors",
               .hint = "`tether set " + std::to_string(pid.value) + " rlimit.nofile=" + std::to_string(fd.value + 1) +
                       "` raises it"});
}

/// Whether what `fd` refers to can be given back once the number has been taken from it; if not, that must have been
/// allowed.
Result<bool> can_give_back(const Changes& changes, Fd fd, const DescriptorImage& before, Keep keep) {
  if (has_record_lock(changes.pid(), fd))
    TETHER_CHECK(changes.allow_irrevocable("the process loses its record locks on " + before.link));
  if (keep == Keep::Yes || is_reopenable(changes.pid(), fd, before)) return true;
  TETHER_CHECK(changes.allow_irrevocable(name_of(fd) + " is " + what_it_is(before) + ", " + before.link));
  return false;
}

/// A change of the number `at`, as it is written down: a deed if there is no way back.
Change record_of(const DescriptorChange& change, bool is_undoable) {
  return is_undoable ? Change(change) : Change(Deed{.what = describe(change)});
}

void note(DescriptorImage& image, const Kept& kept) {
  image.keeper = kept.keeper;
  image.kept_as = kept.fd;
}

Result<void> start_keepers(Pid pid, DescriptorChange& change, Keep keeps, FarEnd far_end) {
  if (change.before && keeps == Keep::Yes) {
    const UniqueFd former = TETHER_TRY(borrow_descriptor(pid, change.fd));
    note(*change.before, TETHER_TRY(keep(pid, former.get())));
  }
  if (far_end.ours >= 0) note(*change.after, TETHER_TRY(keep(pid, far_end.ours)));
  return ok();
}

/// Makes `at` refer to what `place` puts there; `preview` is what it will be, as far as that is known before.
Result<void> replace(Changes& changes, Fd at, DescriptorImage preview, Keep keeps, const Place& place,
                     FarEnd far_end = {}) {
  const Pid pid = changes.pid();
  TETHER_CHECK(expect_possible_number(pid, at));
  DescriptorChange change{.fd = at, .before = TETHER_TRY(find_descriptor(pid, at)), .after = std::move(preview)};
  const bool is_undoable = !change.before || TETHER_TRY(can_give_back(changes, at, *change.before, keeps));
  if (!changes.is_dry_run()) TETHER_CHECK(start_keepers(pid, change, keeps, far_end));
  const auto made = changes.make_known(record_of(change, is_undoable), [&]() -> Result<Change> {
    DescriptorImage after = TETHER_TRY(swap_descriptor(pid, changes.remote_calls(), at, change.before, place));
    after.keeper = change.after->keeper;
    after.kept_as = change.after->kept_as;
    change.after = std::move(after);
    return record_of(change, is_undoable);
  });
  if (made.has_value()) return ok();
  if (change.before) release_kept(*change.before);
  release_kept(*change.after);
  return fail(made.error());
}

DescriptorImage preview_of(const OpenRequest& request) {
  constexpr std::uint32_t kOnlyWhenOpening = O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_CLOEXEC;
  return {
      .link = request.path, .flags = request.flags & ~kOnlyWhenOpening, .is_cloexec = (request.flags & O_CLOEXEC) != 0};
}

Result<void> allow_truncation(const Changes& changes, const OpenRequest& request) {
  if ((request.flags & O_TRUNC) == 0) return ok();
  const std::string path =
      procfs::living_path(changes.pid(), (request.path.starts_with('/') ? "root" : "cwd/") + request.path);
  struct stat found;
  if (::stat(path.c_str(), &found) != 0 || (S_ISREG(found.st_mode) && found.st_size == 0)) return ok();
  return changes.allow_irrevocable("what is in " + request.path + " is lost");
}

Result<Fd> open_explained(RemoteCalls& calls, Pid pid, const OpenRequest& request) {
  auto opened = open_remotely(calls, pid, request.path, request.flags, request.mode);
  if (opened.has_value()) return opened;
  const auto root = procfs::read_link(procfs::living_task_of(pid), "root");
  const auto directory = procfs::read_link(procfs::living_task_of(pid), "cwd");
  return fail(std::move(opened).error().with_hint(
      "the process looks paths up itself: its root is " + root.value_or("?") + ", its working directory " +
      directory.value_or("?") + ", and its own rights count; --here has tether open it"));
}

/// A descriptor that did not exist before: `bring` makes it, close-on-exec.
Result<Fd> add(Changes& changes, DescriptorImage preview, const std::function<Result<Fd>(RemoteCalls&)>& bring) {
  const Pid pid = changes.pid();
  DescriptorChange change{.fd = Fd(-1), .before = std::nullopt, .after = std::move(preview)};
  const CloseOnExec close_on_exec = change.after->is_cloexec ? CloseOnExec::Yes : CloseOnExec::No;
  const Change made = TETHER_TRY(changes.make_known(change, [&]() -> Result<Change> {
    TETHER_CHECK(with_stopped_process(pid, changes.remote_calls(), [&](RemoteCalls& calls) -> Result<void> {
      change.fd = TETHER_TRY(bring(calls));
      return set_close_on_exec(calls, change.fd, close_on_exec);
    }));
    change.after = TETHER_TRY(read_descriptor(pid, change.fd));
    return change;
  }));
  return std::get<DescriptorChange>(made).fd;
}

}  // namespace

Result<void> duplicate_descriptor(Changes& changes, Fd from, Fd to, Keep keep) {
  DescriptorImage source = TETHER_TRY(read_descriptor(changes.pid(), from));
  source.is_cloexec = false;
  if (from == to) return ok();
  return replace(changes, to, std::move(source), keep,
                 [&](RemoteCalls& calls) { return copy_descriptor(calls, changes.pid(), from, to, CloseOnExec::No); });
}

Result<void> close_descriptor(Changes& changes, Fd fd) {
  DescriptorChange change{.fd = fd, .before = TETHER_TRY(read_descriptor(changes.pid(), fd)), .after = std::nullopt};
  const bool is_undoable = TETHER_TRY(can_give_back(changes, fd, *change.before, Keep::No));
  return changes.make(record_of(change, is_undoable), [&] {
    return with_stopped_process(changes.pid(), changes.remote_calls(),
                                [&](RemoteCalls& calls) { return close_remotely(calls, fd); });
  });
}

Result<Fd> open_descriptor(Changes& changes, const OpenRequest& request) {
  TETHER_CHECK(allow_truncation(changes, request));
  return add(changes, preview_of(request),
             [&](RemoteCalls& calls) { return open_explained(calls, changes.pid(), request); });
}

Result<void> redirect_descriptor(Changes& changes, Fd fd, const OpenRequest& request, Keep keep) {
  const Pid pid = changes.pid();
  const DescriptorImage before = TETHER_TRY(read_descriptor(pid, fd));
  TETHER_CHECK(allow_truncation(changes, request));
  DescriptorImage preview = preview_of(request);
  preview.is_cloexec = before.is_cloexec;
  return replace(changes, fd, std::move(preview), keep, [&](RemoteCalls& calls) -> Result<void> {
    const Fd opened = TETHER_TRY(open_explained(calls, pid, request));
    return move_descriptor(calls, pid, opened, fd, close_on_exec_of(before));
  });
}

Result<void> install_descriptor(Changes& changes, int ours, Fd at, Keep keep, FarEnd far_end) {
  const Pid pid = changes.pid();
  const auto before = TETHER_TRY(find_descriptor(pid, at));
  DescriptorImage preview = TETHER_TRY(read_descriptor(Pid(::getpid()), Fd(ours)));
  preview.is_cloexec = before && before->is_cloexec;
  const CloseOnExec close_on_exec = close_on_exec_of(preview);
  const Place place = [&](RemoteCalls& calls) -> Result<void> {
    const Fd given = TETHER_TRY(give_descriptor(calls, pid, ours));
    return move_descriptor(calls, pid, given, at, close_on_exec);
  };
  return replace(changes, at, std::move(preview), keep, place, far_end);
}

Result<Fd> install_descriptor(Changes& changes, int ours) {
  DescriptorImage preview = TETHER_TRY(read_descriptor(Pid(::getpid()), Fd(ours)));
  preview.is_cloexec = false;
  return add(changes, std::move(preview),
             [&](RemoteCalls& calls) { return give_descriptor(calls, changes.pid(), ours); });
}

}  // namespace tether
