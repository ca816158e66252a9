// Signals that the process ignores, or whose default action is nothing, rain on threads that are blocked in calls that any stop makes fail with EINTR.
// Without a tracer such a signal never wakes anybody; a traced task is woken by it (kernel/signal.c, sig_ignored). Must be true: no call fails.
//   ignored_signals [ROUNDS]
#include "tracee.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>

static int epoll_fd, event_fd, semaphore, sockets[2];
static _Atomic long served;

static void* in_epoll(void* unused) {
  for (;;) {
    struct epoll_event e;
    CHECK(epoll_wait(epoll_fd, &e, 1, -1) == 1);
    uint64_t value;
    CHECK(read(event_fd, &value, 8) == 8);
    ++served;
    if (value >= 1000) return unused;
  }
}
static void* in_semop(void* unused) {
  for (;;) {
    struct sembuf op = {0, -1, 0};
    CHECK(semop(semaphore, &op, 1) == 0);
    ++served;
    if (semctl(semaphore, 0, GETVAL) >= 1000) return unused;
  }
}
static void* in_recv(void* unused) {
  char c;
  for (;;) {
    CHECK(recv(sockets[0], &c, 1, 0) == 1);  // with a time-out: not restarted by the kernel
    ++served;
    if (c == 'e') return unused;
  }
}

int main(int argc, char** argv) {
  struct rounds rounds = {.limit = argc > 1 ? atol(argv[1]) : 0};
  if (unshare(CLONE_NEWIPC) != 0) errno = 0;  // so that nothing is left behind if we are killed
  signal(SIGUSR1, SIG_IGN);
  struct epoll_event e = {.events = EPOLLIN};
  CHECK((epoll_fd = epoll_create1(0)) >= 0 && (event_fd = eventfd(0, 0)) >= 0);
  CHECK(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event_fd, &e) == 0);
  CHECK((semaphore = semget(IPC_PRIVATE, 1, 0600)) >= 0);
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
  const struct timeval long_time = {1000, 0};
  CHECK(setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &long_time, sizeof long_time) == 0);
  pthread_t threads[3];
  CHECK(pthread_create(&threads[0], NULL, in_epoll, NULL) == 0);
  CHECK(pthread_create(&threads[1], NULL, in_semop, NULL) == 0);
  CHECK(pthread_create(&threads[2], NULL, in_recv, NULL) == 0);
  say("ready");
  long sent = 0;
  while (more(&rounds)) {
    for (int i = 0; i < 3; ++i) {
      CHECK(pthread_kill(threads[i], SIGUSR1) == 0);
      CHECK(pthread_kill(threads[i], SIGWINCH) == 0);
      sent += 2;
    }
    const long before = served;
    struct sembuf up = {0, 1, 0};
    const uint64_t one = 1;
    CHECK(write(event_fd, &one, 8) == 8 && semop(semaphore, &up, 1) == 0 && send(sockets[1], "x", 1, 0) == 1);
    while (served < before + 3) sched_yield();
  }
  struct sembuf up = {0, 1001, 0};
  const uint64_t end = 1000;
  CHECK(write(event_fd, &end, 8) == 8 && semop(semaphore, &up, 1) == 0 && send(sockets[1], "e", 1, 0) == 1);
  for (int i = 0; i < 3; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  semctl(semaphore, 0, IPC_RMID);
  say("tasks 4");
  say("ok signals=%ld", sent);
  return 0;
}
