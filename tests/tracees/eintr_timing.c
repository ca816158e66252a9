// Threads that are blocked in one kind of system call each, for ever again, in a process without any signal handler. Must be true: no call
// ever fails with EINTR, none returns before its time-out, none returns something that did not happen, however often tracers come and go.
// (The exception, under the name "handler": a thread that has a handler and must see EINTR once for each signal that was sent to it.)
//   eintr_timing all|restarted|repaired [ROUNDS]
// "restarted" are calls that the kernel starts again by itself after a tracer's stop; "repaired" those that return EINTR to a
// program nobody sent a signal (signal(7)), unless the tracer puts that right.
// Prints "KIND COUNT WRONG" for each kind of call.
#include "tracee.h"

#include <linux/aio_abi.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { kMillis = 12 };
static const struct timespec kSpan = {0, kMillis * 1000000};
static const struct timeval kSpanval = {0, kMillis * 1000};
static _Atomic int stopping;

struct kind {
  const char* name;
  int is_repaired;
  int is_in_ticks;  // its time-out is counted in timer ticks, which may lag behind the clock
  void (*body)(struct kind*);
  void (*poke)(struct kind*);  // makes the blocked call return; called for ever by one thread
  int fds[2];
  long count;
  long wrong;
  char first[160];
  _Atomic int word;  // futex
  _Atomic long poked;
  pthread_t thread;
};

static void note(struct kind* k, const char* what, long result) {
  if (k->wrong++ == 0)
    snprintf(k->first, sizeof k->first, "%s: returned %ld, errno %d, in call %ld", what, result, errno, k->count);
}
static void expect(struct kind* k, int is_good, const char* what, long result) {
  ++k->count;
  if (!is_good) note(k, what, result);
}
/// For calls with a time-out: what they return when it is over, and that it is over.
static void timed(struct kind* k, int64_t begin, int is_good, long result) {
  const int err = errno;
  const int64_t took = now_ns() - begin;
  errno = err;
  expect(k, is_good, "time-out", result);
  if (took < kMillis * (k->is_in_ticks ? 500000 : 1000000)) {
    errno = (int)(took / 1000);
    note(k, "too early (microseconds shown as errno)", result);
  }
}

// ── calls that the kernel restarts ────────────────────────────────────────────────────────────────────────────────
static void do_read(struct kind* k) {
  unsigned char c;
  const ssize_t n = read(k->fds[0], &c, 1);
  expect(k, n == 1 && c == (unsigned char)k->count, "read", n);
}
static void poke_read(struct kind* k) {
  const unsigned char c = (unsigned char)k->poked++;
  write_all(k->fds[1], &c, 1);
}
static void do_nanosleep(struct kind* k) {
  const int64_t begin = now_ns();
  const int r = nanosleep(&kSpan, NULL);
  timed(k, begin, r == 0, r);
}
static void do_clock_nanosleep(struct kind* k) {
  const int64_t until = now_ns() + kMillis * 1000000;
  const struct timespec t = {(time_t)(until / 1000000000), (long)(until % 1000000000)};
  const int r = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
  timed(k, until - kMillis * 1000000, r == 0, r);
}
static void do_futex_timeout(struct kind* k) {
  const int64_t begin = now_ns();
  const long r = syscall(SYS_futex, &k->word, FUTEX_WAIT, 0, &kSpan, NULL, 0);
  timed(k, begin, r == -1 && errno == ETIMEDOUT, r);
}
static void do_futex(struct kind* k) {
  const int seen = k->word;
  const long r = syscall(SYS_futex, &k->word, FUTEX_WAIT, seen, NULL, NULL, 0);
  expect(k, r == 0 || errno == EAGAIN, "futex", r);
}
static void poke_futex(struct kind* k) {
  ++k->word;
  syscall(SYS_futex, &k->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}
static void do_poll(struct kind* k) {
  struct pollfd p = {.fd = k->fds[0], .events = POLLIN};
  const int64_t begin = now_ns();
  const int r = poll(&p, 1, kMillis);
  timed(k, begin, r == 0, r);
}
static void do_ppoll(struct kind* k) {
  struct pollfd p = {.fd = k->fds[0], .events = POLLIN};
  sigset_t none;
  sigemptyset(&none);
  const int64_t begin = now_ns();
  const int r = ppoll(&p, 1, &kSpan, &none);
  timed(k, begin, r == 0, r);
}
static void do_select(struct kind* k) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(k->fds[0], &set);
  struct timeval t = kSpanval;
  const int64_t begin = now_ns();
  const int r = select(k->fds[0] + 1, &set, NULL, NULL, &t);
  timed(k, begin, r == 0, r);
}
static void do_msgrcv(struct kind* k) {
  struct {
    long type;
    unsigned char c;
  } m;
  const ssize_t n = msgrcv(k->fds[0], &m, 1, 0, 0);
  expect(k, n == 1 && m.c == (unsigned char)k->count, "msgrcv", n);
}
static void poke_msgrcv(struct kind* k) {
  struct {
    long type;
    unsigned char c;
  } m = {1, (unsigned char)k->poked++};
  CHECK(msgsnd(k->fds[0], &m, 1, 0) == 0);
}
static void do_recv_forever(struct kind* k) {
  unsigned char c;
  const ssize_t n = recv(k->fds[0], &c, 1, 0);
  expect(k, n == 1 && c == (unsigned char)k->count, "recv", n);
}
static void poke_recv(struct kind* k) {
  const unsigned char c = (unsigned char)k->poked++;
  CHECK(send(k->fds[1], &c, 1, 0) == 1);
}

// ── calls that return EINTR after any stop ────────────────────────────────────────────────────────────────────────
static void do_epoll_timeout(struct kind* k) {
  struct epoll_event e;
  const int64_t begin = now_ns();
  const int r = epoll_wait(k->fds[0], &e, 1, kMillis);
  timed(k, begin, r == 0, r);
}
static void do_epoll(struct kind* k) {
  struct epoll_event e;
  const int r = epoll_wait(k->fds[0], &e, 1, -1);
  uint64_t value;
  expect(k, r == 1 && read(k->fds[1], &value, 8) == 8, "epoll_wait", r);
}
static void poke_epoll(struct kind* k) {
  const uint64_t one = 1;
  write_all(k->fds[1], &one, 8);
}
static void do_sigtimedwait(struct kind* k) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  const int64_t begin = now_ns();
  const int r = sigtimedwait(&set, NULL, &kSpan);
  timed(k, begin, r == -1 && errno == EAGAIN, r);
}
static void do_sigwaitinfo(struct kind* k) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 2);
  siginfo_t info;
  const int r = sigwaitinfo(&set, &info);
  expect(k, r == SIGRTMIN + 2 && info.si_value.sival_int == (int)k->count, "sigwaitinfo", r);
}
static void poke_sigwaitinfo(struct kind* k) {
  if (k->poked - *(volatile long*)&k->count >= 100) return;
  errno = pthread_sigqueue(k->thread, SIGRTMIN + 2, (union sigval){.sival_int = (int)k->poked++});
  CHECK(errno == 0 || (errno == ESRCH && stopping));  // it may have ended since it was last looked at
}
static void do_accept(struct kind* k) {
  const int64_t begin = now_ns();
  const int r = accept(k->fds[0], NULL, NULL);
  timed(k, begin, r == -1 && errno == EAGAIN, r);
}
static void do_recv(struct kind* k) {
  char c;
  const int64_t begin = now_ns();
  const ssize_t r = recv(k->fds[0], &c, 1, 0);
  timed(k, begin, r == -1 && errno == EAGAIN, r);
}
static void do_recvmsg(struct kind* k) {
  char c;
  struct iovec v = {&c, 1};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
  const int64_t begin = now_ns();
  const ssize_t r = recvmsg(k->fds[0], &m, 0);
  timed(k, begin, r == -1 && errno == EAGAIN, r);
}
static void do_recvmmsg(struct kind* k) {
  char c;
  struct iovec v = {&c, 1};
  struct mmsghdr m = {.msg_hdr = {.msg_iov = &v, .msg_iovlen = 1}};
  const int64_t begin = now_ns();
  const int r = recvmmsg(k->fds[0], &m, 1, 0, NULL);
  timed(k, begin, r == -1 && errno == EAGAIN, r);
}
static void do_read_socket(struct kind* k) {
  char c;
  const int64_t begin = now_ns();
  const ssize_t r = read(k->fds[0], &c, 1);
  timed(k, begin, r == -1 && errno == EAGAIN, r);
}
static void do_send(struct kind* k) {
  static char block[1 << 16];
  const int64_t begin = now_ns();
  const ssize_t r = send(k->fds[0], block, sizeof block, 0);  // the buffer is full already
  timed(k, begin, r == -1 && errno == EAGAIN, r);
}
static void do_semtimedop(struct kind* k) {
  struct sembuf op = {0, -1, 0};
  const int64_t begin = now_ns();
  const int r = semtimedop(k->fds[0], &op, 1, &kSpan);
  timed(k, begin, r == -1 && errno == EAGAIN, r);
}
static void do_semop(struct kind* k) {
  struct sembuf op = {0, -1, 0};
  const int r = semop(k->fds[0], &op, 1);
  expect(k, r == 0, "semop", r);
}
static void poke_semop(struct kind* k) {
  struct sembuf op = {0, 1, IPC_NOWAIT};
  CHECK(semop(k->fds[0], &op, 1) == 0 || errno == ERANGE);
}
static void do_inotify(struct kind* k) {
  char buffer[4096];
  const ssize_t n = read(k->fds[0], buffer, sizeof buffer);
  expect(k, n > 0, "read of inotify", n);
}
static void poke_inotify(struct kind* k) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", k->fds[1]);
  const int fd = open(path, O_RDONLY);
  CHECK(fd >= 0);
  close(fd);
}
static void do_io_getevents(struct kind* k) {
  static aio_context_t context;
  if (k->count == 0 && syscall(SYS_io_setup, 1, &context) != 0) {
    k->count = -1;
    while (!stopping) pause();
    return;
  }
  struct io_event event;
  struct timespec span = kSpan;
  const int64_t begin = now_ns();
  const long r = syscall(SYS_io_getevents, context, 1, 1, &event, &span);
  timed(k, begin, r == 0, r);
}

// ── a real handler: a real EINTR ──────────────────────────────────────────────────────────────────────────────────
static _Atomic long handled;
static void on_usr1(int number) {
  (void)number;
  ++handled;
}
static void do_handler(struct kind* k) {
  char c;
  const ssize_t n = read(k->fds[0], &c, 1);
  if (stopping) return;
  expect(k, n == -1 && errno == EINTR && handled == k->count + 1, "read with handler", n);
  k->word = (int)handled;
}
/// Only when the last one has had its effect and the thread is seen to be blocked: else the signal comes before the read.
static void poke_handler(struct kind* k) {
  if (k->word != k->poked || handled != k->poked) return;
  char path[64], text[64] = "";
  snprintf(path, sizeof path, "/proc/self/task/%d/syscall", k->fds[1]);
  const int fd = open(path, O_RDONLY);
  if (fd < 0 || read(fd, text, sizeof text - 1) <= 0) text[0] = '\0';
  if (fd >= 0) close(fd);
  char expected[32];
  snprintf(expected, sizeof expected, "%d 0x%x ", SYS_read, k->fds[0]);
  if (strncmp(text, expected, strlen(expected)) != 0) return;
  ++k->poked;
  CHECK(pthread_kill(k->thread, SIGUSR1) == 0);
}

static struct kind kinds[] = {
    {.name = "read", .body = do_read, .poke = poke_read},
    {.name = "nanosleep", .body = do_nanosleep},
    {.name = "clock_nanosleep", .body = do_clock_nanosleep},
    {.name = "futex-timeout", .body = do_futex_timeout},
    {.name = "futex", .body = do_futex, .poke = poke_futex},
    {.name = "poll", .body = do_poll},
    {.name = "ppoll", .body = do_ppoll},
    {.name = "select", .body = do_select},
    {.name = "msgrcv", .body = do_msgrcv, .poke = poke_msgrcv},
    {.name = "recv-forever", .body = do_recv_forever, .poke = poke_recv},
    {.name = "handler", .body = do_handler, .poke = poke_handler},
    {.name = "epoll_wait-timeout", .is_repaired = 1, .body = do_epoll_timeout},
    {.name = "epoll_wait", .is_repaired = 1, .body = do_epoll, .poke = poke_epoll},
    {.name = "sigtimedwait", .is_repaired = 1, .body = do_sigtimedwait},
    {.name = "sigwaitinfo", .is_repaired = 1, .body = do_sigwaitinfo, .poke = poke_sigwaitinfo},
    {.name = "accept", .is_repaired = 1, .is_in_ticks = 1, .body = do_accept},
    {.name = "recv", .is_repaired = 1, .is_in_ticks = 1, .body = do_recv},
    {.name = "recvmsg", .is_repaired = 1, .is_in_ticks = 1, .body = do_recvmsg},
    {.name = "recvmmsg", .is_repaired = 1, .is_in_ticks = 1, .body = do_recvmmsg},
    {.name = "read-socket", .is_repaired = 1, .is_in_ticks = 1, .body = do_read_socket},
    {.name = "send", .is_repaired = 1, .is_in_ticks = 1, .body = do_send},
    {.name = "semtimedop", .is_repaired = 1, .is_in_ticks = 1, .body = do_semtimedop},
    {.name = "semop", .is_repaired = 1, .body = do_semop, .poke = poke_semop},
    {.name = "inotify", .is_repaired = 1, .body = do_inotify, .poke = poke_inotify},
    {.name = "io_getevents", .is_repaired = 1, .body = do_io_getevents},
};
enum { kKinds = sizeof kinds / sizeof kinds[0] };

static void set_timeout(int fd, int option) {
  CHECK(setsockopt(fd, SOL_SOCKET, option, &kSpanval, sizeof kSpanval) == 0);
}

static void prepare(struct kind* k) {
  const char* n = k->name;
  if (strstr(n, "sem")) {
    CHECK((k->fds[0] = semget(IPC_PRIVATE, 1, 0600)) >= 0);
  } else if (strcmp(n, "msgrcv") == 0) {
    CHECK((k->fds[0] = msgget(IPC_PRIVATE, 0600)) >= 0);
  } else if (strstr(n, "epoll")) {
    CHECK((k->fds[0] = epoll_create1(0)) >= 0 && (k->fds[1] = eventfd(0, 0)) >= 0);
    struct epoll_event e = {.events = EPOLLIN};
    CHECK(epoll_ctl(k->fds[0], EPOLL_CTL_ADD, k->fds[1], &e) == 0);
  } else if (strcmp(n, "accept") == 0) {
    CHECK((k->fds[0] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
    const struct sockaddr_un autobind = {.sun_family = AF_UNIX};
    CHECK(bind(k->fds[0], (const struct sockaddr*)&autobind, sizeof(sa_family_t)) == 0 && listen(k->fds[0], 1) == 0);
    set_timeout(k->fds[0], SO_RCVTIMEO);
  } else if (strcmp(n, "recv-forever") == 0) {
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, k->fds) == 0);
  } else if (strcmp(n, "send") == 0) {
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, k->fds) == 0);
    static char block[1 << 16];
    while (send(k->fds[0], block, sizeof block, MSG_DONTWAIT) > 0) {
    }
    while (send(k->fds[0], block, 1, MSG_DONTWAIT) > 0) {
    }
    set_timeout(k->fds[0], SO_SNDTIMEO);
  } else if (strstr(n, "recv") || strcmp(n, "read-socket") == 0) {
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, k->fds) == 0);
    set_timeout(k->fds[0], SO_RCVTIMEO);
  } else if (strcmp(n, "inotify") == 0) {
    char path[] = "/tmp/tether-tracee-XXXXXX";
    CHECK((k->fds[1] = mkstemp(path)) >= 0);
    CHECK((k->fds[0] = inotify_init()) >= 0 && inotify_add_watch(k->fds[0], path, IN_OPEN) >= 0);
    unlink(path);
  } else {
    CHECK(pipe(k->fds) == 0);
  }
}

static pthread_barrier_t started;
static void* run(void* argument) {
  struct kind* k = argument;
  sigset_t set;
  sigfillset(&set);
  if (strcmp(k->name, "handler") == 0) {
    sigdelset(&set, SIGUSR1);
    k->fds[1] = (int)syscall(SYS_gettid);
  }
  pthread_sigmask(SIG_SETMASK, &set, NULL);
  pthread_barrier_wait(&started);
  while (!stopping) k->body(k);
  return NULL;
}

int main(int argc, char** argv) {
  const char* which = argc > 1 ? argv[1] : "all";
  struct rounds rounds = {.limit = argc > 2 ? atol(argv[2]) : 0};
  if (unshare(CLONE_NEWIPC) != 0) errno = 0;  // if allowed: nothing is left behind even if we are killed
  const struct sigaction action = {.sa_handler = on_usr1};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);

  struct kind* chosen[kKinds];
  unsigned count = 0;
  for (unsigned i = 0; i < kKinds; ++i)
    if (strcmp(which, "all") == 0 || strcmp(which, kinds[i].name) == 0 ||
        strcmp(which, kinds[i].is_repaired ? "repaired" : "restarted") == 0)
      chosen[count++] = &kinds[i];
  CHECK(count > 0);
  CHECK(pthread_barrier_init(&started, NULL, count + 1) == 0);
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
  for (unsigned i = 0; i < count; ++i) {
    prepare(chosen[i]);
    CHECK(pthread_create(&chosen[i]->thread, NULL, run, chosen[i]) == 0);
  }
  pthread_barrier_wait(&started);
  say("ready");
  while (more(&rounds)) {
    for (unsigned i = 0; i < count; ++i)
      if (chosen[i]->poke) chosen[i]->poke(chosen[i]);
    const struct timespec pause = {0, 2000000};  // so that the others are blocked most of the time
    CHECK(nanosleep(&pause, NULL) == 0);
  }
  // Everybody must come out of the call in which it is: each body returns by time-out or by one more poke. Threads end in their own time.
  stopping = 1;
  for (unsigned i = 0; i < count; ++i) {
    struct kind* k = chosen[i];
    if (k->body == do_handler || k->count < 0) {  // blocked for good, and a cancellation point
      pthread_cancel(k->thread);
      pthread_join(k->thread, NULL);
      continue;
    }
    while (pthread_tryjoin_np(k->thread, NULL) == EBUSY) {
      if (k->poke) k->poke(k);
      const struct timespec pause = {0, 1000000};
      nanosleep(&pause, NULL);
    }
  }
  long total = 0, wrong = 0;
  for (unsigned i = 0; i < count; ++i) {
    struct kind* k = chosen[i];
    say("kind %s %ld %ld%s%s", k->name, k->count, k->wrong, k->wrong ? " first: " : "", k->first);
    if (strstr(k->name, "sem")) semctl(k->fds[0], 0, IPC_RMID);
    if (strcmp(k->name, "msgrcv") == 0) msgctl(k->fds[0], IPC_RMID, NULL);
    total += k->count;
    wrong += k->wrong;
  }
  if (wrong != 0) {
    say("FAIL %ld of %ld calls went wrong", wrong, total);
    return 1;
  }
  say("tasks %u", count + 1);
  say("ok calls=%ld", total);
  return 0;
}
