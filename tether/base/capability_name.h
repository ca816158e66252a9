#pragma once
// The names of capabilities (capabilities(7)).

#include <string_view>

namespace tether {

/// "CAP_SYS_PTRACE" for 19; empty for what has no name here.
std::string_view find_capability_name(unsigned number);

/// One more than the last that has a name here; a newer kernel may have more.
unsigned capability_count();

}  // namespace tether
