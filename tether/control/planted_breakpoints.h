#pragma once
// PlantedBreakpoints: the breakpoint instructions that tether has written into one address space.
//
// Each is written in the journal first, so that a second tether finds it should this one be killed. What is read of the
// memory through clean_memory() never shows them.
//
//   PlantedBreakpoints planted = TETHER_TRY(PlantedBreakpoints::open(pid, abi, disassembler));
//   while (TETHER_TRY(planted.plant(tid, address)) == PlantedBreakpoints::Planting::WantsArea)
//     TETHER_CHECK(planted.add_area(calls, address));
//   …
//   TETHER_CHECK(planted.lift(tid));

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/arch/general_registers.h"
#include "tether/base/memory_reader.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/displaced_instruction.h"
#include "tether/control/displacement_area.h"
#include "tether/control/journal.h"
#include "tether/control/remote_calls.h"
#include "tether/disasm/disassembler.h"

namespace tether {

/// A breakpoint instruction and what it replaces the first byte of.
struct Planted {
  disasm::Instruction instruction;
  Passage passage = Passage::Skip;
  std::optional<RemoteAddr> slot;  ///< of its copy, where it has one
  Displaced copy;
  ChangeNumber change = 0;  ///< in the journal
};

class PlantedBreakpoints {
 public:
  /// `disassembler` must outlive it. Errors: those of Journal::open().
  static Result<PlantedBreakpoints> open(Pid pid, Abi abi, const disasm::Disassembler& disassembler);

  /// The same in a copy of the address space that fork has made: bytes and areas are there already.
  Result<PlantedBreakpoints> adopted_by(Pid child) const;

  enum class Planting : std::uint8_t { Done, WantsArea };
  /// Writes one, unless it is there. WantsArea: nothing was done, since its copy has no place yet. `tid` is any live
  /// task of the process. Errors: NotFound where no code is mapped; Unsupported in a shared mapping (the byte would
  /// reach the file and other processes), and for what passage_of() refuses; Busy where another tether has left one.
  Result<Planting> plant(Tid tid, RemoteAddr address);
  Result<void> add_area(RemoteCalls& calls, RemoteAddr near);

  bool is_empty() const { return planted_.empty(); }
  const Planted* find(RemoteAddr address) const;
  Abi abi() const { return abi_; }

  /// Where a thread that stands at `pc` in a copy stands in terms of the program; nullopt if it stands in none.
  std::optional<RemoteAddr> find_original(RemoteAddr pc) const;
  /// Puts a thread's registers into terms of the program. False if there was nothing to do.
  bool leave_copy(GeneralRegisters& registers) const;

  /// The registers with which a thread that stands at one goes on behind it. May write the return address of a call.
  GeneralRegisters passed(const Planted& planted, Tid tid, const GeneralRegisters& registers) const;

  /// Memory as the program has it. Must not outlive the breakpoints.
  class Memory final : public MemoryReader {
   public:
    Memory(const PlantedBreakpoints& planted, Tid tid) : planted_(&planted), tid_(tid) {}
    std::size_t read_some(RemoteAddr addr, std::span<std::byte> out) override;

   private:
    const PlantedBreakpoints* planted_;
    Tid tid_;
  };
  Memory clean_memory(Tid tid) const { return Memory(*this, tid); }

  /// Whether another process has this very memory, found out by lifting one of them for a moment: for where kcmp(2) is
  /// not allowed. `tid` is a task of this process.
  Result<bool> probe_sharing(Tid tid, Tid other) const;

  /// Takes all of them out of a copy of the address space, made by fork. False if it has none of them.
  Result<bool> clean(Tid copy) const;
  /// Takes all of them out, and out of the journal. One whose byte the program has overwritten since is left alone.
  Result<void> lift(Tid tid);
  /// Unmaps the areas; no thread of the process may stand in one.
  Result<void> unmap_areas(RemoteCalls& calls);
  /// Unmaps them in a copy of the address space, made by fork.
  Result<void> unmap_copies(RemoteCalls& calls) const;
  bool has_areas() const { return !areas_.empty(); }
  bool is_in_area(RemoteAddr address) const;
  /// The address space is gone, by exec or with its process.
  void forget();

 private:
  struct Area {
    DisplacementArea area;
    ChangeNumber change;
  };
  PlantedBreakpoints(Pid pid, Abi abi, const disasm::Disassembler& disassembler, Journal journal)
      : pid_(pid), abi_(abi), disassembler_(&disassembler), journal_(std::move(journal)) {}
  Result<disasm::Instruction> decode(Tid tid, RemoteAddr address) const;
  bool take_slot(Planted& planted);
  Result<void> insert(Tid tid, Planted planted);
  Result<ChangeNumber> journal_insertion(const Planted& planted);

  Pid pid_;
  Abi abi_;
  const disasm::Disassembler* disassembler_;
  Journal journal_;
  std::map<RemoteAddr, Planted> planted_;
  std::map<RemoteAddr, RemoteAddr> slots_;  ///< the addresses of those that have one, by slot
  std::vector<Area> areas_;
};

}  // namespace tether
