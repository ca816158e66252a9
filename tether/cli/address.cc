#include "tether/cli/address.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "tether/control/clean_memory.h"
#include "tether/control/memory_ranges.h"
#include "tether/procfs/maps.h"
#include "tether/procfs/task.h"
#include "tether/symbol/symbolizer.h"
#include "tether/symbol/value_expression.h"
#include "tether/tracee/hold.h"

namespace tether::cli {

namespace {

/// What stands at the head of a line of /proc/PID/maps. Fewer digits are a decimal number.
std::optional<RemoteAddr> parse_bare(std::string_view text) {
  constexpr std::size_t kFewest = 8;
  if (text.size() < kFewest) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return RemoteAddr(value);
}

struct ThreadState {
  GeneralRegisters registers;
  Abi abi;
};

Result<ThreadState> read_thread(Tid tid) {
  const HeldTask task = TETHER_TRY(HeldTask::seize(tid, {}));
  const Abi abi = TETHER_TRY(task.code_abi());
  return ThreadState{.registers = TETHER_TRY(task.registers()), .abi = abi};
}

}  // namespace

Result<RemoteAddr> find_address(const Target& target, std::string_view text) {
  if (const auto bare = parse_bare(text)) return *bare;
  const symbol::ValueExpression expression = TETHER_TRY(symbol::ValueExpression::parse(text));
  CleanMemory memory(target.pid);
  symbol::Symbolizer symbolizer =
      TETHER_TRY(symbol::Symbolizer::open(target.pid, std::make_unique<CleanMemory>(target.pid)));
  const std::unique_ptr<symbol::NameResolver> names = symbol::names_of(symbolizer);
  symbol::ValueContext context{.abi = symbolizer.abi(), .memory = &memory, .names = names.get()};
  if (!expression.uses_registers()) return expression.evaluate_address(context);
  const ThreadState thread = TETHER_TRY(read_thread(target.task()));
  context.registers = &thread.registers;
  context.abi = thread.abi;
  return expression.evaluate_address(context);
}

Result<procfs::PageRun> find_range(const Target& target, std::string_view text) {
  if (const auto span = parse_span(text)) return *span;
  if (text.starts_with('[') && text.ends_with(']')) {
    const auto maps = TETHER_TRY(procfs::read_maps(procfs::living_task_of(target.pid)));
    const auto found = std::ranges::find(maps, text, &procfs::Mapping::path);
    if (found != maps.end()) return procfs::PageRun{found->start, found->end};
  }
  const std::size_t plus = text.rfind('+');
  if (plus != std::string_view::npos && plus != 0)
    if (const auto size = parse_span("0" + std::string(text.substr(plus)))) {
      const RemoteAddr start = TETHER_TRY(find_address(target, text.substr(0, plus)));
      return procfs::PageRun{start, start + size->size()};
    }
  return fail(
      {.code = ErrorCode::Malformed,
       .message = "'" + std::string(text) + "' is no range of addresses of process " + std::to_string(target.pid.value),
       .hint = "START-END, START+SIZE or [NAME]: 0x7f0012340000+16k, main+0x1000, [heap]"});
}

}  // namespace tether::cli
