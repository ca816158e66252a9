#include "tether/control/assembler.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "tether/base/hexadecimal.h"
#include "tether/base/unique_fd.h"

namespace tether {

namespace {

namespace fs = std::filesystem;

/// A directory that goes away with everything in it.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> make() {
    const char* place = std::getenv("TMPDIR");
    std::string path = std::string(place != nullptr && *place != '\0' ? place : "/tmp") + "/tether-asm-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return fail(errno_error(errno, "a directory for the assembler, " + path));
    return TemporaryDirectory(std::move(path));
  }
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

struct RunResult {
  int status = 0;  ///< as waitpid(2) has it
  std::string complaints;
};

std::string read_to_end(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<RunResult> run(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(errno_error(errno, "pipe2"));
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, writer.get(), STDERR_FILENO);
  // Its messages are read here: they must not be in the user's language.
  char locale[] = "LC_ALL=C";
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.push_back(*variable);
  environment.push_back(locale);
  environment.push_back(nullptr);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT)
    return fail({.code = ErrorCode::Unsupported,
                 .sys_errno = failed,
                 .message = "there is no `" + command[0] + "` here to make instructions into bytes",
                 .hint = "install binutils, or give the bytes: hex:90 90"});
  if (failed != 0) return fail(errno_error(failed, command[0]));
  writer.reset();
  RunResult result{.complaints = read_to_end(reader.get())};
  while (::waitpid(child, &result.status, 0) < 0 && errno == EINTR) {
  }
  return result;
}

Result<void> write_file(const std::string& path, std::string_view text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file.is_open() && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return ok();
  return fail(errno_error(errno, path));
}

Result<Bytes> read_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(errno_error(errno, path));
  const std::string text = read_to_end(file.get());
  const auto bytes = std::as_bytes(std::span(text));
  return Bytes(bytes.begin(), bytes.end());
}

/// The first reason in the complaints of `as` and `ld`, without names of files that the user knows nothing of.
std::string reason_of(std::string_view complaints) {
  for (const std::string_view mark : {"Error: ", "error: ", ".text+", "ld: "}) {
    const std::size_t at = complaints.find(mark);
    if (at == std::string_view::npos) continue;
    std::string_view line = complaints.substr(at + mark.size());
    line = line.substr(0, line.find('\n'));
    if (mark == ".text+") line = line.substr(std::min(line.find(": ") + 2, line.size()));
    return std::string(line);
  }
  return std::string(complaints.substr(0, complaints.find('\n')));
}

Error refused(std::string_view text, std::string_view complaints) {
  return {.code = ErrorCode::Malformed,
          .message = "'" + std::string(text) + "': " + reason_of(complaints),
          .hint = "Intel syntax, instructions separated by `;`: 'mov eax, 1; ret'"};
}

/// The symbols that ld did not find.
std::vector<std::string> undefined_in(std::string_view complaints) {
  constexpr std::string_view kMark = "undefined reference to `";
  std::vector<std::string> names;
  for (std::size_t at = complaints.find(kMark); at != std::string_view::npos; at = complaints.find(kMark, at + 1)) {
    const std::string_view rest = complaints.substr(at + kMark.size());
    names.emplace_back(rest.substr(0, rest.find('\'')));
  }
  return names;
}

/// Puts the code where it will lie. What it names and does not have is looked for, and linked in a second round.
Result<void> link(std::string_view text, const TemporaryDirectory& directory, const AssemblyOptions& options) {
  std::vector<std::string> command = {"ld",
                                      "-m",
                                      options.abi == Abi::X86_64 ? "elf_x86_64" : "elf_i386",
                                      "-N",
                                      "-e",
                                      "0",
                                      "-Ttext=" + hex(options.at.value),
                                      "-o",
                                      directory.file("code.elf"),
                                      directory.file("code.o")};
  RunResult linked = TETHER_TRY(run(command));
  if (linked.status == 0) return ok();
  const std::vector<std::string> names = undefined_in(linked.complaints);
  for (const std::string& name : names) {
    const auto found = options.find_symbol ? options.find_symbol(name) : std::nullopt;
    if (!found)
      return fail({.code = ErrorCode::NotFound,
                   .message = "'" + std::string(text) + "': there is no symbol '" + name + "'",
                   .hint = "a register that is misspelt is taken for a symbol, too"});
    command.push_back("--defsym=" + name + "=" + hex(found->value));
  }
  if (!names.empty()) linked = TETHER_TRY(run(command));
  if (linked.status != 0) return fail(refused(text, linked.complaints));
  return ok();
}

}  // namespace

Result<Bytes> assemble(std::string_view text, const AssemblyOptions& options) {
  const TemporaryDirectory directory = TETHER_TRY(TemporaryDirectory::make());
  const std::string source = directory.file("code.s");
  TETHER_CHECK(write_file(source, ".intel_syntax noprefix\n.text\n" + std::string(text) + "\n"));
  const std::string object = directory.file("code.o");
  const RunResult assembled =
      TETHER_TRY(run({"as", options.abi == Abi::X86_64 ? "--64" : "--32", "-mx86-used-note=no", "-o", object, source}));
  if (assembled.status != 0) return fail(refused(text, assembled.complaints));
  TETHER_CHECK(link(text, directory, options));
  const RunResult copied = TETHER_TRY(
      run({"objcopy", "-O", "binary", "-j", ".text", directory.file("code.elf"), directory.file("code.bin")}));
  if (copied.status != 0) return fail(refused(text, copied.complaints));
  Bytes code = TETHER_TRY(read_file(directory.file("code.bin")));
  if (code.empty()) return fail(refused(text, "that is no instruction"));
  return code;
}

}  // namespace tether
