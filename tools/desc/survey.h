#pragma once
// Survey: what was noticed while resolving, for `audit` and `expand`.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/desc/facts.h"

namespace tether::desc {

/// How much is known of what an ioctl's argument points to.
enum class IoctlPayload : std::uint8_t {
  Absent,     ///< it takes no argument
  Described,  ///< by an `ioctl` item, or its struct by a `struct` item
  CTypeOnly,  ///< printed by its C type
  Unknown,    ///< printed as a bare number
};

struct Survey {
  std::set<std::string> used_constants;
  /// The members of each set by what the set is called: its name, or for a set without one its file and text.
  std::map<std::string, PerAbi<std::vector<std::string>>> sets;
  std::map<std::string, IoctlPayload> ioctls;  ///< by the code's name
};

}  // namespace tether::desc
