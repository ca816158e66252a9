#include "tether/procfs/word_size.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tether/base/unique_fd.h"

namespace tether::procfs {

Result<std::size_t> read_word_size(Tid tid) {
  const std::string path = "/proc/" + std::to_string(tid.value) + "/exe";
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(errno_error(errno, path));
  unsigned char ident[EI_NIDENT];
  if (::pread(file.get(), ident, sizeof ident, 0) == static_cast<ssize_t>(sizeof ident) &&
      std::memcmp(ident, ELFMAG, SELFMAG) == 0 && (ident[EI_CLASS] == ELFCLASS32 || ident[EI_CLASS] == ELFCLASS64))
    return std::size_t{ident[EI_CLASS] == ELFCLASS64 ? 8U : 4U};
  return fail({.code = ErrorCode::Malformed, .message = path + " is no ELF file", .hint = {}});
}

}  // namespace tether::procfs
