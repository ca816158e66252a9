#include "tether/control/internal/interrupted_place.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "tether/arch/x86_64/registers.h"
#include "tether/symbol/unwinder.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace {

constexpr std::size_t kStackBytes = 64 * 1024;
constexpr std::size_t kFrames = 24;

// Of glibc and musl; what they have in common is a lock that they hold in places. Static functions have names only
// where a program has its symbol table: the exported ones, farther out in the back trace, are what is found.
constexpr std::string_view kAllocators[] = {
    "malloc",      "free",          "calloc",         "realloc",
    "memalign",    "aligned_alloc", "posix_memalign", "valloc",
    "pvalloc",     "malloc_stats",  "mallinfo",       "mallinfo2",
    "malloc_trim", "malloc_info",   "cfree",          "__libc_malloc",
    "__libc_free", "__libc_calloc", "__libc_realloc", "__libc_memalign",
    "_int_malloc", "_int_free",     "_int_realloc",   "malloc_consolidate",
    "sysmalloc",   "systrim",
};
constexpr std::string_view kLoaders[] = {"dlopen", "dlclose", "dlsym", "dl_iterate_phdr", "__libc_dlopen_mode"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Allocators that programs bring along: jemalloc, tcmalloc, mimalloc.
constexpr std::string_view kAllocatorPrefixes[] = {"je_", "_rjem_je_", "tc_", "mi_"};

bool is_to_be_avoided(const symbol::Location& place) {
  for (const std::string_view prefix : kAllocatorPrefixes)
    if (place.symbol.starts_with(prefix)) return true;
  return is_one_of(kAllocators, place.symbol) || is_one_of(kLoaders, place.symbol) ||
         place.module.starts_with("ld-linux") || place.module.starts_with("ld.so");
}

}  // namespace

std::optional<std::string> find_place_to_avoid(const HeldTask& task, symbol::Symbolizer& symbolizer) {
  const auto registers = task.registers();
  const auto abi = task.code_abi();
  if (!registers.has_value() || !abi.has_value()) return std::nullopt;
  symbol::ThreadSnapshot snapshot{.registers = *registers, .abi = *abi};
  snapshot.stack_start = RemoteAddr(registers->words[arch::x86_64::kStackPointerWord] - symbol::kRedZone);
  snapshot.stack.resize(kStackBytes);
  snapshot.stack.resize(sys::read_process_memory(task.tid(), snapshot.stack_start, snapshot.stack));
  const symbol::Backtrace trace = symbol::Unwinder(symbolizer).unwind(snapshot, kFrames);
  for (const symbol::Frame& frame : trace.frames) {
    const symbol::Location place = symbolizer.locate(frame.lookup_address(), symbol::Symbolizer::Detail::Symbol);
    if (is_to_be_avoided(place)) return place.text();
  }
  return std::nullopt;
}

}  // namespace tether
