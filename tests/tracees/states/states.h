#pragma once
// What the states of in_state.c have in common.

#include "checked_call.h"

/// A state that the process brings itself into. A second process, the helper, keeps it there, and lets it out when it is told to.
struct state {
  const char* name;
  void (*prepare)(void);  // before the helper is made; may go on in another process
  void (*surround)(void);  // the process alone, behind that
  void (*keep)(void);     // the helper, before the process goes into the state
  void (*enter)(void);    // the process: says ready, goes into the state, comes out of it, and checks how it was
  void (*stir)(void);     // the helper, when the process has been seen in the state
  void (*release)(void);  // the helper
};

static int pipe_ends[2];
static pid_t helper, subject;
static char number_outside[32];  // of the subject, whatever pid namespace it is in
static void note_number_outside(void) { CHECK(readlink("/proc/self", number_outside, sizeof number_outside - 1) > 0); }

/// Memory of both processes.
static struct {
  _Atomic int word;
  _Atomic int released;
} * shared;

static _Atomic int handled[65];
static int value_of_last;
static void on_signal(int number, siginfo_t* info, void* context) {
  (void)context;
  ++handled[number];
  value_of_last = info->si_value.sival_int;
}
static UNUSED void handle(int number, int flags) {
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | flags};
  CHECK(sigaction(number, &action, NULL) == 0);
}

static UNUSED uint64_t bit(int signal) { return (uint64_t)1 << (signal - 1); }
static uint64_t usual_mask;
static UNUSED void block_signals(uint64_t mask) {
  CHECK(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8) == 0);
  usual_mask = mask;
}

/// Which call comes next, so that it can be seen from outside when the process is in it; -1: none.
static UNUSED void ready(long call) {
  say("ready %ld %s", call, number_outside);
}

#define BLOCK6(number, a, b, c, d, e, f) \
  (ready(number), checked_call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)))
#define BLOCK(number, a, b, c, d) BLOCK6(number, a, b, c, d, 0, 0)

static UNUSED void queue_signal(int number, int value) {
  CHECK(sigqueue(subject, number, (union sigval){.sival_int = value}) == 0);
}
