#pragma once
// StackReport: what `tether stack` found out about the threads of a process, before it is shown as text or JSON.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/cli/json_output.h"
#include "tether/cli/target.h"
#include "tether/procfs/current_call.h"
#include "tether/symbol/symbolizer.h"
#include "tether/symbol/unwinder.h"

namespace tether::cli {

struct StackOptions {
  enum class Kernel : bool { No, Yes };
  Kernel kernel = Kernel::No;
  symbol::Symbolizer::Detail detail = symbol::Symbolizer::Detail::Lines;
  std::size_t most_frames = symbol::Unwinder::kMostFrames;
};

struct ReportedFrame {
  symbol::Frame frame;
  symbol::Location location;
};

struct ReportedThread {
  Tid tid;
  std::string name;
  char state = '?';                 ///< before it was stopped
  procfs::CurrentCall call;         ///< likewise; the number is absent unless it blocked in a call
  std::string call_name;            ///< empty: none, or one without a name
  std::string wait_channel;         ///< the kernel's function that it slept in
  std::vector<std::string> kernel;  ///< the kernel's frames, the innermost first
  std::string kernel_refusal;       ///< why there are none
  std::vector<ReportedFrame> frames;
  symbol::Backtrace::End end = symbol::Backtrace::End::Complete;
  std::string reason;  ///< why the back trace ends early, or is not there
  bool was_asleep = false;
};

struct StackReport {
  Pid pid;
  std::string command;
  Abi abi = Abi::X86_64;
  std::uint64_t pause_ns = 0;  ///< for how long the process stood still
  std::vector<ReportedThread> threads;
};

/// Stops the target's threads, copies, lets go, and unwinds. Errors: those of HeldProcess::seize().
Result<StackReport> make_stack_report(const Target& target, const StackOptions& options);

std::string stack_text(const StackReport& report);
std::string stack_json(const StackReport& report);

/// A line for each frame, and for each function that was inlined there: for others that show frames.
std::string frames_text(std::span<const ReportedFrame> frames);
Json frame_json(const ReportedFrame& frame);

}  // namespace tether::cli
