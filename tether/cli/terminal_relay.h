#pragma once
// TerminalRelay: the user's terminal and a pseudoterminal as one: what is typed goes in, what is shown comes out, the
// size follows.
//
//   PseudoTerminal pair = TETHER_TRY(open_pseudo_terminal());
//   TETHER_CHECK(relay_terminal(pair.master.get(), {.front = &front}));

#include <cstdint>

#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/control/guardian.h"

namespace tether::cli {

struct PseudoTerminal {
  UniqueFd master;
  UniqueFd slave;
};

/// A new pseudoterminal, close-on-exec, of the size of our own terminal.
Result<PseudoTerminal> open_pseudo_terminal();

/// Ctrl-]: what ends the relay when it is typed.
inline constexpr char kEscapeKey = 0x1d;

enum class RelayEnd : std::uint8_t {
  Closed,     ///< nobody has the pseudoterminal open any more
  Escaped,    ///< the escape key was typed, or our terminal has ended
  FrontEnds,  ///< tether was asked to end
};

/// Relays between standard input and output, which are a terminal, and `master`. Our terminal is raw meanwhile.
Result<RelayEnd> relay_terminal(int master, Front& front);

}  // namespace tether::cli
