// Prints the back traces of a running process's threads, which it holds only while it copies their stacks.
//
//   example-back-trace PID
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "tether/control/thread_snapshots.h"
#include "tether/symbol/symbolizer.h"
#include "tether/symbol/unwinder.h"
#include "tether/sys/process_memory.h"

namespace {

using tether::symbol::Symbolizer;

tether::Result<void> run(tether::Pid pid) {
  const auto taken = TETHER_TRY(tether::take_snapshots(pid));
  auto memory = std::make_unique<tether::sys::ProcessMemory>(tether::leader_of(pid));
  Symbolizer symbolizer = TETHER_TRY(Symbolizer::open(pid, std::move(memory)));
  tether::symbol::Unwinder unwinder(symbolizer);
  for (const tether::TakenThread& thread : taken.threads) {
    std::printf("thread %d\n", thread.tid.value);
    if (!thread.snapshot) continue;
    for (const tether::symbol::Frame& frame : unwinder.unwind(*thread.snapshot).frames)
      std::printf("  %s\n", symbolizer.locate(frame.lookup_address(), Symbolizer::Detail::Symbol).text().c_str());
  }
  return tether::ok();
}

}  // namespace

int main(int argc, char** argv) {
  const auto result = run(tether::Pid(argc > 1 ? std::atoi(argv[1]) : 0));
  if (!result.has_value()) std::fprintf(stderr, "%s\n", result.error().message.c_str());
  return result.has_value() ? 0 : 1;
}
