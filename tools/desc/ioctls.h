#pragma once
// Ioctls and socket options: what their numbers are called, and what their arguments point to.

#include "tools/desc/types.h"

namespace tether::desc {

/// Every code that a header builds with _IO…(), typed by its C type, and what `ioctl` items say of these and others.
void resolve_ioctls(Resolution& resolution, Sets& sets, Types& types);

void resolve_sockopts(Resolution& resolution, Sets& sets, Types& types);

}  // namespace tether::desc
