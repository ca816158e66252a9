#include "tether/tracee/launch.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <iterator>
#include <optional>
#include <vector>

#include "tether/sys/wait.h"
#include "tether/tracee/exec_failure.h"
#include "tether/tracee/permission.h"

namespace tether {

static_assert(sizeof(BpfInstruction) == sizeof(sock_filter));
static_assert(offsetof(BpfInstruction, operand) == offsetof(sock_filter, k));

namespace {

/// What a command inherits from the program that started tether, not from tether itself. Taken when the library is
/// loaded, before anyone blocks or ignores a signal for tether's own sake.
struct InheritedSignals {
  static constexpr int kChanged[] = {SIGPIPE, SIGINT, SIGQUIT, SIGTSTP, SIGHUP, SIGTERM};
  sigset_t mask;
  bool ignored[std::size(kChanged)];

  InheritedSignals() {
    ::sigprocmask(SIG_BLOCK, nullptr, &mask);
    for (std::size_t i = 0; i < std::size(kChanged); ++i) {
      struct sigaction action;
      ignored[i] = ::sigaction(kChanged[i], nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
    }
  }

  void restore() const {
    for (std::size_t i = 0; i < std::size(kChanged); ++i) ::signal(kChanged[i], ignored[i] ? SIG_IGN : SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  }
};
const InheritedSignals inherited_signals;

/// What the child writes into its pipe, behind the byte that says it is ready, when it cannot go on.
struct GivenUp {
  enum class Step : int { TraceMe, Groups, Gid, Uid, Filter, Exec } step;
  int err;
};

/// Everything that the child needs, made before the fork: after it only async-signal-safe calls are allowed.
struct ChildPlan {
  const char* file;
  std::vector<char*> argv;
  std::vector<char*> envp;
  const Command::Identity* identity;
  sock_fprog filter;
  LaunchOptions::Entry entry;
  int go;
  int failure;
  /// What to tell Yama before the exec (Documentation/admin-guide/LSM/Yama.rst): who may attach besides its ancestors;
  /// 0 takes back what was told before.
  std::optional<pid_t> admitted_tracer;
};

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& s : strings) pointers.push_back(const_cast<char*>(s.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// The exit status of a child that never became the command for want of a tracer or of rights: that tether failed
/// (tether(1)). Under strace's -D whoever started tether sees it.
constexpr int kNotTraced = 125;

[[noreturn]] void give_up(int pipe, GivenUp::Step step) {
  const GivenUp why{.step = step, .err = errno};
  [[maybe_unused]] const ssize_t written = ::write(pipe, &why, sizeof why);
  ::_exit(step == GivenUp::Step::Exec ? status_of_exec_failure(why.err) : kNotTraced);
}

void become(const Command::Identity& identity, int pipe) {
  using enum GivenUp::Step;
  if (::setgroups(identity.groups.size(), identity.groups.data()) != 0) give_up(pipe, Groups);
  if (::setgid(identity.gid) != 0) give_up(pipe, Gid);
  if (::setuid(identity.uid) != 0) give_up(pipe, Uid);
}

[[noreturn]] void run_child(const ChildPlan& plan) {
  using enum GivenUp::Step;
  inherited_signals.restore();
  [[maybe_unused]] const ssize_t said = ::write(plan.failure, "r", 1);
  if (plan.entry == LaunchOptions::Entry::TraceMe && !sys::trace_me().has_value()) give_up(plan.failure, TraceMe);
  char go = 0;
  while (::read(plan.go, &go, 1) < 0 && errno == EINTR) {
  }
  if (go == 0) ::_exit(kNotTraced);  // the tracer died or changed its mind
  if (plan.identity != nullptr) become(*plan.identity, plan.failure);
  if (plan.filter.len != 0) {
    // The kernel demands one or the other. no_new_privs is inherited by the whole tree, so it is the second choice.
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &plan.filter) != 0 &&
        (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
         ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &plan.filter) != 0))
      give_up(plan.failure, Filter);
  }
  if (plan.admitted_tracer) ::prctl(PR_SET_PTRACER, *plan.admitted_tracer);
  ::execve(plan.file, plan.argv.data(), plan.envp.data());
  give_up(plan.failure, Exec);
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return fail(errno_error(errno, "pipe2"));
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

/// Returns when there is little left for the child to do but to wait for "go": every call that it makes once it is seized
/// is stopped at.
void await_ready(const UniqueFd& failure) {
  char ready;
  while (::read(failure.get(), &ready, 1) < 0 && errno == EINTR) {
  }
}

/// Seizes the child while it waits for "go", lets it go, and runs it up to the entry of its execve.
Result<void> hold_at_execve(Tid tid, sys::TraceOptions trace, const UniqueFd& go) {
  if (auto seized = sys::seize(tid, trace); !seized.has_value())
    return fail(
        explain_attach_failure(Pid(tid.value), seized.error().sys_errno).with_context("cannot trace the command"));
  TETHER_CHECK(sys::interrupt(tid));
  TETHER_TRY(sys::peek(tid, sys::Blocking::Yes, sys::WithUsage::No));
  if (::write(go.get(), "g", 1) != 1) return fail(errno_error(errno, "write"));
  for (;;) {
    TETHER_CHECK(sys::resume(tid, sys::Resume::Syscall, Signal()));
    const auto report = TETHER_TRY(sys::peek(tid, sys::Blocking::Yes, sys::WithUsage::No));
    if (report->kind != sys::WaitReport::Kind::Stopped) return ok();  // gave up before execve; the caller reads why
    if (report->status != (SIGTRAP | 0x80)) continue;
    const sys::SyscallStopInfo info = TETHER_TRY(sys::syscall_info(tid));
    if (info.op == sys::SyscallStopInfo::Op::Entry && info.nr == SYS_execve) return ok();
  }
}

/// PTRACE_TRACEME's way: the kernel sends SIGTRAP behind the execve.
Result<void> hold_behind_execve(Tid tid, sys::TraceOptions trace, const UniqueFd& go) {
  if (::write(go.get(), "g", 1) != 1) return fail(errno_error(errno, "write"));
  const auto report = TETHER_TRY(sys::peek(tid, sys::Blocking::Yes, sys::WithUsage::No));
  if (report->kind != sys::WaitReport::Kind::Stopped) return ok();
  return sys::set_options(tid, trace);
}

}  // namespace

namespace {

ChildPlan make_plan(const Command& command, LaunchOptions::Entry entry, const Pipe& go, const Pipe& failure) {
  return {.file = command.file.c_str(),
          .argv = pointers_to(command.arguments),
          .envp = pointers_to(command.environment),
          .identity = command.identity ? &*command.identity : nullptr,
          .filter = {},
          .entry = entry,
          .go = go.read.get(),
          .failure = failure.write.get()};
}

/// Brings a child that waits for "go" to its execve; if that cannot be done it is killed.
Result<LaunchedChild> hold(LaunchedChild child, LaunchOptions::Entry entry, sys::TraceOptions trace,
                           const UniqueFd& go) {
  const Tid tid = leader_of(child.pid);
  const bool seizes = entry == LaunchOptions::Entry::Seize;
  await_ready(child.failure);
  if (auto held = seizes ? hold_at_execve(tid, trace, go) : hold_behind_execve(tid, trace, go); !held.has_value()) {
    ::kill(child.pid.value, SIGKILL);
    if (const auto end = sys::peek(tid, sys::Blocking::Yes, sys::WithUsage::No); end.has_value() && *end) {
      [[maybe_unused]] const auto gone = sys::reap(**end);
    }
    return fail(std::move(held).error());
  }
  return child;
}

Error explain(const GivenUp& why, const std::string& file) {
  const auto refused = [&](std::string_view call) {
    Error error = errno_error(why.err, "cannot run '" + file + "' as that user: " + std::string(call));
    error.hint = "only root may become another user: run tether as root, or leave -u out";
    return error;
  };
  switch (why.step) {
    case GivenUp::Step::TraceMe:
      return errno_error(why.err, "cannot trace '" + file + "': PTRACE_TRACEME");
    case GivenUp::Step::Groups:
      return refused("setgroups");
    case GivenUp::Step::Gid:
      return refused("setgid");
    case GivenUp::Step::Uid:
      return refused("setuid");
    case GivenUp::Step::Filter:
      return errno_error(why.err, "cannot run '" + file + "' under a seccomp filter").with_hint("add --no-seccomp");
    case GivenUp::Step::Exec:
      break;
  }
  return explain_exec_failure(file, why.err);
}

}  // namespace

Result<LaunchedChild> launch(const Command& command, const LaunchOptions& options, sys::TraceOptions trace,
                             std::span<const BpfInstruction> filter) {
  if (options.waiting) {
    const UniqueFd go(options.waiting->go);
    return hold({.pid = options.waiting->pid, .failure = UniqueFd(options.waiting->failure), .file = command.file},
                LaunchOptions::Entry::Seize, trace, go);
  }
  Pipe go = TETHER_TRY(make_pipe());
  Pipe failure = TETHER_TRY(make_pipe());
  std::vector<sock_filter> program;
  for (const BpfInstruction& i : filter) program.push_back({i.code, i.jump_true, i.jump_false, i.operand});
  ChildPlan plan = make_plan(command, options.entry, go, failure);
  plan.filter = {static_cast<unsigned short>(program.size()), program.data()};
  if (options.admitted_tracer) plan.admitted_tracer = options.admitted_tracer->value;
  const pid_t pid = ::fork();
  if (pid < 0) return fail(errno_error(errno, "fork"));
  if (pid == 0) {
    ::close(go.write.get());  // else the child would wait for itself should the tracer die
    run_child(plan);
  }
  go.read.reset();
  failure.write.reset();
  return hold({.pid = Pid(pid), .failure = std::move(failure.read), .file = command.file}, options.entry, trace,
              go.write);
}

Result<WaitingProcess> become_traced_command(const Command& command, TracerGroup group) {
  Pipe go = TETHER_TRY(make_pipe());
  Pipe failure = TETHER_TRY(make_pipe());
  ChildPlan plan = make_plan(command, LaunchOptions::Entry::Seize, go, failure);
  plan.admitted_tracer = 0;
  const pid_t self = ::getpid();
  const pid_t between = ::fork();
  if (between < 0) return fail(errno_error(errno, "fork"));
  if (between > 0) {
    go.write.reset();
    ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    while (::waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
    }
    run_child(plan);
  }
  if (::fork() != 0) ::_exit(0);  // if that fails nobody says "go", and the waiting process ends with kNotTraced
  if (group == TracerGroup::OwnGroup) ::setpgid(0, 0);
  if (group == TracerGroup::OwnSession) ::setsid();
  return WaitingProcess{.pid = Pid(self), .go = go.write.release(), .failure = failure.read.release()};
}

std::optional<Error> find_launch_failure(const LaunchedChild& child) {
  const int flags = ::fcntl(child.failure.get(), F_GETFL);
  ::fcntl(child.failure.get(), F_SETFL, flags | O_NONBLOCK);
  GivenUp why;
  if (::read(child.failure.get(), &why, sizeof why) != sizeof why) return std::nullopt;
  return explain(why, child.file);
}

}  // namespace tether
