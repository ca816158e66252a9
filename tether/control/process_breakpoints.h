#pragma once
// ProcessBreakpoints: the breakpoints that are wanted in one address space: found by name, planted, and what each is
// for.
//
//   auto breakpoints = TETHER_TRY(ProcessBreakpoints::open(pid, tid, places, disassembler));
//   TETHER_CHECK(breakpoints->resolve(tid));
//   while (auto near = TETHER_TRY(breakpoints->plant_wanted(tid))) TETHER_CHECK(breakpoints->planted().add_area(calls,
//   *near));

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/breakpoint_place.h"
#include "tether/control/debug_address_registers.h"
#include "tether/control/planted_breakpoints.h"
#include "tether/control/restartable_sequence.h"
#include "tether/symbol/symbolizer.h"

namespace tether {

/// What the breakpoint at one address is for.
struct BreakpointSite {
  std::vector<std::size_t> places;  ///< indexes of those that mean this address
  bool is_loader = false;           ///< the dynamic linker comes here when it has loaded something
  bool is_return = false;           ///< calls return to here that are waited for
  bool is_entry = false;            ///< a function begins here
  bool is_known_outside = false;    ///< of restartable sequences: a thread was here, and in none
};

/// One that a debug register holds.
struct Watched {
  std::size_t place;
  DebugAddress address;
  std::uint64_t value = 0;  ///< of data: when it was last looked at
};

/// Why there can be no breakpoint within a restartable sequence.
Error lies_in_sequence(const RestartableSequence& sequence);

class ProcessBreakpoints {
 public:
  /// `places` and `disassembler` must outlive it. Errors: those of Symbolizer::open() and Journal::open().
  static Result<std::unique_ptr<ProcessBreakpoints>> open(Pid pid, Tid tid, std::span<const BreakpointPlace> places,
                                                          const disasm::Disassembler& disassembler);
  /// The same in a copy of the address space that fork has made.
  Result<std::unique_ptr<ProcessBreakpoints>> adopted_by(Pid child, Tid tid) const;

  /// Looks for all places in what is loaded now; those found before stay. What is not found (NotFound) is pending.
  /// Errors: Malformed; Unsupported if there are more than the debug registers can hold, or where a restartable
  /// sequence is.
  Result<void> resolve(Tid tid);
  /// A place that is not to be looked for.
  void skip(std::size_t place);

  struct Pending {
    std::size_t place;
    Error error;
  };
  const std::vector<Pending>& pending() const { return pending_; }

  /// Makes sure that loading is noticed. False if the process has no dynamic linker.
  bool watch_loader();
  bool has_loader() const { return loader_.has_value(); }
  /// How often it has been heard of: twice when the program's own libraries have been loaded.
  unsigned loader_events = 0;

  /// Also stops when a call returns to `address`.
  void want_return(RemoteAddr address);

  bool wants_planting() const { return !wanted_.empty(); }
  /// Plants what is not planted yet. An address is returned near which an area must be added before it can go on.
  Result<std::optional<RemoteAddr>> plant_wanted(Tid tid);

  PlantedBreakpoints& planted() { return planted_; }
  BreakpointSite* find_site(RemoteAddr address);
  std::size_t count_sites(std::size_t place) const;

  std::array<std::optional<Watched>, kDebugAddresses>& watched() { return watched_; }
  DebugAddresses debug_addresses() const;
  /// Changes whenever debug_addresses() does; 0: there have never been any.
  unsigned debug_version() const { return debug_version_; }
  std::uint64_t read_value(Tid tid, const DebugAddress& watched) const;

  Pid pid() const { return pid_; }
  Abi abi() const { return planted_.abi(); }
  symbol::Symbolizer& symbolizer() { return symbolizer_; }

 private:
  ProcessBreakpoints(Pid pid, std::span<const BreakpointPlace> places, symbol::Symbolizer symbolizer,
                     PlantedBreakpoints planted, const disasm::Disassembler& disassembler);
  Result<void> check_boundary(Tid tid, RemoteAddr address);
  Result<void> check_sequences(Tid tid, std::size_t place, RemoteAddr address);
  Result<void> want(Tid tid, std::size_t place, const ResolvedPlace& found);
  Result<void> watch(Tid tid, std::size_t place, const ResolvedPlace& found);

  Pid pid_;
  std::span<const BreakpointPlace> places_;
  const disasm::Disassembler& disassembler_;
  symbol::Symbolizer symbolizer_;
  PlantedBreakpoints planted_;
  std::map<RemoteAddr, BreakpointSite> sites_;
  std::vector<RemoteAddr> wanted_;  ///< not planted yet
  std::set<std::size_t> skipped_;
  std::vector<Pending> pending_;
  std::array<std::optional<Watched>, kDebugAddresses> watched_;
  unsigned debug_version_ = 0;
  std::optional<RemoteAddr> loader_;
  std::vector<RestartableSequence> sequences_;  ///< that the files declare
};

}  // namespace tether
