#pragma once
// Vocabulary: the names that `-e` expressions may use. Supplied by the caller, so that this room knows no tables.

#include <optional>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/event/event.h"

namespace tether {

struct CallName {
  SyscallNr nr;
  std::string_view name;
  ClassBits classes = 0;
};

struct Vocabulary {
  std::vector<CallName> calls;  ///< of all ABIs
  /// The signal of that name, with or without SIG, in any case, or of that number.
  std::optional<Signal> (*find_signal)(std::string_view name) = nullptr;
};

}  // namespace tether
