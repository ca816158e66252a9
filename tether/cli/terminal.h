#pragma once
// What the terminal that a trace is written to can show.

#include <optional>

namespace tether::cli {

bool is_terminal(int fd);

/// Columns of the terminal; absent if `fd` is none or does not say.
std::optional<unsigned> find_terminal_width(int fd);

/// Whether text for `fd` should be coloured when the user did not say: a terminal that is not `dumb`; NO_COLOR (https://no-color.org)
/// and CLICOLOR_FORCE overrule it.
bool wants_color(int fd);

}  // namespace tether::cli
