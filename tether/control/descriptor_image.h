#pragma once
// DescriptorImage: what a descriptor of a process refers to, as it is now, for the journal and for undoing.
//
//   const DescriptorImage before = TETHER_TRY(read_descriptor(pid, Fd(1)));

#include <optional>
#include <string>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/control/change.h"

namespace tether {

/// "descriptor 3".
std::string name_of(Fd fd);

/// NotFound if it is not open.
Result<DescriptorImage> read_descriptor(Pid pid, Fd fd);

/// Absent if it is not open. Errors: those of looking into the process's table at all.
Result<std::optional<DescriptorImage>> find_descriptor(Pid pid, Fd fd);

/// Whether they refer to the same file. One without device and inode is known by its path alone.
bool is_same_file(const DescriptorImage& one, const DescriptorImage& other);

/// Whether the process could open the same again by its path: a regular file, a directory or a device that has not been
/// removed.
bool is_reopenable(Pid pid, Fd fd, const DescriptorImage& image);

/// Whether the process holds a lock on the file that it loses when it closes any descriptor of it (fcntl(2), "Advisory
/// record locking").
bool has_record_lock(Pid pid, Fd fd);

/// "a socket", "a pipe", "a file that was removed" …: why something cannot be opened again.
std::string what_it_is(const DescriptorImage& image);

/// A descriptor of ours for the same open file description; the process is not stopped. Errors: NotFound as
/// read_descriptor(), PermissionDenied with the reason (permission.h), TraceeGone.
Result<UniqueFd> borrow_descriptor(Pid pid, Fd fd);

}  // namespace tether
