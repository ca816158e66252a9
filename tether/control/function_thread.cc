// Which thread of a process calls a function, and when.
//
// A function may take any lock; one that the interrupted thread holds itself it waits for in vain. Which locks a thread
// holds cannot be known from outside, but the two that nearly every function may want, the allocator's and the dynamic
// loader's, are held only within a few functions of theirs: a thread that has one of these in its back trace is let run
// on and tried again a moment later.

#include <time.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "tether/control/internal/interrupted_place.h"
#include "tether/control/remote_functions.h"
#include "tether/procfs/status.h"
#include "tether/procfs/task.h"
#include "tether/sys/process_memory.h"
#include "tether/tracee/permission.h"

namespace tether {

namespace {

using FunctionWork = std::function<Result<void>(RemoteCalls&, RemoteFunctions&)>;

/// The thread, and all others if they are to stand still.
struct Held {
  std::optional<HeldProcess> others;
  std::optional<HeldTask> task;
};

Result<HeldTask> hold_one(Pid pid, std::optional<Tid> thread) {
  auto wanted = HeldTask::seize(thread.value_or(leader_of(pid)), {});
  if (wanted.has_value() || thread) return wanted;
  // A leader may have ended before its threads, or sleep in vfork.
  if (const auto tids = procfs::read_task_ids(leader_of(pid)); tids.has_value())
    for (const Tid tid : *tids)
      if (tid != leader_of(pid))
        if (auto other = HeldTask::seize(tid, {}); other.has_value()) return other;
  return wanted;
}

Result<Held> hold(Pid pid, const FunctionThreadOptions& options) {
  Held held;
  if (options.others == FunctionThreadOptions::Others::Run) {
    held.task = TETHER_TRY(hold_one(pid, options.thread));
    return held;
  }
  held.others.emplace(TETHER_TRY(HeldProcess::seize(pid, {}, HeldProcess::Sleepers::LeaveOut)));
  HeldTask* task = held.others->find(options.thread.value_or(leader_of(pid)));
  if (task == nullptr)
    return fail({.code = ErrorCode::Busy,
                 .message = "the thread that was to call the function cannot be held",
                 .hint = "name another one: PID:TID"});
  held.task.emplace(task->take_stop());
  return held;
}

Result<void> work_in(HeldTask& task, const FunctionThreadOptions& options, symbol::Symbolizer& symbolizer,
                     std::optional<RemoteAddr> errno_location, const FunctionWork& work) {
  RemoteCalls calls = TETHER_TRY(RemoteCalls::begin(task, options.calls));
  RemoteFunctions functions = TETHER_TRY(RemoteFunctions::begin(calls, symbolizer, errno_location));
  auto worked = work(calls, functions);
  auto ended = functions.end();
  if (ended.has_value()) ended = calls.end();
  return worked.has_value() ? ended : worked;
}

/// Where the C library tells a thread's errno: glibc, musl.
std::optional<RemoteAddr> find_errno_location(symbol::Symbolizer& symbolizer) {
  auto found = symbolizer.find_symbols("libc:__errno_location");
  if (found.empty()) found = symbolizer.find_symbols("__errno_location");
  if (found.empty() || found.front().kind != symbol::FoundSymbol::Kind::Function) return std::nullopt;
  return found.front().address;
}

void pause_between_tries() {
  const timespec time{.tv_sec = 0, .tv_nsec = 1'000'000};
  ::nanosleep(&time, nullptr);
}

}  // namespace

Result<symbol::Symbolizer> open_symbolizer(Pid pid) {
  auto opened = symbol::Symbolizer::open(pid, std::make_unique<sys::ProcessMemory>(procfs::living_task_of(pid)));
  if (opened.has_value() || opened.error().code != ErrorCode::PermissionDenied) return opened;
  return fail(explain_attach_failure(pid, EPERM));
}

Result<void> with_remote_functions(Pid pid, const FunctionThreadOptions& options, symbol::Symbolizer& symbolizer,
                                   const FunctionWork& work) {
  const auto errno_location = find_errno_location(symbolizer);
  const auto deadline = std::chrono::steady_clock::now() + options.patience;
  for (;;) {
    Held held = TETHER_TRY(hold(pid, options));
    const bool is_any_place = options.place == FunctionThreadOptions::Place::Any;
    const auto place = is_any_place ? std::nullopt : find_place_to_avoid(*held.task, symbolizer);
    if (!place) return work_in(*held.task, options, symbolizer, errno_location, work);
    if (std::chrono::steady_clock::now() >= deadline)
      return fail({.code = ErrorCode::Busy,
                   .message = "task " + std::to_string(held.task->tid().value) + " stands in " + *place +
                              ", where it may hold a lock that the function would wait for",
                   .hint = "name another thread (PID:TID), try again, or --force"});
    TETHER_CHECK(std::move(*held.task).release());
    held.task.reset();
    held.others.reset();
    pause_between_tries();
  }
}

}  // namespace tether
