#include "tether/cli/stack_report.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "tether/control/thread_snapshots.h"
#include "tether/decode/names.h"
#include "tether/procfs/stat.h"
#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"
#include "tether/sys/process_memory.h"

namespace tether::cli {

namespace {

/// The lines of /proc/TID/stack: "[<0>] do_select+0x6d9/0x860".
void read_kernel_stack(ReportedThread& thread) {
  const auto text = procfs::read_text_file("/proc/" + std::to_string(thread.tid.value) + "/stack");
  if (!text.has_value()) {
    thread.kernel_refusal = text.error().code == ErrorCode::NotFound
                                ? "this kernel does not tell (CONFIG_STACKTRACE)"
                                : text.error().message + ": it wants CAP_SYS_ADMIN";
    return;
  }
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    std::string line = text->substr(at, end - at);
    if (const std::size_t behind = line.find("] "); behind != std::string::npos) line.erase(0, behind + 2);
    if (!line.empty()) thread.kernel.push_back(std::move(line));
    at = end + 1;
  }
  if (thread.kernel.empty()) thread.kernel_refusal = "it was running";
}

/// What /proc tells of a thread that has not been stopped yet: a stop would hide it.
ReportedThread look_at(Tid tid, const StackOptions& options) {
  ReportedThread thread{.tid = tid, .name = procfs::read_comm(tid), .call = {}};
  if (const auto stat = procfs::read_task_stat(tid); stat.has_value()) thread.state = stat->state;
  if (auto call = procfs::read_current_call(tid); call.has_value()) thread.call = *call;
  thread.wait_channel = procfs::read_wait_channel(tid);
  if (options.kernel == StackOptions::Kernel::Yes) read_kernel_stack(thread);
  return thread;
}

/// Between the look and the stop the thread may have gone on: a call that it is no longer in is not told.
bool is_still_in_call(const ReportedThread& thread, const TakenThread& taken) {
  if (!taken.snapshot) return true;
  const symbol::ThreadSnapshot& snapshot = *taken.snapshot;
  return taken.was_asleep || snapshot.stack_pointer() == thread.call.stack_pointer;
}

void unwind_thread(ReportedThread& thread, const TakenThread& taken, symbol::Symbolizer& symbolizer,
                   const StackOptions& options) {
  thread.was_asleep = taken.was_asleep;
  if (!taken.snapshot) {
    thread.end = symbol::Backtrace::End::Lost;
    thread.reason = taken.reason;
    return;
  }
  symbol::Backtrace trace = symbol::Unwinder(symbolizer).unwind(*taken.snapshot, options.most_frames);
  for (const symbol::Frame& frame : trace.frames)
    thread.frames.push_back({.frame = frame, .location = symbolizer.locate(frame.lookup_address(), options.detail)});
  thread.end = trace.end;
  thread.reason = std::move(trace.reason);
}

}  // namespace

Result<StackReport> make_stack_report(const Target& target, const StackOptions& options) {
  std::vector<ReportedThread> seen;
  if (target.thread) {
    seen.push_back(look_at(*target.thread, options));
  } else if (const auto tids = procfs::read_task_ids(leader_of(target.pid)); tids.has_value()) {
    for (const Tid tid : *tids) seen.push_back(look_at(tid, options));
  }
  const ProcessSnapshot taken = TETHER_TRY(target.thread ? take_snapshots(*target.thread) : take_snapshots(target.pid));
  symbol::Symbolizer symbolizer =
      TETHER_TRY(symbol::Symbolizer::open(target.pid, std::make_unique<sys::ProcessMemory>(taken.threads.front().tid)));
  StackReport report{.pid = target.pid,
                     .command = procfs::read_comm(leader_of(target.pid)),
                     .abi = symbolizer.abi(),
                     .pause_ns = taken.pause_ns,
                     .threads = {}};
  for (const TakenThread& thread : taken.threads) {
    const auto found = std::ranges::find(seen, thread.tid, &ReportedThread::tid);
    report.threads.push_back(
        found != seen.end() ? std::move(*found)
                            : ReportedThread{.tid = thread.tid, .name = procfs::read_comm(thread.tid), .call = {}});
    ReportedThread& reported = report.threads.back();
    if (!is_still_in_call(reported, thread)) {
      reported.call = {};
      reported.wait_channel.clear();
    }
    const Abi abi = thread.snapshot ? thread.snapshot->abi : report.abi;
    if (reported.call.number) reported.call_name = decode::call_name({.abi = abi, .number = *reported.call.number});
    unwind_thread(reported, thread, symbolizer, options);
  }
  return report;
}

}  // namespace tether::cli
