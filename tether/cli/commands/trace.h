#pragma once
// `tether trace` and `tether strace`.

namespace tether::cli {

/// argv[0] is the verb. Returns the exit status.
int run_trace(int argc, char** argv);

}  // namespace tether::cli
