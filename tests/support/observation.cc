#include "tests/support/observation.h"

#include <asm/unistd_64.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sstream>
#include <utility>

#include "tether/filter/seccomp_program.h"

namespace tether::testing {

namespace {

/// Copies nothing: what is tested here is who stopped when.
class NoCapture final : public CapturePolicy {
 public:
  void capture_entry(Abi, const RawSyscallEntry&, CaptureSource&, RawEventBuilder&) override {}
  void capture_exit(Abi, const RawSyscallEntry&, const RawSyscallExit&, CaptureSource&, RawEventBuilder&) override {}
};
NoCapture no_capture;

/// The calls that tracees count (getpgid, getsid, getppid), and some that block, fork and exec. i386 numbers as in
/// asm/unistd_32.h.
SyscallSelection calls_behind_the_filter() {
  SyscallSelection selection;
  for (const std::uint32_t n :
       {__NR_getpgid, __NR_getsid, __NR_getppid, __NR_read, __NR_execve, __NR_clone, __NR_vfork, __NR_exit_group})
    selection.insert({Abi::X86_64, n});
  for (const std::uint32_t n : {132u, 147u, 64u, 3u, 11u, 120u, 190u, 252u}) selection.insert({Abi::I386, n});
  return selection;
}

/// Puts other files in the place of standard input and output while it lives: the launched command inherits them.
class Redirection {
 public:
  explicit Redirection(int output)
      : saved_in_(::fcntl(0, F_DUPFD_CLOEXEC, 3)), saved_out_(::fcntl(1, F_DUPFD_CLOEXEC, 3)) {
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ::dup2(nothing.get(), 0);
    ::dup2(output, 1);
  }
  ~Redirection() {
    ::dup2(saved_in_.get(), 0);
    ::dup2(saved_out_.get(), 1);
  }

 private:
  UniqueFd saved_in_, saved_out_;
};

std::string read_from_start(int fd) {
  std::string text;
  char more[4096];
  ssize_t n;
  while ((n = ::pread(fd, more, sizeof more, static_cast<off_t>(text.size()))) > 0)
    text.append(more, static_cast<std::size_t>(n));
  return text;
}

}  // namespace

std::string name_of(EngineKind kind) {
  switch (kind) {
    case EngineKind::Seize:
      return "Seize";
    case EngineKind::Filter:
      return "Filter";
    case EngineKind::TraceMe:
      return "TraceMe";
  }
  return "";
}

void PrintTo(EngineKind kind, std::ostream* out) {
  *out << name_of(kind);
}

class Observation::Consumer final : public RawEventConsumer {
 public:
  explicit Consumer(Observation& to) : to_(to) {}
  void consume(std::span<const std::byte> record) override {
    const RawEventView view(record);
    const RawHeader h = view.header();
    Seen seen{.kind = h.kind, .abi = h.abi, .tid = h.tid, .pid = h.pid};
    const std::lock_guard lock(to_.mutex_);
    switch (h.kind) {
      case RawKind::SyscallEntry:
        seen.number = view.payload<RawSyscallEntry>().nr;
        to_.open_calls_[h.tid] = {h.abi, seen.number};
        break;
      case RawKind::SyscallExit:
        seen.value = view.payload<RawSyscallExit>().return_value;
        seen.number = to_.open_calls_[h.tid].second;
        break;
      case RawKind::Signal:
        seen.number = view.payload<RawSignal>().signal;
        break;
      case RawKind::GroupStop:
        seen.number = static_cast<std::uint64_t>(view.payload<RawStatus>().value);
        break;
      case RawKind::Exited:
      case RawKind::Killed:
        seen.value = view.payload<RawStatus>().value;
        break;
      case RawKind::Superseded:
        to_.open_calls_[h.tid] = to_.open_calls_[static_cast<std::int32_t>(view.payload<RawTask>().tid)];
        [[fallthrough]];
      case RawKind::Attached:
        seen.value = view.payload<RawTask>().tid;
        break;
      case RawKind::Detached:
      case RawKind::Notice:
        break;
    }
    to_.events_.push_back(seen);
    to_.changed_.notify_all();
  }
  void settle() override {}

 private:
  Observation& to_;
};

Observation::~Observation() {
  if (!thread_.joinable()) return;
  request_stop();
  thread_.join();
}

std::optional<Error> Observation::launch(std::vector<std::string> argv, std::optional<std::string> user) {
  PtraceEngineOptions options;
  options.launch = LaunchOptions{.argv = std::move(argv)};
  options.launch->user = std::move(user);
  if (kind_ == EngineKind::TraceMe) options.launch->entry = LaunchOptions::Entry::TraceMe;
  if (kind_ == EngineKind::Filter) {
    options.syscalls = calls_behind_the_filter();
    options.filter = make_seccomp_program(options.syscalls);
  }
  return open(std::move(options));
}

std::optional<Error> Observation::attach(std::vector<pid_t> pids) {
  PtraceEngineOptions options;
  for (const pid_t pid : pids) options.attach.push_back(Pid(pid));
  return open(std::move(options));
}

std::optional<Error> Observation::open(PtraceEngineOptions options) {
  output_ = UniqueFd(::memfd_create("tracee-output", MFD_CLOEXEC));
  // ptrace(2) binds tracees to a thread, and that thread's waits must not see the test's other children.
  thread_ = std::thread([this, options = std::move(options)]() mutable {
    auto opened = [&] {
      const Redirection redirection(output_.get());
      return PtraceEngine::open(std::move(options), no_capture);
    }();
    {
      const std::lock_guard lock(mutex_);
      opened_ = true;
      if (opened.has_value()) {
        engine_ = std::move(*opened);
        launched_ = engine_->launched().value_or(Pid(0)).value;
      } else {
        open_error_ = opened.error();
        ended_ = true;
      }
    }
    changed_.notify_all();
    if (!opened.has_value()) return;
    Consumer consumer(*this);
    auto outcome = engine_->run(consumer);
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    ended_ = true;
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return opened_; });
  return open_error_;
}

void Observation::request_stop() {
  const std::lock_guard lock(mutex_);
  if (engine_ && !ended_) engine_->request_stop();
}

void Observation::await_events(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || events_.size() >= count; });
}

void Observation::await_kind(RawKind kind) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    for (const Seen& s : events_)
      if (s.kind == kind) return true;
    return ended_;
  });
}

EngineReport Observation::finish() {
  if (thread_.joinable()) thread_.join();
  return {.outcome = std::move(outcome_), .events = std::move(events_), .output = read_from_start(output_.get())};
}

std::string find_breaches(const std::vector<Seen>& events, pid_t launched) {
  struct Task {
    bool is_here = false;
    bool in_call = false;
  };
  std::map<std::int32_t, Task> tasks;
  if (launched != 0) tasks[launched].is_here = true;
  std::ostringstream breaches;
  std::size_t index = 0;
  const auto say = [&](const Seen& s, const char* what) {
    breaches << "record " << index << " (kind " << static_cast<int>(s.kind) << ", tid " << s.tid << ", number "
             << s.number << "): " << what << "\n";
  };
  for (const Seen& s : events) {
    Task& task = tasks[s.tid];
    if (s.kind == RawKind::Attached) {
      if (task.is_here) say(s, "announced although it was there");
      task = {.is_here = true};
    } else if (s.kind != RawKind::Notice && !task.is_here) {
      say(s, "of a task that was not announced, or had ended");
      task.is_here = true;
    }
    switch (s.kind) {
      case RawKind::SyscallEntry:
        if (task.in_call) say(s, "entry within a call");
        task.in_call = true;
        break;
      case RawKind::SyscallExit:
        if (!task.in_call) say(s, "exit without an entry");
        task.in_call = false;
        break;
      case RawKind::Superseded:
        task.in_call = tasks[static_cast<std::int32_t>(s.value)].in_call;
        tasks.erase(static_cast<std::int32_t>(s.value));
        break;
      case RawKind::Exited:
      case RawKind::Killed:
      case RawKind::Detached:
        task = {};
        break;
      default:
        break;
    }
    ++index;
  }
  for (const auto& [tid, task] : tasks)
    if (task.is_here) breaches << "task " << tid << " was neither reported as ended nor as let go\n";
  return breaches.str();
}

std::string find_lies(const EngineReport& report, bool counts_calls) {
  std::map<std::pair<Abi, std::uint64_t>, long> calls;
  std::map<std::uint64_t, long> signals;
  std::map<std::pair<RawKind, std::int64_t>, long> ends;
  long tasks = 1, superseded = 0;  // the launched task is not announced
  for (const Seen& s : report.events) {
    if (s.kind == RawKind::SyscallExit) ++calls[{s.abi, s.number}];
    if (s.kind == RawKind::Signal) ++signals[s.number];
    if (s.kind == RawKind::Exited || s.kind == RawKind::Killed) ++ends[{s.kind, s.value}];
    if (s.kind == RawKind::Attached) ++tasks;
    if (s.kind == RawKind::Superseded) ++superseded;
  }
  std::ostringstream lies;
  const auto compare = [&](const std::string& line, long said, long seen) {
    if (said != seen) lies << "tracee: '" << line << "', engine: " << seen << "\n";
  };
  // Nobody but the tracee itself, if it says so, may have sent what a careless tracer leaves behind.
  for (const std::uint64_t number : {std::uint64_t{SIGSTOP}, std::uint64_t{SIGTRAP}})
    if (report.output.find("signal " + std::to_string(number) + " ") == std::string::npos && signals[number] != 0)
      lies << "signal " << number << " was seen " << signals[number] << " times\n";
  std::istringstream lines(report.output);
  bool is_ok = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string what, kind;
    words >> what;
    long number = 0, count = 0;
    if (what == "ok") is_ok = true;
    if (what == "FAIL") lies << line << "\n";
    if (what == "call" && counts_calls) {
      words >> kind >> number >> count;
      compare(line, count, calls[{kind == "i386" ? Abi::I386 : Abi::X86_64, static_cast<std::uint64_t>(number)}]);
    } else if (what == "signal") {
      words >> number >> count;
      compare(line, count, signals[static_cast<std::uint64_t>(number)]);
    } else if (what == "tasks") {
      words >> count;
      compare(line, count, tasks);
    } else if (what == "superseded") {
      words >> count;
      compare(line, count, superseded);
    } else if (what == "ended") {
      words >> kind >> number >> count;
      const long seen = ends[{kind == "exited" ? RawKind::Exited : RawKind::Killed, number}];
      if (seen < count) compare(line, count, seen);
    }
  }
  if (!is_ok) lies << "the tracee did not say ok; its output:\n" << report.output;
  return lies.str();
}

}  // namespace tether::testing
