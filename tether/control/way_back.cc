#include "tether/control/way_back.h"

#include <elf.h>

#include <algorithm>
#include <span>

#include "tether/arch/x86_64/registers.h"
#include "tether/arch/xstate_layout.h"
#include "tether/procfs/maps.h"
#include "tether/symbol/unwinder.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace {

constexpr std::size_t kCodeChunk = 64 * 1024;
constexpr std::size_t kLongestPart = 16;  // of what ReturnPathSearch looks for
constexpr std::size_t kMostCode = 4 * 1024 * 1024;

bool is_dynamic_linker(const procfs::Mapping& mapping) {
  const std::string_view path = mapping.path;
  return path.substr(path.rfind('/') + 1).starts_with("ld-");
}

/// The dynamic linker's code first: it is the C library's (musl) or has its own copies of both (glibc), and is small.
std::optional<ReturnPath> find_return_path(Tid tid, Abi abi, std::vector<procfs::Mapping> maps) {
  std::erase_if(maps, [](const procfs::Mapping& mapping) { return !mapping.is_executable || !mapping.is_readable; });
  const auto vdso = [](const procfs::Mapping& mapping) { return mapping.kind == procfs::MappingKind::Vdso; };
  if (abi == Abi::X86_64)
    std::ranges::stable_partition(maps, is_dynamic_linker);
  else
    std::ranges::stable_partition(maps, vdso);
  ReturnPathSearch search;
  std::size_t seen = 0;
  std::vector<std::byte> code(kCodeChunk + kLongestPart);
  for (const procfs::Mapping& mapping : maps)
    for (RemoteAddr at = mapping.start; at < mapping.end && seen < kMostCode;
         at = at + kCodeChunk, seen += kCodeChunk) {
      const std::size_t size = std::min<std::uint64_t>(code.size(), mapping.end.value - at.value);
      const std::size_t read = sys::read_process_memory(tid, at, std::span(code).first(size));
      if (search.look(abi, at, std::span(code).first(read))) return search.found(abi);
    }
  return std::nullopt;
}

/// What the thread's control block is found by: it lies at the upper end of a stack that the C library mapped for a
/// thread.
std::optional<RemoteAddr> thread_pointer(Tid tid, Abi abi, const GeneralRegisters& registers) {
  if (abi == Abi::X86_64) return RemoteAddr(find_register(registers, abi, "fs_base").value_or(0));
  const auto selector = static_cast<std::uint16_t>(find_register(registers, abi, "gs").value_or(0));
  const auto base = sys::thread_area_base(tid, selector);
  return base.has_value() ? std::optional(RemoteAddr(*base)) : std::nullopt;
}

/// Where the unused part of a stack begins, if the thread stands on one of which that is known.
std::optional<RemoteAddr> lowest_of_stack(Tid tid, Abi abi, const GeneralRegisters& registers,
                                          const std::vector<procfs::Mapping>& maps) {
  const RemoteAddr stack_pointer(registers.words[arch::x86_64::kStackPointerWord]);
  const procfs::Mapping* mapping = procfs::find_mapping(maps, stack_pointer);
  if (mapping == nullptr || !mapping->is_writable) return std::nullopt;
  if (mapping->kind == procfs::MappingKind::Stack) return mapping->start;
  const auto block = thread_pointer(tid, abi, registers);
  if (!block || !mapping->contains(*block) || *block < stack_pointer) return std::nullopt;
  return mapping->start;
}

/// A register set of the thread; empty where the machine has none.
std::vector<std::byte> read_register_set(Tid tid, std::uint32_t type, std::size_t most) {
  std::vector<std::byte> bytes(most);
  const auto size = sys::register_set(tid, type, bytes);
  bytes.resize(size.has_value() ? *size : 0);
  return bytes;
}

}  // namespace

std::optional<WayBack> WayBack::find(const HeldTask& task, Abi abi, const GeneralRegisters& registers,
                                     sys::SignalMask mask) {
  const Tid tid = task.tid();
  auto maps = procfs::read_maps(tid);
  if (!maps.has_value()) return std::nullopt;
  const auto lowest = lowest_of_stack(tid, abi, registers, *maps);
  if (!lowest) return std::nullopt;
  const auto path = find_return_path(tid, abi, *std::move(maps));
  if (!path) return std::nullopt;
  const std::vector<std::byte> xstate = read_register_set(tid, NT_X86_XSTATE, kLargestXstate);
  std::vector<std::byte> x87;
  if (abi == Abi::I386) x87 = read_register_set(tid, NT_PRFPREG, kX87ImageSize);
  const RemoteAddr top(registers.words[arch::x86_64::kStackPointerWord] - symbol::kRedZone);
  auto frame = make_signal_frame(
      {.abi = abi, .registers = registers, .signal_mask = mask, .xstate = xstate, .x87 = x87}, top, *path);
  if (!frame || frame->stack_pointer < *lowest) return std::nullopt;
  return WayBack(tid, *path, *std::move(frame));
}

Result<void> WayBack::lay() {
  if (is_laid_) return ok();
  if (before_.empty()) {
    before_.resize(frame_.bytes.size());
    before_.resize(sys::read_process_memory(tid_, frame_.stack_pointer, before_));
  }
  TETHER_CHECK(sys::write_process_memory(tid_, frame_.stack_pointer, frame_.bytes));
  is_laid_ = true;
  return ok();
}

void WayBack::take_up() {
  if (!before_.empty()) [[maybe_unused]]
    const auto written = sys::write_process_memory(tid_, frame_.stack_pointer, before_);
  is_laid_ = false;
}

}  // namespace tether
