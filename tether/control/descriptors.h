#pragma once
// Changing the descriptors of a running process: each change in the journal, each to be taken back.
//
// Where a number is made to stand for something else, a keeper (keeper.h) holds what it stood for, unless told not to:
// then what can be opened again by its path is, and for the rest the change counts as one that cannot be taken back.
//
//   Changes changes = TETHER_TRY(Changes::open(pid, {}));
//   TETHER_CHECK(redirect_descriptor(changes, Fd(1), {.path = "/var/log/new", .flags = O_WRONLY | O_APPEND | O_CREAT},
//                                    Keep::Yes));

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/changes.h"

namespace tether {

/// Whether what a descriptor referred to is held open until the change is taken back or the process ends.
enum class Keep : std::uint8_t { No, Yes };

/// What open(2) is told. The path is the process's own: in its root, relative to its working directory.
struct OpenRequest {
  std::string path;
  std::uint32_t flags = 0;    ///< O_*; O_NOCTTY is always added
  std::uint32_t mode = 0666;  ///< for O_CREAT; the process's umask applies
};

/// dup2(2): `to` refers to what `from` refers to. Errors: NotFound if `from` is not open; Unsupported if `to` cannot be
/// given back and that was not allowed.
Result<void> duplicate_descriptor(Changes& changes, Fd from, Fd to, Keep keep);

/// close(2). What can be opened again by its path is, when this is taken back; the rest cannot be taken back.
Result<void> close_descriptor(Changes& changes, Fd fd);

/// open(2) by the process. Truncating a file that is not empty cannot be taken back. In a dry run the number is -1.
Result<Fd> open_descriptor(Changes& changes, const OpenRequest& request);

/// `fd`, which is open, refers to a newly opened file. It stays close-on-exec if it was.
Result<void> redirect_descriptor(Changes& changes, Fd fd, const OpenRequest& request, Keep keep);

/// A pipe that is put into a process has another end here. A keeper holds that too, so that the process, should tether
/// be killed, waits for the change to be taken back instead of dying of SIGPIPE.
struct FarEnd {
  int ours = -1;  ///< none
};

/// `at` refers to the open file description behind our descriptor `ours`. It stays close-on-exec if it was open.
Result<void> install_descriptor(Changes& changes, int ours, Fd at, Keep keep, FarEnd far_end = {});

/// The same at the lowest free number; -1 in a dry run.
Result<Fd> install_descriptor(Changes& changes, int ours);

/// lseek(2). Errors: Unsupported for what has no offset.
enum class SeekFrom : std::uint8_t { Start, Here, End };
Result<void> seek_descriptor(Changes& changes, Fd fd, std::int64_t offset, SeekFrom from);

struct FlagEdit {
  std::uint32_t set = 0;    ///< of O_APPEND, O_NONBLOCK, O_DIRECT, O_NOATIME (fcntl(2), F_SETFL)
  std::uint32_t clear = 0;  ///< the same
  std::optional<bool> is_cloexec;
};
/// Status flags are the open file description's: whoever shares it has them too.
Result<void> edit_descriptor_flags(Changes& changes, Fd fd, const FlagEdit& edit);

/// shutdown(2) with SHUT_RD, SHUT_WR or SHUT_RDWR. Cannot be taken back. Errors: Unsupported for what is no socket.
Result<void> shut_down_descriptor(Changes& changes, Fd fd, int how);

/// Gives the former state back. Busy if the descriptor is neither as the change left it nor as it was; Unsupported if
/// what it referred to is nowhere to be had.
Result<void> undo(Pid pid, const DescriptorChange& change, UndoMode mode);

/// The same for a number that stands for something else; `while_stopped` runs just before it is given back, when the
/// process cannot use it any more. An error of it leaves all as it is.
using WhileStopped = std::function<Result<void>()>;
Result<void> give_back_descriptor(Pid pid, const DescriptorChange& change, const WhileStopped& while_stopped);

}  // namespace tether
