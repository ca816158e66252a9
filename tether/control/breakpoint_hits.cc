// What happens where a breakpoint is met: telling the handler, and sending the thread on.

#include <signal.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "tether/arch/x86_64/registers.h"
#include "tether/control/internal/breakpoint_run_impl.h"
#include "tether/control/shadow_stack.h"

namespace tether {

namespace x86 = arch::x86_64;

namespace {

/// More than a thread that does not leave handlers by siglongjmp can have.
constexpr std::size_t kMostUnfinished = 64;
/// Deeper recursion than this loses its outermost returns.
constexpr std::size_t kMostReturns = 100'000;
/// A function of i386 may take its arguments off the stack when it returns (stdcall).
constexpr std::uint64_t kMostArgumentBytes = 256;

std::uint64_t stack_pointer_of(const GeneralRegisters& registers) {
  return registers.words[x86::kStackPointerWord];
}

bool is_of_the_instruction(int signal) {
  return signal == SIGILL || signal == SIGFPE || signal == SIGTRAP;
}

}  // namespace

void BreakpointRun::Impl::note_unfinished(Tid tid, const GeneralRegisters& registers) {
  auto& unfinished = threads_[tid].unfinished;
  if (unfinished.size() == kMostUnfinished) unfinished.erase(unfinished.begin());
  unfinished.push_back({x86::instruction_pointer(registers), stack_pointer_of(registers)});
}

bool BreakpointRun::Impl::take_unfinished(Tid tid, const GeneralRegisters& registers) {
  auto& unfinished = threads_[tid].unfinished;
  const auto found = std::ranges::find_if(unfinished, [&](const Unfinished& one) {
    return one.address == x86::instruction_pointer(registers) && one.stack_pointer == stack_pointer_of(registers);
  });
  if (found == unfinished.end()) return false;
  unfinished.erase(found);
  return true;
}

/// A handler must find the program's own addresses.
Result<void> BreakpointRun::Impl::leave_copy(SignalDeliveryStop& stop, ProcessBreakpoints& space) {
  if (!space.planted().has_areas()) return ok();
  GeneralRegisters registers = TETHER_TRY(stop.registers());
  if (!space.planted().leave_copy(registers)) return ok();
  TETHER_CHECK(stop.set_registers(registers));
  if (space.planted().find(x86::instruction_pointer(registers)) != nullptr) note_unfinished(stop.tid(), registers);
  SigInfoBytes bytes = TETHER_TRY(stop.info());
  siginfo_t info;
  std::memcpy(&info, bytes.data(), sizeof info);
  if (info.si_code <= 0 || !is_of_the_instruction(info.si_signo)) return ok();
  const auto original = space.planted().find_original(RemoteAddr(reinterpret_cast<std::uint64_t>(info.si_addr)));
  if (!original) return ok();
  info.si_addr = reinterpret_cast<void*>(original->value);
  std::memcpy(bytes.data(), &info, sizeof info);
  return stop.set_info(bytes);
}

Result<void> BreakpointRun::Impl::on_breakpoint(SignalDeliveryStop&& stop, const Space& space,
                                                GeneralRegisters registers) {
  const Tid tid = stop.tid();
  std::uint64_t& pc = registers.words[x86::kInstructionPointerWord];
  const RemoteAddr address(pc - 1);
  const Planted* planted = space->planted().find(address);
  if (planted == nullptr) return std::move(stop).deliver(Until::NextEvent);  // the program's own
  pc = address.value;
  Thread& thread = threads_[tid];
  thread.is_rewound = false;
  BreakpointSite* site = space->find_site(address);
  if (!std::exchange(site->is_known_outside, true))
    TETHER_CHECK(
        refuse_in_sequence(tid, address, site->places.empty() ? "a return" : options_.places[site->places[0]].text));
  if (!take_unfinished(tid, registers)) {
    if (site->is_loader) TETHER_CHECK(on_loader(tid, *space));
    verdict_ = std::max(verdict_, report(tid, *space, *site, registers));
  }
  if (planted->passage == Passage::Call)  // what it has may have come since it was planted: at the program's start
    TETHER_CHECK(refuse_shadow_stack(tid, "passing a breakpoint on a call instruction"));
  if (verdict_ == Verdict::GoOn && !space->wants_planting()) {
    TETHER_CHECK(stop.set_registers(space->planted().passed(*planted, tid, registers)));
    return std::move(stop).suppress(Until::NextEvent);
  }
  TETHER_CHECK(stop.set_registers(registers));
  thread.is_rewound = true;
  if (verdict_ != Verdict::GoOn) return ok();  // it stays here until release()
  // It comes by once more, when there is a place for the copies that are wanted.
  note_unfinished(tid, registers);
  AnyStop here = InterruptStop(tid);
  TETHER_CHECK(plant(here, *space));
  thread.is_rewound = false;
  return go_on(std::move(here), Until::NextEvent);
}

/// Where no file says that there is a sequence, the thread tells it by standing in one.
Result<void> BreakpointRun::Impl::refuse_in_sequence(Tid tid, RemoteAddr pc, std::string_view place) {
  const auto pointer = find_sequence_pointer(tid);
  const auto sequence = pointer ? read_sequence(tid, *pointer, pc) : std::nullopt;
  if (!sequence) return ok();
  return fail(lies_in_sequence(*sequence).with_context(place));
}

BreakpointRun::Impl::Verdict BreakpointRun::Impl::report(Tid tid, ProcessBreakpoints& space, const BreakpointSite& site,
                                                         const GeneralRegisters& registers) {
  Verdict verdict = Verdict::GoOn;
  if (site.is_return) verdict = report_returns(tid, space, x86::instruction_pointer(registers), registers);
  auto memory = space.planted().clean_memory(tid);
  for (const std::size_t place : site.places) {
    const Verdict said = handler_.on_hit({.kind = BreakpointHit::Kind::Reached,
                                          .place = place,
                                          .pid = tracer_.pid_of(tid),
                                          .tid = tid,
                                          .abi = space.abi(),
                                          .address = x86::instruction_pointer(registers),
                                          .registers = registers,
                                          .memory = &memory,
                                          .symbolizer = &space.symbolizer()});
    verdict = std::max(verdict, said);
    if (options_.returns == BreakpointOptions::Returns::Yes && site.is_entry && said != Verdict::Disregard)
      expect_return(tid, space, place, x86::instruction_pointer(registers), registers);
  }
  return verdict;
}

void BreakpointRun::Impl::expect_return(Tid tid, ProcessBreakpoints& space, std::size_t place, RemoteAddr function,
                                        const GeneralRegisters& registers) {
  std::uint64_t address = 0;
  const std::uint64_t sp = stack_pointer_of(registers);
  const auto bytes = std::as_writable_bytes(std::span(&address, 1)).first(word_size(space.abi()));
  if (!space.planted().clean_memory(tid).read_exactly(RemoteAddr(sp), bytes)) return;
  auto& returns = threads_[tid].returns;
  if (returns.size() == kMostReturns) returns.erase(returns.begin());
  returns.push_back({place, function, RemoteAddr(address), sp + word_size(space.abi())});
  space.want_return(RemoteAddr(address));
}

BreakpointRun::Impl::Verdict BreakpointRun::Impl::report_returns(Tid tid, ProcessBreakpoints& space, RemoteAddr address,
                                                                 const GeneralRegisters& registers) {
  const std::uint64_t sp = stack_pointer_of(registers);
  const std::uint64_t slack = space.abi() == Abi::I386 ? kMostArgumentBytes : 0;
  auto& returns = threads_[tid].returns;
  Verdict verdict = Verdict::GoOn;
  for (;;) {
    const auto found = std::ranges::find_if(returns.rbegin(), returns.rend(), [&](const PendingReturn& one) {
      return one.address == address && sp >= one.stack_pointer && sp - one.stack_pointer <= slack;
    });
    if (found == returns.rend()) return verdict;
    const PendingReturn done = *found;
    // What was called later has been left by longjmp.
    returns.erase(std::prev(found.base()), returns.end());
    auto memory = space.planted().clean_memory(tid);
    verdict = std::max(verdict, handler_.on_hit({.kind = BreakpointHit::Kind::Returned,
                                                 .place = done.place,
                                                 .pid = tracer_.pid_of(tid),
                                                 .tid = tid,
                                                 .abi = space.abi(),
                                                 .address = done.function,
                                                 .registers = registers,
                                                 .memory = &memory,
                                                 .symbolizer = &space.symbolizer()}));
  }
}

Result<void> BreakpointRun::Impl::on_loader(Tid tid, ProcessBreakpoints& space) {
  // The linker comes here before its list changes and when it has changed.
  constexpr unsigned kProgramIsLoaded = 2;
  const unsigned events = ++space.loader_events;
  const std::size_t pending = space.pending().size();
  const unsigned debug_version = space.debug_version();
  TETHER_CHECK(space.resolve(tid));
  if (space.debug_version() != debug_version) {
    TETHER_CHECK(update_debug_registers(tid, space));
    tracer_.interrupt_all();
  }
  if (events == kProgramIsLoaded)
    for (const auto& still : space.pending())
      handler_.on_note(still.error.message + "; waiting for a library that has it");
  if (events > kProgramIsLoaded && space.pending().size() < pending)
    handler_.on_note("a library with a place that was waited for has been loaded");
  return ok();
}

Result<void> BreakpointRun::Impl::on_debug_register(SignalDeliveryStop&& stop, const Space& space) {
  const Tid tid = stop.tid();
  const auto hits = TETHER_TRY(read_debug_hits(tid));
  GeneralRegisters registers = TETHER_TRY(stop.registers());
  space->planted().leave_copy(registers);
  auto memory = space->planted().clean_memory(tid);
  for (std::size_t i = 0; i < kDebugAddresses; ++i)
    if (const auto& watched = space->watched()[i]; hits[i] && watched)
      TETHER_CHECK(refuse_in_sequence(tid, x86::instruction_pointer(registers), options_.places[watched->place].text));
  for (std::size_t i = 0; i < kDebugAddresses; ++i) {
    auto& watched = space->watched()[i];
    if (!hits[i] || !watched) continue;
    const bool is_code = watched->address.access == DebugAccess::Execute;
    const std::uint64_t value = is_code ? 0 : space->read_value(tid, watched->address);
    const std::uint64_t before = std::exchange(watched->value, value);
    verdict_ = std::max(verdict_,
                        handler_.on_hit({.kind = is_code ? BreakpointHit::Kind::Reached : BreakpointHit::Kind::Accessed,
                                         .place = watched->place,
                                         .pid = tracer_.pid_of(tid),
                                         .tid = tid,
                                         .abi = space->abi(),
                                         .address = watched->address.address,
                                         .registers = registers,
                                         .size = watched->address.size,
                                         .before = before,
                                         .after = value,
                                         .memory = &memory,
                                         .symbolizer = &space->symbolizer()}));
  }
  if (verdict_ != Verdict::GoOn) return ok();  // it stays here until release()
  return std::move(stop).suppress(Until::NextEvent);
}

}  // namespace tether
