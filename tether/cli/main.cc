#include <cstdio>

#include "tether/cli/commands/trace.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: tether trace|strace [-f] [-v] [-y] [-s N] [-o FILE] [-p PID] [COMMAND…]\n", stderr);
    return 125;
  }
  return tether::cli::run_trace(argc - 1, argv + 1);
}
