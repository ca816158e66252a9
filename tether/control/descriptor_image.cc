#include "tether/control/descriptor_image.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "tether/control/internal/descriptor_directory.h"
#include "tether/procfs/fdinfo.h"
#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"
#include "tether/sys/pidfd.h"
#include "tether/tracee/permission.h"

namespace tether {

namespace {

constexpr std::string_view kRemoved = " (deleted)";

Error not_open(Pid pid, Fd fd) {
  const std::string process = std::to_string(pid.value);
  return {.code = ErrorCode::NotFound,
          .sys_errno = EBADF,
          .message = name_of(fd) + " is not open in process " + process,
          .hint = "`tether fd ls " + process + "` lists those that are"};
}

}  // namespace

std::string name_of(Fd fd) {
  return "descriptor " + std::to_string(fd.value);
}

Result<std::optional<DescriptorImage>> find_descriptor(Pid pid, Fd fd) {
  const DescriptorDirectory directory = TETHER_TRY(DescriptorDirectory::open(pid));
  const auto link = directory.find_link(fd);
  const auto identity = directory.find_identity(fd);
  const auto info = procfs::read_fdinfo(procfs::living_task_of(pid), fd);
  if (!link || !identity || !info.has_value()) return std::nullopt;
  return DescriptorImage{.link = *link,
                         .device = identity->device,
                         .inode = identity->inode,
                         .flags = info->flags & ~static_cast<std::uint32_t>(O_CLOEXEC),
                         .offset = info->offset,
                         .is_cloexec = procfs::has_cloexec(info->flags)};
}

Result<DescriptorImage> read_descriptor(Pid pid, Fd fd) {
  auto found = TETHER_TRY(find_descriptor(pid, fd));
  if (!found) return fail(not_open(pid, fd));
  return std::move(*found);
}

bool is_same_file(const DescriptorImage& one, const DescriptorImage& other) {
  const auto is_known = [](const DescriptorImage& image) { return image.device != 0 || image.inode != 0; };
  if (is_known(one) && is_known(other)) return one.device == other.device && one.inode == other.inode;
  return one.link == other.link;
}

bool is_reopenable(Pid pid, Fd fd, const DescriptorImage& image) {
  const auto directory = DescriptorDirectory::open(pid);
  const auto identity = directory.has_value() ? directory->find_identity(fd) : std::nullopt;
  if (!identity || !image.link.starts_with('/') || image.link.ends_with(kRemoved)) return false;
  return S_ISREG(identity->mode) || S_ISDIR(identity->mode) || S_ISCHR(identity->mode) || S_ISBLK(identity->mode);
}

bool has_record_lock(Pid pid, Fd fd) {
  const std::string path = procfs::living_path(pid, "fdinfo/" + std::to_string(fd.value));
  const auto text = procfs::read_text_file(path);
  if (!text.has_value()) return false;
  const std::size_t lock = text->find("\nlock:");
  return lock != std::string::npos && text->find("POSIX", lock) != std::string::npos;
}

std::string what_it_is(const DescriptorImage& image) {
  if (image.link.starts_with("socket:")) return "a socket";
  if (image.link.starts_with("pipe:")) return "a pipe";
  if (image.link.ends_with(kRemoved)) return "a file that was removed";
  return image.link.starts_with('/') ? "a named pipe or special file" : "a file without a path";
}

Result<UniqueFd> borrow_descriptor(Pid pid, Fd fd) {
  const Tid task = procfs::living_task_of(pid);
  const UniqueFd process = TETHER_TRY(task == leader_of(pid) ? sys::open_pidfd(pid) : sys::open_thread_pidfd(task));
  auto copy = sys::take_descriptor(process, fd);
  if (copy.has_value()) return copy;
  if (copy.error().sys_errno == EBADF) return fail(not_open(pid, fd));
  if (copy.error().code == ErrorCode::PermissionDenied) return fail(explain_attach_failure(pid, EPERM));
  return copy;
}

}  // namespace tether
