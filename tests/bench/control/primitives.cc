// Times what control is made of on a process that sleeps, through the library and by the bare system calls, in turns.
//   bench-control-primitives PID ADDRESS CALLS      ADDRESS: of 1 MiB of readable memory
// Prints "NAME HOW NANOSECONDS" for each: the median of all calls.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "tether/base/clock.h"
#include "tether/control/remote_calls.h"
#include "tether/sys/process_memory.h"
#include "tether/tracee/hold.h"

namespace {

using namespace tether;

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result.has_value()) give_up(result.error().message);
  return std::move(*result);
}
void must(const Result<void>& result) {
  if (!result.has_value()) give_up(result.error().message);
}

struct Way {
  const char* how;
  std::function<void()> once;
};

void time_both(const std::string& name, int calls, const std::vector<Way>& ways) {
  std::vector<std::vector<std::uint64_t>> times(ways.size());
  for (int i = 0; i < calls; ++i)
    for (std::size_t w = 0; w < ways.size(); ++w) {
      const std::uint64_t begin = monotonic_ns();
      ways[w].once();
      times[w].push_back(monotonic_ns() - begin);
    }
  for (std::size_t w = 0; w < ways.size(); ++w) {
    std::ranges::nth_element(times[w], times[w].begin() + calls / 2);
    std::printf("%s %s %llu\n", name.c_str(), ways[w].how,
                static_cast<unsigned long long>(times[w][static_cast<std::size_t>(calls) / 2]));
  }
}

void time_registers(HeldTask& task, int calls) {
  const pid_t tid = task.tid().value;
  user_regs_struct raw;
  time_both("register-read", calls,
            {{"raw", [&] { ::ptrace(PTRACE_GETREGS, tid, nullptr, &raw); }}, {"tether", [&] { must(task.registers()); }}});
  const GeneralRegisters registers = must(task.registers());
  time_both("register-write", calls,
            {{"raw", [&] { ::ptrace(PTRACE_SETREGS, tid, nullptr, &raw); }},
             {"tether", [&] { must(task.set_registers(registers)); }}});
}

void time_memory(Tid tid, RemoteAddr address, int calls) {
  for (const std::size_t size : {64, 4096, 1 << 20}) {
    std::vector<std::byte> buffer(size);
    const auto raw = [&] {
      const iovec local{buffer.data(), size};
      const iovec remote{reinterpret_cast<void*>(address.value), size};
      if (::process_vm_readv(tid.value, &local, 1, &remote, 1, 0) != static_cast<ssize_t>(size)) give_up("unreadable");
    };
    time_both("memory-read-" + std::to_string(size), calls,
              {{"raw", raw}, {"tether", [&] { sys::read_process_memory(tid, address, buffer); }}});
  }
}

/// The least that a remote call can be: two stops, and the registers in and out.
void call_raw(pid_t tid, user_regs_struct registers) {
  registers.rax = SYS_getpid;
  registers.orig_rax = ~0ull;
  ::ptrace(PTRACE_SETREGS, tid, nullptr, &registers);
  for (int stop = 0; stop < 2; ++stop) {
    ::ptrace(PTRACE_SYSCALL, tid, nullptr, nullptr);
    ::waitpid(tid, nullptr, __WALL);
  }
  ::ptrace(PTRACE_GETREGS, tid, nullptr, &registers);
}

void time_remote_calls(HeldTask& task, int calls) {
  RemoteCalls remote = must(RemoteCalls::begin(task, {}));
  must(remote.call(RemoteCall::Getpid, {}));
  user_regs_struct there;
  ::ptrace(PTRACE_GETREGS, task.tid().value, nullptr, &there);
  there.rip -= 2;  // back onto the instruction
  time_both("remote-call", calls,
            {{"raw", [&] { call_raw(task.tid().value, there); }},
             {"tether", [&] { must(remote.call(RemoteCall::Getpid, {})); }}});
  must(remote.end());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) give_up("usage: bench-control-primitives PID ADDRESS CALLS");
  const Tid tid(std::atoi(argv[1]));
  const RemoteAddr address(std::strtoull(argv[2], nullptr, 16));
  const int calls = std::atoi(argv[3]);
  time_memory(tid, address, calls);
  HeldTask task = must(HeldTask::seize(tid, {}));
  time_registers(task, calls);
  time_remote_calls(task, calls);
  must(std::move(task).release());
  time_both("hold-and-release", calls, {{"tether", [&] { must(HeldTask::seize(tid, {})); }}});
  return 0;
}
