#include "tether/tracee/exec_failure.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/binfmts.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "tether/base/unique_fd.h"

namespace tether {

namespace {

struct Interpreter {
  std::string path;
  bool is_of_script = false;
};

template <class T>
bool read_at(int file, std::uint64_t offset, T& value) {
  return ::pread(file, &value, sizeof value, static_cast<off_t>(offset)) == sizeof value;
}

/// The path in the PT_INTERP segment (elf(5)).
template <class FileHeader, class ProgramHeader>
std::optional<std::string> find_loader(int file) {
  FileHeader header;
  if (!read_at(file, 0, header)) return std::nullopt;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    ProgramHeader segment;
    if (!read_at(file, header.e_phoff + std::uint64_t{i} * sizeof segment, segment)) return std::nullopt;
    if (segment.p_type != PT_INTERP || segment.p_filesz > PATH_MAX) continue;
    std::string path(segment.p_filesz, '\0');
    const ssize_t got = ::pread(file, path.data(), path.size(), static_cast<off_t>(segment.p_offset));
    if (got != static_cast<ssize_t>(path.size())) return std::nullopt;
    return path.substr(0, path.find('\0'));
  }
  return std::nullopt;
}

/// What has to be executed so that `file` can be: a script's interpreter, a program's dynamic loader.
std::optional<Interpreter> find_interpreter(const std::string& file) {
  const UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  char start[BINPRM_BUF_SIZE];
  const ssize_t size = opened.is_open() ? ::pread(opened.get(), start, sizeof start, 0) : 0;
  std::string_view text(start, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (text.starts_with("#!")) {
    text = text.substr(2, text.find('\n') - 2);
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return Interpreter{.path = std::string(text.substr(0, text.find_first_of(" \t"))), .is_of_script = true};
  }
  if (!text.starts_with(ELFMAG) || text.size() <= EI_CLASS) return std::nullopt;
  const auto loader = text[EI_CLASS] == ELFCLASS32 ? find_loader<Elf32_Ehdr, Elf32_Phdr>(opened.get())
                                                   : find_loader<Elf64_Ehdr, Elf64_Phdr>(opened.get());
  if (!loader) return std::nullopt;
  return Interpreter{.path = *loader};
}

std::string hint_for(const std::string& file, const Interpreter& interpreter) {
  if (!interpreter.is_of_script) return "this dynamic loader comes with the C library that the program was built for";
  if (interpreter.path.ends_with('\r')) return "its lines end in CR LF; `sed -i 's/\\r$//' " + file + "` mends that";
  return "the first line of '" + file + "' names it";
}

}  // namespace

Error explain_exec_failure(const std::string& file, int err) {
  Error error = errno_error(err, "cannot run '" + file + "'");
  if (err == ENOEXEC)
    error.hint = "it is neither a program for this machine nor a script whose first line is like `#!/bin/sh`";
  if (err == EACCES)
    error.hint =
        "see `ls -l`, `chmod +x`; or its file system is mounted noexec, or the user may not enter its directory";
  if (err != ENOENT && err != EACCES) return error;
  const auto interpreter = find_interpreter(file);
  if (!interpreter || ::access(interpreter->path.c_str(), X_OK) == 0) return error;
  error.message = "cannot run '" + file + "': its interpreter '" + interpreter->path + "' " +
                  (errno == ENOENT ? "does not exist" : "cannot be executed: " + describe_errno(errno));
  error.hint = hint_for(file, *interpreter);
  return error;
}

int status_of_exec_failure(int err) {
  switch (err) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return 127;
    case EACCES:
    case ENOEXEC:
    case EISDIR:
    case ETXTBSY:
    case ELIBBAD:
    case E2BIG:
      return 126;
    default:
      return 125;
  }
}

}  // namespace tether
