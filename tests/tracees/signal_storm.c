// A process showers another with signals: queued real-time signals that carry sequence numbers, SIGUSR1 for the process and SIGUSR2 for one of its
// threads, each of the last two sent only when its predecessor has been acknowledged, so that none may merge. Must be true: each is handled once, in
// order, with its own siginfo, and the calls that the handlers interrupt are restarted (SA_RESTART) and never fail.
//   signal_storm [ROUNDS]
#include "tracee.h"

enum { kQueued = 20 };

struct tally {
  _Atomic long queued, usr1, usr2, wrong;
  _Atomic int thread_tid;
};
static struct tally* tally;
static pid_t sender;
static int ack_write;

static void on_queued(int number, siginfo_t* info, void* context) {
  (void)context;
  const long expected = tally->queued++;
  if (number != SIGRTMIN + 1 || info->si_code != SI_QUEUE || info->si_value.sival_int != (int)expected ||
      info->si_pid != sender)
    tally->wrong++;
}
static void on_usr(int number, siginfo_t* info, void* context) {
  (void)context;
  const int err = errno;
  if (info->si_pid != sender || info->si_signo != number) tally->wrong++;
  if (number == SIGUSR1) tally->usr1++;
  if (number == SIGUSR2) {
    tally->usr2++;
    if (syscall(SYS_gettid) != tally->thread_tid) tally->wrong++;
  }
  char c = (char)number;
  if (write(ack_write, &c, 1) != 1) tally->wrong++;
  errno = err;
}

static void install(int number, void (*handler)(int, siginfo_t*, void*)) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigfillset(&action.sa_mask);
  CHECK(sigaction(number, &action, NULL) == 0);
}

static int thread_pipe[2];
static void* blocked_thread(void* ready) {
  // Signals for the process are all for the leader: with two threads to choose from, their order would be nobody's promise.
  sigset_t set;
  sigfillset(&set);
  sigdelset(&set, SIGUSR2);
  CHECK(pthread_sigmask(SIG_SETMASK, &set, NULL) == 0);
  tally->thread_tid = (int)syscall(SYS_gettid);
  char c = 't';
  write_all(*(int*)ready, &c, 1);
  CHECK(read(thread_pipe[0], &c, 1) == 0);
  return NULL;
}

static void receive(int control, int ready) {
  install(SIGRTMIN + 1, on_queued);
  install(SIGUSR1, on_usr);
  install(SIGUSR2, on_usr);
  CHECK(pipe(thread_pipe) == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, blocked_thread, &ready) == 0);
  char c;
  CHECK(read(control, &c, 1) == 0);  // interrupted all the time, must restart; ends when the sender is done
  close(thread_pipe[1]);
  CHECK(pthread_join(thread, NULL) == 0);
  _exit(5);
}

int main(int argc, char** argv) {
  struct rounds rounds = {.limit = argc > 1 ? atol(argv[1]) : 0};
  tally = shared_memory(sizeof *tally);
  int control[2], ack[2], ready[2];
  CHECK(pipe(control) == 0 && pipe(ack) == 0 && pipe(ready) == 0);
  sender = getpid();
  ack_write = ack[1];
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    die_with_parent(sender);
    close(control[1]);
    receive(control[0], ready[1]);
  }
  char c;
  read_all(ready[0], &c, 1);
  say("ready");
  long queued = 0, usr1 = 0, usr2 = 0;
  while (more(&rounds)) {
    for (int i = 0; i < kQueued; ++i, ++queued)
      while (sigqueue(child, SIGRTMIN + 1, (union sigval){.sival_int = (int)queued}) != 0) {
        CHECK(errno == EAGAIN);
        sched_yield();
      }
    CHECK(kill(child, SIGUSR1) == 0);
    ++usr1;
    read_all(ack[0], &c, 1);
    CHECK(c == SIGUSR1);
    CHECK(syscall(SYS_tgkill, child, tally->thread_tid, SIGUSR2) == 0);
    ++usr2;
    read_all(ack[0], &c, 1);
    CHECK(c == SIGUSR2);
  }
  close(control[1]);
  expect_exit(child, 5);
  if (tally->queued != queued || tally->usr1 != usr1 || tally->usr2 != usr2 || tally->wrong != 0) {
    say("FAIL sent queued %ld usr1 %ld usr2 %ld; handled %ld %ld %ld; wrong %ld", queued, usr1, usr2, (long)tally->queued,
        (long)tally->usr1, (long)tally->usr2, (long)tally->wrong);
    return 1;
  }
  say("signal %d %ld", SIGRTMIN + 1, queued);
  say("signal %d %ld", SIGUSR1, usr1);
  say("signal %d %ld", SIGUSR2, usr2);
  say("tasks 3");
  say("ok rounds=%ld signals=%ld", usr1, queued + usr1 + usr2);
  return 0;
}
