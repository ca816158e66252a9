#pragma once
// States that have to do with signals: calls with a mask of their own, signals that wait, handlers, stopped processes.

#include "blocked.h"

#include <sys/time.h>

// ── a mask that a call has for as long as it lasts ────────────

/// The program lets SIGUSR1 through and blocks SIGUSR2; the call does the opposite.
static uint64_t call_mask;
static struct { const uint64_t* mask; size_t size; } call_mask_and_size = {&call_mask, 8};
static void swap_masks(void) {
  handle(SIGUSR1, 0);
  handle(SIGUSR2, 0);
  call_mask = ~bit(SIGUSR2);
  block_signals(bit(SIGUSR2));
}
/// SIGUSR1 waits in vain for the call to let it through; a program that is looked at by a tracer may handle it between two starts of the call,
/// but the call goes on.
static void send_blocked(void) { queue_signal(SIGUSR1, 1); }
static void send_usr2(void) { queue_signal(SIGUSR2, 9); }

static void in_sigsuspend(void) {
  CHECK(BLOCK(SYS_rt_sigsuspend, &call_mask, 8, 0, 0) == -EINTR);
  CHECK(handled[SIGUSR2] == 1 && value_of_last == 9 && handled[SIGUSR1] == 0);
}
/// The kernel delivers what the program's own mask lets through when the call's mask goes.
static void in_sigsuspend_pending(void) {
  CHECK(BLOCK(SYS_rt_sigsuspend, &call_mask, 8, 0, 0) == -EINTR);
  CHECK(handled[SIGUSR2] == 1 && handled[SIGUSR1] == 1);
}
static void in_ppoll(void) {
  struct pollfd in = {.fd = pipe_ends[0], .events = POLLIN};
  CHECK(BLOCK6(SYS_ppoll, &in, 1, &span, &call_mask, 8, 0) == 1 && in.revents == POLLIN && handled[SIGUSR2] == 0);
  CHECK(span.seconds < kLong);  // the kernel says what is left
}
static void in_ppoll_signalled(void) {
  struct pollfd in = {.fd = pipe_ends[0], .events = POLLIN};
  CHECK(BLOCK6(SYS_ppoll, &in, 1, 0, &call_mask, 8, 0) == -EINTR && handled[SIGUSR2] == 1 && value_of_last == 9);
}
static void in_pselect(void) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(pipe_ends[0], &set);
  CHECK(BLOCK6(SYS_pselect6, pipe_ends[0] + 1, &set, 0, 0, 0, &call_mask_and_size) == 1);
}
static void in_epoll_pwait(void) {
  struct epoll_event event = {0};
  CHECK(BLOCK6(SYS_epoll_pwait, epoll, &event, 1, -1, &call_mask, 8) == 1 && event.data.fd == 5);
}
static void masked_pipe(void) { make_pipe(); swap_masks(); }
static void masked_epoll(void) { make_epoll(); swap_masks(); }

/// A program that lets signals through in its wait alone.
static void block_all(void) { block_signals(~(uint64_t)0); }
static void only_in_call(void) {
  handle(SIGUSR2, 0);
  make_epoll();
  call_mask = ~bit(SIGUSR2);
  block_all();
}
static void in_epoll_pwait_signalled(void) {
  struct epoll_event event = {0};
  CHECK(BLOCK6(SYS_epoll_pwait, epoll, &event, 1, -1, &call_mask, 8) == -EINTR && handled[SIGUSR2] == 1 && value_of_last == 9);
}

// ── signals that are waited for, and that wait ────────────

static void in_sigtimedwait(void) {
  const uint64_t set = bit(SIGUSR2);
  siginfo_t info;
  CHECK(BLOCK(SYS_rt_sigtimedwait, &set, &info, &span, 8) == SIGUSR2 && info.si_value.sival_int == 9);
}
enum { kQueued = 34 };
static void all_blocked_pipe(void) { make_pipe(); block_all(); }
static void send_many(void) {
  queue_signal(SIGTERM, 1);
  queue_signal(SIGUSR1, 2);
  for (int i = 0; i < 3; ++i) queue_signal(kQueued, 10 + i);
}
static void in_read_pending(void) {
  in_read();
  const int expected[][2] = {{SIGUSR1, 2}, {SIGTERM, 1}, {kQueued, 10}, {kQueued, 11}, {kQueued, 12}};
  for (int i = 0; i < 5; ++i) {
    const uint64_t set = ~bit(SIGCHLD);  // the helper may have ended
    siginfo_t info;
    const struct timespec none = {0, 0};
    const int number = (int)syscall(SYS_rt_sigtimedwait, &set, &info, &none, 8);
    CHECK(number == expected[i][0] && info.si_value.sival_int == expected[i][1]);
  }
}

// ── handlers ────────────

/// The handlers' stack lies between two fields that nobody may write to.
enum { kGuard = 64 * 1024, kHandlerStack = 24 * 1024 };
static unsigned char arena[kGuard + kHandlerStack + kGuard];
static void make_handler_stack(void) {
  make_pipe();
  memset(arena, 0xa5, sizeof arena);
  const stack_t stack = {.ss_sp = arena + kGuard, .ss_size = kHandlerStack};
  CHECK(sigaltstack(&stack, NULL) == 0);
}
static void expect_guards(void) {
  for (int i = 0; i < kGuard; ++i) CHECK(arena[i] == 0xa5 && arena[kGuard + kHandlerStack + i] == 0xa5);
}
static void read_in_handler(int number) {
  (void)number;
  in_read();
}
static void raise_in_handler(int number) {
  (void)number;
  CHECK(raise(SIGUSR2) == 0);
}
static void in_handler(void) {
  struct sigaction action = {.sa_handler = read_in_handler, .sa_flags = SA_ONSTACK};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && raise(SIGUSR1) == 0);
  expect_guards();
}
static void in_nested_handler(void) {
  struct sigaction inner = {.sa_handler = read_in_handler, .sa_flags = SA_ONSTACK | SA_NODEFER};
  struct sigaction outer = {.sa_handler = raise_in_handler, .sa_flags = SA_ONSTACK};
  CHECK(sigaction(SIGUSR2, &inner, NULL) == 0 && sigaction(SIGUSR1, &outer, NULL) == 0 && raise(SIGUSR1) == 0);
  expect_guards();
}
static void sleep_in_handler(int number) {
  (void)number;
  in_nanosleep();
}
/// A handler that sleeps, in a call that is started again behind it.
static int inner_pipe[2];
static void interrupted_read(void) {
  struct sigaction action = {.sa_handler = sleep_in_handler, .sa_flags = SA_ONSTACK | SA_RESTART};
  handle(SIGUSR1, 0);
  CHECK(sigaction(SIGUSR2, &action, NULL) == 0 && pipe(inner_pipe) == 0);
  const pid_t self = getpid();
  const pid_t sender = fork();
  CHECK(sender >= 0);
  if (sender == 0) {
    die_with_parent(self);
    char path[64], text[64];
    snprintf(path, sizeof path, "/proc/%d/syscall", self);
    for (long number = -1; number != SYS_read;) {
      const int fd = open(path, O_RDONLY);
      const ssize_t n = read(fd, text, sizeof text - 1);
      close(fd);
      text[n > 0 ? n : 0] = '\0';
      number = text[0] >= '0' && text[0] <= '9' ? atol(text) : -1;
      sched_yield();
    }
    CHECK(kill(self, SIGUSR2) == 0);
    _exit(0);
  }
  char c = 0;
  CHECK(checked_call(SYS_read, pipe_ends[0], (long)&c, 1, 0, 0, 0) == 1 && c == 'x');
  expect_exit(sender, 0);
  expect_guards();
}
static void send_usr1_and_write(void) {
  send_usr1();
  write_one();
}

// ── a timer's signal each millisecond ────────────

static void start_timer(void) {
  handle(SIGALRM, SA_RESTART);
  const struct itimerval each = {.it_interval = {.tv_usec = 1000}, .it_value = {.tv_usec = 1000}};
  CHECK(setitimer(ITIMER_REAL, &each, NULL) == 0);
}
/// It has gone on until now.
static void stop_timer(void) {
  const int before = handled[SIGALRM];
  while (handled[SIGALRM] == before) {
  }
  const struct itimerval never = {0};
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
}
static void read_in_storm(void) {
  in_read();
  stop_timer();
}

// ── stopped ────────────

static void own_group(void) {
  make_pipe();
  CHECK(setpgid(0, 0) == 0);
}
static void stop_it(void) { CHECK(kill(subject, SIGSTOP) == 0); }
static void stop_it_as_a_terminal(void) { CHECK(kill(subject, SIGTSTP) == 0); }
static void continue_and_write(void) {
  CHECK(kill(subject, SIGCONT) == 0);
  write_one();
}
static void continue_and_signal(void) {
  CHECK(kill(subject, SIGCONT) == 0);
  send_usr1();
}
