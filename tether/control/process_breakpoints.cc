#include "tether/control/process_breakpoints.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tether/base/hexadecimal.h"
#include "tether/control/clean_memory.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace {

/// glibc's and musl's dynamic linkers call this, which does nothing, before and after their list of what is loaded
/// changes: for debuggers (<link.h>, r_debug's r_brk is its address).
constexpr std::string_view kLoaderSymbol = "_dl_debug_state";

Error place_error(Error error, const BreakpointPlace& place) {
  return std::move(error).with_context(place.text);
}

}  // namespace

Error lies_in_sequence(const RestartableSequence& sequence) {
  return {.code = ErrorCode::Unsupported,
          .message = "it lies in the restartable sequence " + hex(sequence.start.value) + "-" +
                     hex(sequence.end.value) + ", which begins again whenever a thread stops there: without end",
          .hint = "break before or behind it, at " + hex(sequence.end.value)};
}

ProcessBreakpoints::ProcessBreakpoints(Pid pid, std::span<const BreakpointPlace> places, symbol::Symbolizer symbolizer,
                                       PlantedBreakpoints planted, const disasm::Disassembler& disassembler)
    : pid_(pid),
      places_(places),
      disassembler_(disassembler),
      symbolizer_(std::move(symbolizer)),
      planted_(std::move(planted)) {}

Result<std::unique_ptr<ProcessBreakpoints>> ProcessBreakpoints::open(Pid pid, Tid tid,
                                                                     std::span<const BreakpointPlace> places,
                                                                     const disasm::Disassembler& disassembler) {
  symbol::Symbolizer symbolizer = TETHER_TRY(symbol::Symbolizer::open(pid, std::make_unique<sys::ProcessMemory>(tid)));
  const Abi abi = symbolizer.abi();
  PlantedBreakpoints planted = TETHER_TRY(PlantedBreakpoints::open(pid, abi, disassembler));
  return std::unique_ptr<ProcessBreakpoints>(
      new ProcessBreakpoints(pid, places, std::move(symbolizer), std::move(planted), disassembler));
}

Result<std::unique_ptr<ProcessBreakpoints>> ProcessBreakpoints::adopted_by(Pid child, Tid tid) const {
  symbol::Symbolizer symbolizer =
      TETHER_TRY(symbol::Symbolizer::open(child, std::make_unique<sys::ProcessMemory>(tid)));
  PlantedBreakpoints planted = TETHER_TRY(planted_.adopted_by(child));
  std::unique_ptr<ProcessBreakpoints> copy(
      new ProcessBreakpoints(child, places_, std::move(symbolizer), std::move(planted), disassembler_));
  copy->sites_ = sites_;
  copy->wanted_ = wanted_;
  copy->skipped_ = skipped_;
  copy->pending_ = pending_;
  copy->watched_ = watched_;
  copy->debug_version_ = debug_version_;
  copy->loader_ = loader_;
  copy->loader_events = loader_events;
  return copy;
}

Result<void> ProcessBreakpoints::resolve(Tid tid) {
  TETHER_CHECK(symbolizer_.refresh());
  CleanMemory memory(pid_, tid);
  sequences_ = declared_sequences(symbolizer_, memory);
  pending_.clear();
  for (std::size_t place = 0; place < places_.size(); ++place) {
    if (skipped_.contains(place)) continue;
    const bool is_known = count_sites(place) != 0;
    if (is_known && places_[place].is_hardware()) continue;
    auto found = resolve_place(places_[place], symbolizer_);
    if (!found.has_value()) {
      if (is_known) continue;  // its library has been unloaded
      if (found.error().code != ErrorCode::NotFound) return fail(std::move(found).error());
      pending_.push_back({place, place_error(std::move(found).error(), places_[place])});
      continue;
    }
    for (const ResolvedPlace& one : *found)
      if (auto wanted = want(tid, place, one); !wanted.has_value())
        return fail(place_error(std::move(wanted).error(), places_[place]));
  }
  return ok();
}

void ProcessBreakpoints::skip(std::size_t place) {
  skipped_.insert(place);
}

Result<void> ProcessBreakpoints::want(Tid tid, std::size_t place, const ResolvedPlace& found) {
  if (!places_[place].is_data()) {
    TETHER_CHECK(check_boundary(tid, found.address));
    TETHER_CHECK(check_sequences(tid, place, found.address));
  }
  if (places_[place].is_hardware()) return watch(tid, place, found);
  auto [site, is_new] = sites_.try_emplace(found.address);
  if (std::ranges::count(site->second.places, place) != 0) return ok();
  site->second.places.push_back(place);
  const symbol::Location location = symbolizer_.locate(found.address, symbol::Symbolizer::Detail::Symbol);
  site->second.is_entry = !location.symbol.empty() && location.symbol_offset == 0;
  if (is_new) wanted_.push_back(found.address);
  return ok();
}

/// A byte in the middle of an instruction would make another one of it.
Result<void> ProcessBreakpoints::check_boundary(Tid tid, RemoteAddr address) {
  const symbol::Location location = symbolizer_.locate(address, symbol::Symbolizer::Detail::Symbol);
  constexpr std::uint64_t kLongestFunction = 1 << 20;
  const std::uint64_t offset = location.symbol_offset;
  if (location.symbol.empty() || offset == 0 || offset > kLongestFunction) return ok();
  const RemoteAddr start(address.value - offset);
  std::vector<std::byte> code(offset);
  if (!CleanMemory(pid_, tid).read_exactly(start, code)) return ok();
  RemoteAddr at = start;
  while (at < address) {
    const auto next = disassembler_.decode(std::span(code).subspan(at.value - start.value), at, abi());
    if (!next.has_value() || next->end() > address)
      return fail({.code = ErrorCode::Malformed,
                   .message = location.text() + " is not the beginning of an instruction",
                   .hint = "one begins at " + symbolizer_.locate(at, symbol::Symbolizer::Detail::Symbol).text()});
    at = next->end();
  }
  return ok();
}

/// A stop within a sequence aborts it. And the instruction before it, which says that it begins, does not do so from a
/// copy: for the kernel the thread would then be outside.
Result<void> ProcessBreakpoints::check_sequences(Tid tid, std::size_t place, RemoteAddr address) {
  for (const RestartableSequence& sequence : sequences_) {
    if (sequence.contains(address)) return fail(lies_in_sequence(sequence));
    if (places_[place].is_hardware() || address >= sequence.start ||
        address + disasm::Instruction::kMostBytes < sequence.start)
      continue;
    std::array<std::byte, disasm::Instruction::kMostBytes> code;
    const std::size_t got = CleanMemory(pid_, tid).read_some(address, code);
    const auto instruction = disassembler_.decode(std::span(code).first(got), address, abi());
    if (instruction.has_value() && instruction->end() == sequence.start)
      return fail({.code = ErrorCode::Unsupported,
                   .message = "it leads into the restartable sequence " + hex(sequence.start.value) + "-" +
                              hex(sequence.end.value) + ", and must be executed where it stands",
                   .hint = "a hardware breakpoint (hw:ADDRESS) leaves it there"});
  }
  return ok();
}

Result<void> ProcessBreakpoints::watch(Tid tid, std::size_t place, const ResolvedPlace& found) {
  if (!debug_registers_work())
    return fail({.code = ErrorCode::Unsupported,
                 .message = "the debug registers of this machine stop nothing: it takes them, and a write to what they "
                            "watch goes unnoticed",
                 .hint = "breakpoints without hw: need none; `tether doctor` says more"});
  const auto free = std::ranges::find_if(watched_, [](const auto& one) { return !one; });
  if (free == watched_.end())
    return fail({.code = ErrorCode::Unsupported,
                 .message = "the processor has debug registers for four addresses, and they are in use",
                 .hint = "watch fewer; breakpoints without hw: need none"});
  const auto access = places_[place].kind == BreakpointPlace::Kind::HardwareCode ? DebugAccess::Execute
                      : places_[place].kind == BreakpointPlace::Kind::Write      ? DebugAccess::Write
                                                                                 : DebugAccess::ReadOrWrite;
  Watched watched{.place = place, .address = {.address = found.address, .access = access, .size = found.size}};
  std::byte byte{};
  if (planted_.clean_memory(tid).read_some(found.address, std::span(&byte, 1)) != 1)
    return fail({.code = ErrorCode::NotFound,
                 .message = "nothing that can be read is mapped there",
                 .hint = "`tether mem maps` shows what is"});
  watched.value = read_value(tid, watched.address);
  *free = watched;
  ++debug_version_;
  return ok();
}

std::uint64_t ProcessBreakpoints::read_value(Tid tid, const DebugAddress& watched) const {
  std::uint64_t value = 0;
  planted_.clean_memory(tid).read_some(watched.address,
                                       std::as_writable_bytes(std::span(&value, 1)).first(watched.size));
  return value;
}

bool ProcessBreakpoints::watch_loader() {
  if (loader_) return true;
  for (const symbol::FoundSymbol& symbol : symbolizer_.find_symbols(kLoaderSymbol)) {
    if (symbol.kind != symbol::FoundSymbol::Kind::Function) continue;
    loader_ = symbol.address;
    auto [site, is_new] = sites_.try_emplace(symbol.address);
    site->second.is_loader = true;
    if (is_new) wanted_.push_back(symbol.address);
    return true;
  }
  return false;
}

void ProcessBreakpoints::want_return(RemoteAddr address) {
  auto [site, is_new] = sites_.try_emplace(address);
  site->second.is_return = true;
  if (is_new) wanted_.push_back(address);
}

Result<std::optional<RemoteAddr>> ProcessBreakpoints::plant_wanted(Tid tid) {
  while (!wanted_.empty()) {
    const RemoteAddr address = wanted_.back();
    const auto planting = planted_.plant(tid, address);
    if (!planting.has_value()) {
      const auto& places = sites_.at(address).places;
      return fail(places.empty() ? planting.error() : place_error(planting.error(), places_[places.front()]));
    }
    if (*planting == PlantedBreakpoints::Planting::WantsArea) return std::optional(address);
    wanted_.pop_back();
  }
  return std::optional<RemoteAddr>();
}

BreakpointSite* ProcessBreakpoints::find_site(RemoteAddr address) {
  const auto found = sites_.find(address);
  return found != sites_.end() ? &found->second : nullptr;
}

std::size_t ProcessBreakpoints::count_sites(std::size_t place) const {
  const auto watched = std::ranges::count_if(watched_, [&](const auto& w) { return w && w->place == place; });
  const auto sites = std::ranges::count_if(
      sites_, [&](const auto& site) { return std::ranges::count(site.second.places, place) != 0; });
  return static_cast<std::size_t>(watched + sites);
}

DebugAddresses ProcessBreakpoints::debug_addresses() const {
  DebugAddresses addresses;
  for (std::size_t i = 0; i < watched_.size(); ++i)
    if (watched_[i]) addresses[i] = watched_[i]->address;
  return addresses;
}

}  // namespace tether
