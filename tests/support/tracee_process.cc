#include "tests/support/tracee_process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <utility>

namespace tether::testing {

namespace {

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::abort();
}

/// The parent's life: reports the pid, then every wait status. It holds nothing else open: a copy of another tracee's
/// pipe would keep that one from seeing the end of its input.
[[noreturn]] void watch(pid_t pid, int to) {
  ::close_range(0, static_cast<unsigned>(to) - 1, 0);
  ::close_range(static_cast<unsigned>(to) + 1, ~0u, 0);
  int status = pid;
  do {
    if (::write(to, &status, sizeof status) != sizeof status) ::_exit(1);
  } while (::waitpid(pid, &status, WUNTRACED | WCONTINUED) == pid);
  ::_exit(0);
}

/// 0 and the program runs, or the errno of its execve.
int try_to_run(const std::string& path) {
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) die("pipe2");
  const pid_t child = ::fork();
  if (child == 0) {
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, 0);
    ::dup2(nothing, 1);
    ::execl(path.c_str(), path.c_str(), nullptr);
    const int err = errno;
    [[maybe_unused]] const auto written = ::write(report[1], &err, sizeof err);
    ::_exit(127);
  }
  ::close(report[1]);
  int err = 0;
  [[maybe_unused]] const auto got = ::read(report[0], &err, sizeof err);
  ::close(report[0]);
  ::waitpid(child, nullptr, 0);
  return err;
}

}  // namespace

void PrintTo(Bits bits, std::ostream* out) {
  *out << (bits == Bits::B32 ? "32 bits" : "64 bits");
}

std::string tracee_path(const std::string& name, Bits bits) {
  return std::string(TETHER_TRACEES_DIR "/") + name + (bits == Bits::B32 ? ".32" : "");
}

std::string reason_not_runnable(Bits bits) {
  if (bits == Bits::B64) return "";
  static const std::string reason = [] {
    const std::string path = tracee_path("show_ids", Bits::B32);
    if (::access(path.c_str(), X_OK) != 0)
      return std::string("no 32-bit tracees were built: without gcc-multilib, or on a kernel that does not run them");
    const int err = try_to_run(path);
    if (err == ENOEXEC) return std::string("this kernel runs no 32-bit programs (CONFIG_IA32_EMULATION)");
    return err != 0 ? "32-bit programs do not run here, errno " + std::to_string(err) : std::string();
  }();
  return reason;
}

TraceeProcess TraceeProcess::start(std::vector<std::string> argv, Bits bits) {
  argv[0] = tracee_path(argv[0], bits);
  std::vector<char*> pointers;
  for (std::string& a : argv) pointers.push_back(a.data());
  pointers.push_back(nullptr);
  int in[2], out[2], statuses[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(statuses, O_CLOEXEC) != 0) die("pipe2");
  const pid_t parent = ::fork();
  if (parent < 0) die("fork");
  if (parent == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      ::execv(pointers[0], pointers.data());
      std::perror(pointers[0]);
      ::_exit(127);
    }
    watch(pid, statuses[1]);
  }
  ::close(in[0]);
  ::close(out[1]);
  ::close(statuses[1]);
  TraceeProcess process;
  process.parent_ = parent;
  process.statuses_ = UniqueFd(statuses[0]);
  process.pid_ = process.next_status();
  process.input_ = UniqueFd(in[1]);
  process.output_ = UniqueFd(out[0]);
  return process;
}

TraceeProcess::TraceeProcess(TraceeProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      parent_(std::exchange(other.parent_, -1)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      statuses_(std::move(other.statuses_)),
      buffered_(std::move(other.buffered_)) {}

TraceeProcess::~TraceeProcess() {
  if (pid_ == -1) return;
  ::kill(pid_, SIGKILL);
  wait();
}

std::string TraceeProcess::read_line() {
  for (;;) {
    if (const auto end = buffered_.find('\n'); end != std::string::npos) {
      std::string line = buffered_.substr(0, end);
      buffered_.erase(0, end + 1);
      return line;
    }
    char more[4096];
    const ssize_t n = ::read(output_.get(), more, sizeof more);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::exchange(buffered_, "");
    buffered_.append(more, static_cast<std::size_t>(n));
  }
}

std::string TraceeProcess::read_rest() {
  std::string rest = std::exchange(buffered_, "");
  for (;;) {
    char more[4096];
    const ssize_t n = ::read(output_.get(), more, sizeof more);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return rest;
    rest.append(more, static_cast<std::size_t>(n));
  }
}

void TraceeProcess::write(const std::string& text) {
  if (::write(input_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) die("write to tracee");
}

int TraceeProcess::next_status() {
  int status = -1;
  while (::read(statuses_.get(), &status, sizeof status) < 0 && errno == EINTR) {
  }
  return status;
}

int TraceeProcess::wait() {
  int status = 0;
  do {
    status = next_status();
  } while (status != -1 && !WIFEXITED(status) && !WIFSIGNALED(status));
  ::waitpid(parent_, nullptr, 0);
  pid_ = -1;
  return status;
}

TraceeProcess::Condition TraceeProcess::condition() const {
  Condition condition;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task", ignored)) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("State:\t")) condition.states += line.at(7);
      if (line.starts_with("TracerPid:\t") && line != "TracerPid:\t0") condition.is_traced = true;
    }
  }
  return condition;
}

void TraceeProcess::await_state(char state) const {
  for (;;) {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("State:\t") && line.at(7) == state) return;
    ::sched_yield();
  }
}

void TraceeProcess::await_stopped() const {
  while (condition().states.find_first_not_of('T') != std::string::npos) ::sched_yield();
}

}  // namespace tether::testing
