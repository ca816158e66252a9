// Writes down each signal that its handlers get, with the value that was queued with it, in a process that is blocked in read. Must be true: none
// is lost, none comes twice, none without its value, and the read is never disturbed (SA_RESTART).
//   queued_signals        prints "ready"; at the end of its input a line for each signal, and "ok"
#include "tracee.h"

static struct {
  int number;
  int code;
  int value;
} seen[64];
static volatile sig_atomic_t count;

static void note(int number, siginfo_t* info, void* context) {
  (void)context;
  seen[count].number = number;
  seen[count].code = info->si_code;
  seen[count].value = info->si_value.sival_int;
  ++count;
}

int main(void) {
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigfillset(&action.sa_mask);
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
  CHECK(sigaction(SIGRTMIN, &action, NULL) == 0);
  say("ready");
  while (wait_for_input() == 1) {
  }
  for (int i = 0; i < count; ++i) {
    CHECK(seen[i].code == SI_QUEUE);
    const char* name = seen[i].number == SIGUSR1 ? "SIGUSR1" : seen[i].number == SIGUSR2 ? "SIGUSR2" : "realtime";
    say("%s %d", name, seen[i].value);
  }
  say("ok");
  return 0;
}
