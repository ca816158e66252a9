#include <cstdio>
#include <string>

#include "tether/cli/messages.h"
#include "tether/cli/verb.h"
#include "tether/session/session.h"

namespace tether::cli {

int run_version(const Invocation&) {
  const std::string line = "tether " + std::string(version()) + "\n";
  return std::fputs(line.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kFailed : 0;
}

}  // namespace tether::cli
