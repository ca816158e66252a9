#include "tether/control/planted_breakpoints.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "tether/arch/breakpoint_instruction.h"
#include "tether/arch/x86_64/registers.h"
#include "tether/control/branch_emulation.h"
#include "tether/control/clean_memory.h"
#include "tether/control/shadow_stack.h"
#include "tether/procfs/maps.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace x86 = arch::x86_64;

namespace {

constexpr std::span<const std::byte> kBreakpoint(&arch::kBreakpointInstruction, 1);

std::span<const std::byte> first_byte(const Planted& planted) {
  return planted.instruction.code().first(1);
}

/// What stands at `address` just now; nullopt if it cannot be read: unmapped since, or the task is no more.
std::optional<std::byte> read_byte(Tid tid, RemoteAddr address) {
  std::byte byte{};
  if (sys::read_process_memory(tid, address, std::span(&byte, 1)) != 1) return std::nullopt;
  return byte;
}

bool is_in_place(Tid tid, RemoteAddr address) {
  return read_byte(tid, address) == arch::kBreakpointInstruction;
}

Result<void> check_mapping(Tid tid, RemoteAddr address) {
  const auto maps = TETHER_TRY(procfs::read_maps(tid));
  const procfs::Mapping* mapping = procfs::find_mapping(maps, address);
  if (mapping == nullptr || !mapping->is_executable)
    return fail(
        {.code = ErrorCode::NotFound,
         .message = mapping == nullptr ? "nothing is mapped there" : "there is no code, but data",
         .hint = mapping == nullptr ? "`tether mem maps` shows what is" : "w:ADDRESS/SIZE stops at writes to data"});
  if (mapping->is_shared)
    return fail({.code = ErrorCode::Unsupported,
                 .message =
                     "the code lies in a shared mapping: a breakpoint in it would reach the file and whoever has "
                     "mapped it, too",
                 .hint = "a hardware breakpoint (hw:ADDRESS) replaces no instruction"});
  return ok();
}

}  // namespace

Result<PlantedBreakpoints> PlantedBreakpoints::open(Pid pid, Abi abi, const disasm::Disassembler& disassembler) {
  return PlantedBreakpoints(pid, abi, disassembler, TETHER_TRY(Journal::open(pid)));
}

Result<PlantedBreakpoints> PlantedBreakpoints::adopted_by(Pid child) const {
  PlantedBreakpoints copy = TETHER_TRY(open(child, abi_, *disassembler_));
  copy.slots_ = slots_;
  for (const auto& [address, planted] : planted_) {
    Planted adopted = planted;
    adopted.change = TETHER_TRY(copy.journal_insertion(adopted));
    TETHER_CHECK(copy.journal_.conclude(adopted.change, Outcome::Made, std::nullopt));
    copy.planted_.emplace(address, std::move(adopted));
  }
  for (const Area& area : areas_) {
    const MappingChange change{.kind = MappingChange::Kind::Map,
                               .address = area.area.start(),
                               .length = DisplacementArea::kBytes,
                               .after = PROT_READ | PROT_EXEC};
    const ChangeNumber number = TETHER_TRY(copy.journal_.intend(change, Lasting::UntilExit));
    TETHER_CHECK(copy.journal_.conclude(number, Outcome::Made, std::nullopt));
    copy.areas_.push_back({area.area, number});
  }
  return copy;
}

Result<ChangeNumber> PlantedBreakpoints::journal_insertion(const Planted& planted) {
  return journal_.intend(MemoryChange{.address = planted.instruction.address,
                                      .before = {first_byte(planted).begin(), first_byte(planted).end()},
                                      .after = {kBreakpoint.begin(), kBreakpoint.end()},
                                      .kind = MemoryChange::Kind::Breakpoint},
                         Lasting::UntilExit);
}

Result<disasm::Instruction> PlantedBreakpoints::decode(Tid tid, RemoteAddr address) const {
  std::array<std::byte, disasm::Instruction::kMostBytes> code;
  const std::size_t got = clean_memory(tid).read_some(address, code);
  return disassembler_->decode(std::span(code).first(got), address, abi_);
}

Result<PlantedBreakpoints::Planting> PlantedBreakpoints::plant(Tid tid, RemoteAddr address) {
  if (planted_.contains(address)) return Planting::Done;
  TETHER_CHECK(check_mapping(tid, address));
  Planted planted{.instruction = TETHER_TRY(decode(tid, address)), .passage = Passage::Skip, .slot = {}, .copy = {}};
  if (first_byte(planted)[0] == arch::kBreakpointInstruction) TETHER_CHECK(refuse_planted(pid_, address, 1));
  planted.passage = TETHER_TRY(passage_of(planted.instruction, abi_));
  if (planted.passage == Passage::Call)
    TETHER_CHECK(refuse_shadow_stack(tid, "breakpoints on call instructions; break where they lead"));
  if (planted.passage == Passage::OutOfLine || planted.passage == Passage::Call) {
    if (!take_slot(planted)) return Planting::WantsArea;
    planted.copy = TETHER_TRY(displace(planted.instruction, *planted.slot, abi_));
    TETHER_CHECK(sys::write_process_memory(tid, *planted.slot, planted.copy.code));
    slots_[*planted.slot] = address;
  }
  TETHER_CHECK(insert(tid, std::move(planted)));
  return Planting::Done;
}

bool PlantedBreakpoints::take_slot(Planted& planted) {
  for (Area& area : areas_)
    if (area.area.is_near(planted.instruction.address, abi_)) planted.slot = area.area.take_slot();
  return planted.slot.has_value();
}

Result<void> PlantedBreakpoints::insert(Tid tid, Planted planted) {
  const RemoteAddr address = planted.instruction.address;
  planted.change = TETHER_TRY(journal_insertion(planted));
  const ChangeNumber change = planted.change;
  // Known before it is there: a thread may meet it at once.
  planted_.emplace(address, std::move(planted));
  auto written = sys::write_process_memory(tid, address, kBreakpoint);
  if (written.has_value()) return journal_.conclude(change, Outcome::Made, std::nullopt);
  planted_.erase(address);
  TETHER_CHECK(journal_.conclude(change, Outcome::Failed, std::nullopt));
  return written;
}

Result<void> PlantedBreakpoints::add_area(RemoteCalls& calls, RemoteAddr near) {
  MappingChange change{.kind = MappingChange::Kind::Map,
                       .address = {},
                       .length = DisplacementArea::kBytes,
                       .after = PROT_READ | PROT_EXEC};
  const ChangeNumber number = TETHER_TRY(journal_.intend(change, Lasting::UntilExit));
  auto area = DisplacementArea::map(calls, near);
  if (!area.has_value()) {
    TETHER_CHECK(journal_.conclude(number, Outcome::Failed, std::nullopt));
    return fail(std::move(area).error());
  }
  areas_.push_back({*area, number});
  change.address = area->start();
  return journal_.conclude(number, Outcome::Made, change);
}

const Planted* PlantedBreakpoints::find(RemoteAddr address) const {
  const auto found = planted_.find(address);
  return found != planted_.end() ? &found->second : nullptr;
}

std::optional<RemoteAddr> PlantedBreakpoints::find_original(RemoteAddr pc) const {
  auto after = slots_.upper_bound(pc);
  if (after == slots_.begin()) return std::nullopt;
  const auto& [slot, address] = *--after;
  if (pc.value - slot.value >= DisplacementArea::kSlotBytes) return std::nullopt;
  const Planted& planted = planted_.at(address);
  return undisplaced(pc, slot, planted.copy, planted.instruction);
}

bool PlantedBreakpoints::leave_copy(GeneralRegisters& registers) const {
  std::uint64_t& pc = registers.words[x86::kInstructionPointerWord];
  const auto original = find_original(RemoteAddr(pc));
  if (!original) return false;
  std::uint64_t& rcx = registers.words[x86::kCounterWord];
  // What a `syscall` has left there, and the copy's lea not yet corrected.
  if (rcx == pc) rcx = original->value;
  pc = original->value;
  return true;
}

GeneralRegisters PlantedBreakpoints::passed(const Planted& planted, Tid tid, const GeneralRegisters& registers) const {
  GeneralRegisters after = registers;
  std::uint64_t& pc = after.words[x86::kInstructionPointerWord];
  pc = planted.slot ? planted.slot->value : planted.instruction.end().value;
  if (planted.passage == Passage::Skip || planted.passage == Passage::OutOfLine) return after;
  Memory memory = clean_memory(tid);
  const auto branched = emulate_branch(planted.instruction, abi_, registers, memory);
  if (!branched || planted.passage == Passage::Branch) return branched.value_or(after);
  GeneralRegisters called = *branched;
  const std::uint64_t return_address = planted.instruction.end().value;
  std::uint64_t& sp = called.words[x86::kStackPointerWord];
  sp -= word_size(abi_);
  if (abi_ == Abi::I386) sp = static_cast<std::uint32_t>(sp);
  const auto pushed = std::as_bytes(std::span(&return_address, 1)).first(word_size(abi_));
  return sys::write_process_memory(tid, RemoteAddr(sp), pushed).has_value() ? called : after;
}

std::size_t PlantedBreakpoints::Memory::read_some(RemoteAddr addr, std::span<std::byte> out) {
  const std::size_t got = sys::read_process_memory(tid_, addr, out);
  const auto end = planted_->planted_.lower_bound(addr + got);
  for (auto one = planted_->planted_.lower_bound(addr); one != end; ++one) {
    std::byte& byte = out[one->first.value - addr.value];
    if (byte == arch::kBreakpointInstruction) byte = one->second.instruction.bytes[0];
  }
  return got;
}

Result<bool> PlantedBreakpoints::probe_sharing(Tid tid, Tid other) const {
  for (const auto& [address, planted] : planted_) {
    if (!is_in_place(tid, address) || !is_in_place(other, address)) continue;
    TETHER_CHECK(sys::write_process_memory(other, address, first_byte(planted)));
    if (is_in_place(tid, address)) return false;
    TETHER_CHECK(sys::write_process_memory(other, address, kBreakpoint));
    return true;
  }
  return false;
}

Result<bool> PlantedBreakpoints::clean(Tid copy) const {
  bool had_any = false;
  for (const auto& [address, planted] : planted_) {
    if (!is_in_place(copy, address)) continue;
    TETHER_CHECK(sys::write_process_memory(copy, address, first_byte(planted)));
    had_any = true;
  }
  return had_any;
}

Result<void> PlantedBreakpoints::lift(Tid tid) {
  Result<void> lifted;
  for (auto& [address, planted] : planted_) {
    const auto now = read_byte(tid, address);
    if (!now && procfs::read_maps(tid).value_or(std::vector<procfs::Mapping>()).empty())
      return fail({.code = ErrorCode::TraceeGone, .sys_errno = ESRCH, .message = "the tracee is gone", .hint = {}});
    if (now == arch::kBreakpointInstruction)
      if (auto written = sys::write_process_memory(tid, address, first_byte(planted)); !written.has_value()) {
        lifted = std::move(written);
        continue;
      }
    TETHER_CHECK(journal_.conclude(planted.change, Outcome::Undone, std::nullopt));
  }
  return lifted;
}

Result<void> PlantedBreakpoints::unmap_areas(RemoteCalls& calls) {
  while (!areas_.empty()) {
    TETHER_CHECK(areas_.back().area.unmap(calls));
    TETHER_CHECK(journal_.conclude(areas_.back().change, Outcome::Undone, std::nullopt));
    areas_.pop_back();
  }
  slots_.clear();
  return ok();
}

bool PlantedBreakpoints::is_in_area(RemoteAddr address) const {
  return std::ranges::any_of(areas_, [=](const Area& area) { return area.area.contains(address); });
}

Result<void> PlantedBreakpoints::unmap_copies(RemoteCalls& calls) const {
  for (const Area& area : areas_) TETHER_CHECK(area.area.unmap(calls));
  return ok();
}

void PlantedBreakpoints::forget() {
  for (const auto& [address, planted] : planted_)
    [[maybe_unused]] const auto concluded = journal_.conclude(planted.change, Outcome::Undone, std::nullopt);
  for (const Area& area : areas_)
    [[maybe_unused]] const auto concluded = journal_.conclude(area.change, Outcome::Undone, std::nullopt);
  planted_.clear();
  slots_.clear();
  areas_.clear();
}

}  // namespace tether
