#include "tether/base/signal_name.h"

#include <array>
#include <csignal>
#include <cstddef>

namespace tether {

namespace {

struct NamedSignal {
  int number;
  std::string_view name;
};

#define TETHER_SIGNAL(name) \
  NamedSignal {             \
    name, #name             \
  }
constexpr NamedSignal kNamedSignals[] = {
    TETHER_SIGNAL(SIGHUP),    TETHER_SIGNAL(SIGINT),  TETHER_SIGNAL(SIGQUIT), TETHER_SIGNAL(SIGILL),
    TETHER_SIGNAL(SIGTRAP),   TETHER_SIGNAL(SIGABRT), TETHER_SIGNAL(SIGBUS),  TETHER_SIGNAL(SIGFPE),
    TETHER_SIGNAL(SIGKILL),   TETHER_SIGNAL(SIGUSR1), TETHER_SIGNAL(SIGSEGV), TETHER_SIGNAL(SIGUSR2),
    TETHER_SIGNAL(SIGPIPE),   TETHER_SIGNAL(SIGALRM), TETHER_SIGNAL(SIGTERM), TETHER_SIGNAL(SIGSTKFLT),
    TETHER_SIGNAL(SIGCHLD),   TETHER_SIGNAL(SIGCONT), TETHER_SIGNAL(SIGSTOP), TETHER_SIGNAL(SIGTSTP),
    TETHER_SIGNAL(SIGTTIN),   TETHER_SIGNAL(SIGTTOU), TETHER_SIGNAL(SIGURG),  TETHER_SIGNAL(SIGXCPU),
    TETHER_SIGNAL(SIGXFSZ),   TETHER_SIGNAL(SIGPROF), TETHER_SIGNAL(SIGIO),   TETHER_SIGNAL(SIGPWR),
    TETHER_SIGNAL(SIGVTALRM), TETHER_SIGNAL(SIGSYS),  TETHER_SIGNAL(SIGWINCH)};
#undef TETHER_SIGNAL

// The kernel's numbering: the C library keeps 32 and 33 for itself, so its SIGRTMIN (a call, not a constant) is 34.
constexpr std::string_view kRealTimeNames[] = {
    "SIGRTMIN", "SIGRT_1",  "SIGRT_2",  "SIGRT_3",  "SIGRT_4",  "SIGRT_5",  "SIGRT_6",  "SIGRT_7",  "SIGRT_8",
    "SIGRT_9",  "SIGRT_10", "SIGRT_11", "SIGRT_12", "SIGRT_13", "SIGRT_14", "SIGRT_15", "SIGRT_16", "SIGRT_17",
    "SIGRT_18", "SIGRT_19", "SIGRT_20", "SIGRT_21", "SIGRT_22", "SIGRT_23", "SIGRT_24", "SIGRT_25", "SIGRT_26",
    "SIGRT_27", "SIGRT_28", "SIGRT_29", "SIGRT_30", "SIGRT_31", "SIGRT_32"};
constexpr std::size_t kFirstRealTime = 32;

constexpr auto kSignalNames = [] {
  std::array<std::string_view, kFirstRealTime + std::size(kRealTimeNames)> names{};
  for (const NamedSignal& signal : kNamedSignals) names[static_cast<std::size_t>(signal.number)] = signal.name;
  for (std::size_t i = 0; i < std::size(kRealTimeNames); ++i) names[kFirstRealTime + i] = kRealTimeNames[i];
  return names;
}();

}  // namespace

std::string_view find_signal_name(Signal signal) {
  if (signal.value < 0 || static_cast<std::size_t>(signal.value) >= kSignalNames.size()) return {};
  return kSignalNames[static_cast<std::size_t>(signal.value)];
}

}  // namespace tether
