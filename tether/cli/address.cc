#include "tether/cli/address.h"

#include <charconv>
#include <memory>
#include <optional>

#include "tether/control/clean_memory.h"
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

}  // namespace tether::cli
