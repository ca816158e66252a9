#pragma once
// RemoteFunctions: functions of a process, executed by one of its threads.
//
// Each runs on the thread's own stack, below what is in use, as if the thread had called it between two instructions;
// where little of that is left, as in a handler on a small sigaltstack(2), on one that is mapped for the time being.
// Afterwards the thread has its registers again, the floating point and vector ones too, and its errno. What the
// function did to the process's memory is what it was called for. It may wait for a lock that the interrupted thread
// holds, and then for ever: with_remote_functions() avoids the places that are known for it, and after `patience` the
// thread is put back, with whatever the function has done by then left half done.
//
//   TETHER_CHECK(with_remote_functions(pid, {}, symbolizer, [&](RemoteCalls&, RemoteFunctions& functions)
//       -> Result<void> {
//     const FunctionResult result = TETHER_TRY(functions.call(malloc_stats, {}));
//     return ok();
//   }));

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tether/arch/calling_convention.h"
#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/remote_calls.h"
#include "tether/control/scratch.h"
#include "tether/symbol/symbolizer.h"

namespace tether {

/// What a function returned, in each of the places where the ABI may have it: its type says which one counts.
struct FunctionResult {
  std::uint64_t integer = 0;  ///< rax; i386: edx:eax
  RemoteAddr address;         ///< rax; i386: eax
  double real = 0;            ///< xmm0; i386: st(0)
  float single = 0;           ///< the same as a float
};

class RemoteFunctions {
 public:
  /// Saves what RemoteCalls does not; errno too if it is told where the C library's __errno_location() is. Errors:
  /// Unsupported where the thread has a shadow stack, which a call from outside would not be on; those of call().
  static Result<RemoteFunctions> begin(RemoteCalls& calls, symbol::Symbolizer& symbolizer,
                                       std::optional<RemoteAddr> errno_location);

  RemoteFunctions(RemoteFunctions&&) noexcept = default;
  RemoteFunctions& operator=(RemoteFunctions&&) = delete;
  ~RemoteFunctions();

  /// Calls a function and waits for its return. Errors: TraceeGone; Busy if it has not returned in time or was left at
  /// RemoteCallOptions::wish; Io if it
  /// faulted, with where; Malformed for too many arguments.
  Result<FunctionResult> call(RemoteAddr function, std::span<const FunctionArgument> arguments,
                              std::chrono::milliseconds patience);

  /// Puts back what begin() saved.
  Result<void> end();

 private:
  struct Nothing {
    void operator()(RemoteCalls*) const {}
  };
  RemoteFunctions(RemoteCalls& calls, symbol::Symbolizer& symbolizer) : calls_(&calls), symbolizer_(&symbolizer) {}
  Result<void> find_stack();
  Result<bool> is_alternate_stack_small(RemoteAddr stack_pointer);
  Result<void> save_errno(RemoteAddr errno_location);
  Result<void> set_vectors(const FunctionFrame& frame);
  Result<FunctionResult> result_of(const GeneralRegisters& registers);
  Error abandonment(const RemoteCalls::CodeEnd& end, std::chrono::milliseconds patience) const;
  Error fault_error(const RemoteCalls::CodeEnd& end) const;

  std::unique_ptr<RemoteCalls, Nothing> calls_;  ///< not owned; null once ended or moved from
  symbol::Symbolizer* symbolizer_;
  std::optional<Scratch> lent_stack_;
  std::vector<std::byte> xstate_;
  RemoteAddr errno_;
  std::int32_t errno_value_ = 0;
};

/// The symbols of a process, read by way of a thread that has not ended: a leader that ended first has no maps. Errors:
/// those of Symbolizer::open(); PermissionDenied with what was found out about it.
Result<symbol::Symbolizer> open_symbolizer(Pid pid);

struct FunctionThreadOptions {
  std::optional<Tid> thread;  ///< absent: the leader, or another if it cannot be held
  enum class Others : std::uint8_t { Run, Stop } others = Others::Run;
  /// Avoided: not in the middle of malloc or of the dynamic loader.
  enum class Place : std::uint8_t { Avoided, Any } place = Place::Avoided;
  std::chrono::milliseconds patience{1000};  ///< how long a thread is waited for that stands in such a place
  RemoteCallOptions calls;
};

/// Holds a thread of the process, lets `work` make calls in it, and lets it go as it was. Errors: those of
/// HeldTask::seize, of RemoteCalls and of `work`; Busy if the thread does not leave a place to be avoided.
Result<void> with_remote_functions(Pid pid, const FunctionThreadOptions& options, symbol::Symbolizer& symbolizer,
                                   const std::function<Result<void>(RemoteCalls&, RemoteFunctions&)>& work);

}  // namespace tether
