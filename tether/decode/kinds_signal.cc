// Kinds of signals: names, sets, handlers, wait status.

#include <algorithm>
#include <array>
#include <bit>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/number.h"
#include "tether/decode/internal/signal_names.h"

namespace tether::decode {
namespace {

// asm/signal.h of x86, the same for both ABIs. 29 is also SIGPOLL.
constexpr std::array<std::string_view, 32> kSignals{
    "",          "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};

// The kernel's numbering: the C library keeps the first two for itself, so its SIGRTMIN is our SIGRT_2.
constexpr std::array<std::string_view, 33> kRealTimeSignals{
    "SIGRTMIN", "SIGRT_1",  "SIGRT_2",  "SIGRT_3",  "SIGRT_4",  "SIGRT_5",  "SIGRT_6",  "SIGRT_7",  "SIGRT_8",
    "SIGRT_9",  "SIGRT_10", "SIGRT_11", "SIGRT_12", "SIGRT_13", "SIGRT_14", "SIGRT_15", "SIGRT_16", "SIGRT_17",
    "SIGRT_18", "SIGRT_19", "SIGRT_20", "SIGRT_21", "SIGRT_22", "SIGRT_23", "SIGRT_24", "SIGRT_25", "SIGRT_26",
    "SIGRT_27", "SIGRT_28", "SIGRT_29", "SIGRT_30", "SIGRT_31", "SIGRT_32"};

}  // namespace

std::string_view name_of_signal(std::uint64_t number) {
  if (number < kSignals.size()) return kSignals[number];
  if (number - kSignals.size() < kRealTimeSignals.size()) return kRealTimeSignals[number - kSignals.size()];
  return {};
}

Value signal_set(Arena& arena, std::uint64_t bits, unsigned width) {
  const unsigned signals = 8 * width;
  bits = zero_extend(bits, width);
  Value value;
  value.kind = ValueKind::SignalSet;
  value.number = bits;
  // strace's rule: two thirds of all signals and more are told by what is missing.
  value.inverted = static_cast<unsigned>(std::popcount(bits)) >= signals * 2 / 3;
  const std::uint64_t named = value.inverted ? zero_extend(~bits, width) : bits;
  const auto names = arena.make_array<std::string_view>(static_cast<std::size_t>(std::popcount(named)));
  std::size_t count = 0;
  for (unsigned i = 0; i < signals; ++i)
    if (((named >> i) & 1) != 0) names[count++] = name_of_signal(i + 1);
  Symbols symbols;
  symbols.names = names;
  value.symbols_ = arena.make(symbols);
  return value;
}

Value signal_value(Arena& arena, std::uint64_t number, unsigned width) {
  const std::string_view name = name_of_signal(number);
  if (name.empty()) return integer(sign_extend(number, width), NumberStyle::Signed);
  Value value = enumerator(arena, number, name, {});
  value.style = NumberStyle::Unsigned;
  return value;
}

Value signal_leaf(const LeafContext& context, const Leaf& leaf) {
  return signal_value(context.arena, leaf.number, leaf.width);
}

Value sigset_leaf(const LeafContext& context, const Leaf& leaf) {
  return signal_set(context.arena, leaf.number, std::min(leaf.width, 8u));
}

Value handler_leaf(const LeafContext& context, const Leaf& leaf) {
  if (leaf.number == 0) return enumerator(context.arena, leaf.number, "SIG_DFL", {});
  if (leaf.number == 1) return enumerator(context.arena, leaf.number, "SIG_IGN", {});
  if (leaf.number == zero_extend(~std::uint64_t{0}, leaf.width))
    return enumerator(context.arena, leaf.number, "SIG_ERR", {});
  Value value;
  value.kind = ValueKind::Address;
  value.number = leaf.number;
  return value;
}

Value wait_status_leaf(const LeafContext&, const Leaf& leaf) {
  Value value;
  value.kind = ValueKind::WaitStatus;
  value.number = leaf.number;
  return value;
}

}  // namespace tether::decode
