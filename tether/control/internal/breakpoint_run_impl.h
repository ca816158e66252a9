#pragma once
// BreakpointRun's inside: what it knows of threads and processes. Its functions lie in breakpoint_run.cc (what happens
// to tracees), breakpoint_processes.cc (which processes have the breakpoints), breakpoint_hits.cc (what they run into)
// and breakpoint_release.cc (how they are let go).

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tether/control/breakpoint_run.h"
#include "tether/control/internal/trap_signal.h"
#include "tether/control/process_breakpoints.h"
#include "tether/disasm/disassembler.h"
#include "tether/tracee/tracer.h"
#include "tether/tracee/wake.h"

namespace tether {

class BreakpointRun::Impl {
 public:
  Impl(BreakpointOptions options, BreakpointHandler& handler) : options_(std::move(options)), handler_(handler) {}

  Result<void> attach(Pid pid);
  Result<Pid> launch(const LaunchOptions& options);
  Result<BreakpointOutcome> serve(int ending);

 private:
  using Space = std::shared_ptr<ProcessBreakpoints>;  ///< vfork's child has its parent's
  using Verdict = BreakpointHandler::Verdict;

  /// An instruction that a thread has been reported at and has not executed yet: a signal came first. When the thread
  /// is there again it is not reported again.
  struct Unfinished {
    RemoteAddr address;
    std::uint64_t stack_pointer;
  };
  struct PendingReturn {
    std::size_t place;
    RemoteAddr function;
    RemoteAddr address;           ///< to which it returns
    std::uint64_t stack_pointer;  ///< at least that when it has
  };
  struct Thread {
    std::vector<Unfinished> unfinished;
    std::vector<PendingReturn> returns;
    bool is_listening = false;   ///< in a group-stop
    bool is_rewound = false;     ///< stands at a breakpoint, with the signal of it still to be suppressed
    unsigned debug_version = 0;  ///< of the debug registers that it has
  };

  // breakpoint_run.cc
  Result<void> open_disassembler();
  Result<void> serve_all();
  Result<void> handle(AnyStop&& stop);
  Result<void> move_on(AnyStop&& stop, const Space& space);
  Result<void> repair(AnyStop& stop);
  Result<void> on_signal(SignalDeliveryStop&& stop, const Space& space);
  Result<void> plant(AnyStop& stop, ProcessBreakpoints& space);
  Result<void> with_calls(AnyStop& stop, const std::function<Result<void>(RemoteCalls&)>& work);
  Result<void> update_debug_registers(Tid tid, ProcessBreakpoints& space);
  Space space_of(Tid tid) const;
  std::vector<Space> spaces() const;

  // breakpoint_processes.cc
  void halt_all(Pid pid);
  Result<Space> open_space(Pid pid, Tid tid);
  Result<Space> open_space_after_exec(Pid pid, Tid tid);
  Space find_sharer(Tid tid);
  Result<bool> adopt(AnyStop& stop);
  Result<void> let_child_go(AnyStop&& stop);
  Result<void> on_exec(ExecStop&& stop);
  void on_end(const Tracer::Ended& ended);

  // breakpoint_hits.cc
  Result<void> on_breakpoint(SignalDeliveryStop&& stop, const Space& space, GeneralRegisters registers);
  Result<void> on_debug_register(SignalDeliveryStop&& stop, const Space& space);
  Result<void> refuse_in_sequence(Tid tid, RemoteAddr pc, std::string_view place);
  Verdict report(Tid tid, ProcessBreakpoints& space, const BreakpointSite& site, const GeneralRegisters& registers);
  Verdict report_returns(Tid tid, ProcessBreakpoints& space, RemoteAddr address, const GeneralRegisters& registers);
  void expect_return(Tid tid, ProcessBreakpoints& space, std::size_t place, RemoteAddr function,
                     const GeneralRegisters& registers);
  Result<void> on_loader(Tid tid, ProcessBreakpoints& space);
  Result<void> leave_copy(SignalDeliveryStop& stop, ProcessBreakpoints& space);
  void note_unfinished(Tid tid, const GeneralRegisters& registers);
  bool take_unfinished(Tid tid, const GeneralRegisters& registers);

  // breakpoint_release.cc
  class Release;
  Result<void> release();

  BreakpointOptions options_;
  BreakpointHandler& handler_;
  std::optional<disasm::Disassembler> disassembler_;
  Tracer tracer_;
  std::unordered_map<Pid, Space> spaces_;
  std::unordered_map<Tid, Thread> threads_;
  std::unordered_set<Pid> wanted_processes_;  ///< those whose exec is followed
  std::optional<LaunchedChild> child_;
  bool has_begun_ = false;  ///< the launched command's execve has succeeded
  Verdict verdict_ = Verdict::GoOn;
  BreakpointOutcome outcome_;
};

/// Whether remote calls may begin in such a stop. Within a system call (clone, vfork) they may not: it might never end.
bool admits_calls(const AnyStop& stop);

}  // namespace tether
