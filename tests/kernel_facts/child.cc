#include "tests/kernel_facts/child.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace tether::facts {

namespace {

/// Facts about the kernel are of no use if the ground that they stand on gives way.
void require(bool condition, const char* what) {
  if (condition) return;
  std::perror(what);
  std::abort();
}

siginfo_t wait_for(pid_t tid, int options) {
  siginfo_t info;
  std::memset(&info, 0, sizeof info);
  require(::waitid(P_PID, static_cast<id_t>(tid), &info, options | WSTOPPED | WEXITED | __WALL) == 0, "waitid");
  return info;
}

}  // namespace

Child::Child(const std::function<int()>& life) : pid_(::fork()) {
  require(pid_ >= 0, "fork");
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);  // for Yama: the tracer may be a sibling
  ::_exit(life());
}

Child::~Child() {
  kill();
}

void Child::kill() {
  if (pid_ == -1) return;
  ::kill(pid_, SIGKILL);
  end();
}

int Child::end() {
  int status = 0;
  do {
    require(::waitpid(pid_, &status, __WALL) == pid_, "waitpid");
  } while (!WIFEXITED(status) && !WIFSIGNALED(status));
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

Pipe::Pipe() {
  int fds[2];
  require(::pipe(fds) == 0, "pipe");
  read = fds[0];
  write = fds[1];
}

Pipe::~Pipe() {
  ::close(read);
  if (write != -1) ::close(write);
}

void Pipe::close_write() {
  ::close(write);
  write = -1;
}

void Pipe::put(char c) const {
  require(::write(write, &c, 1) == 1, "write");
}

char Pipe::take() const {
  char c = 0;
  require(::read(read, &c, 1) >= 0, "read");
  return c;
}

long trace(long request, pid_t tid, std::uintptr_t addr, std::uintptr_t data) {
  return ::syscall(SYS_ptrace, request, static_cast<long>(tid), addr, data);
}

user_regs_struct registers(pid_t tid) {
  user_regs_struct regs;
  require(trace(PTRACE_GETREGS, tid, 0, reinterpret_cast<std::uintptr_t>(&regs)) == 0, "PTRACE_GETREGS");
  return regs;
}

int take_stop(pid_t tid) {
  return wait_for(tid, 0).si_status;
}
int peek_stop(pid_t tid) {
  return wait_for(tid, WNOWAIT).si_status;
}
bool has_stop(pid_t tid) {
  return wait_for(tid, WNOWAIT | WNOHANG).si_pid == tid;
}

void seize_and_stop(pid_t tid, std::uintptr_t options) {
  require(trace(PTRACE_SEIZE, tid, 0, options) == 0, "PTRACE_SEIZE");
  require(trace(PTRACE_INTERRUPT, tid) == 0, "PTRACE_INTERRUPT");
  take_stop(tid);
}

void await_call(pid_t tid, long number) {
  const std::string path = "/proc/" + std::to_string(tid) + "/syscall";
  for (std::string word; word != std::to_string(number); ::sched_yield()) std::ifstream(path) >> word;
}

void await_state(pid_t tid, char state) {
  const std::string path = "/proc/" + std::to_string(tid) + "/stat";
  for (std::string line; line.find(std::string(") ") + state) == std::string::npos; ::sched_yield()) {
    std::ifstream file(path);
    std::getline(file, line);
  }
}

}  // namespace tether::facts
