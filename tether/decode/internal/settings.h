#pragma once
// The options of one call, as the walker wants them.

#include "tether/decode/internal/walker.h"
#include "tether/decode/options.h"

namespace tether::decode {

inline WalkSettings settings_for(const DecodeOptions& options, SyscallNr nr, TypeSurvey* types) {
  return {.string_limit = options.string_limit,
          .verbose = options.verbose || options.whole.contains(nr),
          .fd_paths = options.fd_paths,
          .pid_names = options.pid_names,
          .addresses = options.addresses.contains(nr),
          .types = types};
}

}  // namespace tether::decode
