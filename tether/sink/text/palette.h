#pragma once
// Palette: the colours of a trace on a terminal, as the escape sequences that switch them on. An empty one: no colour.
//
// Colours are the only escape sequences that a trace contains: whatever a tracee supplies is escaped (string_text.h).

#include <string_view>

namespace tether {

struct Palette {
  std::string_view call;    ///< names of system calls
  std::string_view string;  ///< quoted strings, paths in angle brackets
  std::string_view number;  ///< plain numbers, addresses, descriptors
  std::string_view error;   ///< error results; deaths by a signal
  std::string_view signal;  ///< signals, stops, the ends of tasks
  std::string_view dim;     ///< notes and dates
  std::string_view reset;   ///< back to normal
};

/// Few colours, of the sixteen that every terminal has and that its user has chosen.
inline constexpr Palette kTerminalPalette{.call = "\33[1m",
                                          .string = "\33[32m",
                                          .number = "\33[36m",
                                          .error = "\33[31m",
                                          .signal = "\33[33m",
                                          .dim = "\33[2m",
                                          .reset = "\33[0m"};

}  // namespace tether
