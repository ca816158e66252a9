// Has descriptors of every kind and two threads, and says what it has:
//
//   fd NUMBER KIND             as `tether fd ls` calls it
//   pair NUMBER NUMBER         each holds the other end of the other
//   deleted NUMBER             its file has no name any more
//   socket NUMBER TEXT         what it is, both ends
//   flags NUMBER TEXT          status flags by name
//   offset NUMBER OFFSET
//   stack TID ADDRESS          a thread blocked in pause() and a variable on its stack
//   name ADDRESS TEXT          what the mapping of this page is called
//   signal SET NAME            caught, ignored or blocked
//   ready
//
// Then it waits for the end of its standard input.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include "tracee.h"

static int keep(const char* kind, int fd) {
  CHECK(fd >= 0);
  say("fd %d %s", fd, kind);
  return fd;
}

static void pair(const char* kind, int fds[2]) {
  keep(kind, fds[0]);
  keep(kind, fds[1]);
  say("pair %d %d", fds[0], fds[1]);
}

static void files(const char* folder) {
  char path[256];
  snprintf(path, sizeof path, "%s/log", folder);
  const int log = keep("file", open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  CHECK(write(log, "0123456789", 10) == 10);
  say("flags %d O_APPEND|O_CLOEXEC", log);
  say("offset %d 10", log);
  snprintf(path, sizeof path, "%s/gone \033[2J", folder);
  const int gone = keep("file", open(path, O_RDWR | O_CREAT, 0600));
  CHECK(unlink(path) == 0);
  say("deleted %d", gone);
  snprintf(path, sizeof path, "%s/named (deleted)", folder);
  keep("file", open(path, O_RDWR | O_CREAT, 0600));
  snprintf(path, sizeof path, "%s/fifo", folder);
  CHECK(mkfifo(path, 0600) == 0);
  int ends[2] = {open(path, O_RDONLY | O_NONBLOCK), open(path, O_WRONLY)};
  pair("fifo", ends);
  say("flags %d O_NONBLOCK", ends[0]);
  keep("dir", open(folder, O_RDONLY | O_DIRECTORY));
  keep("chr", open("/dev/null", O_RDWR));
  keep("file", open("/proc/self/status", O_PATH));
  CHECK(pipe(ends) == 0);
  pair("pipe", ends);
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0) return;  // a sandbox without devpts
  CHECK(grantpt(master) == 0 && unlockpt(master) == 0);
  ends[0] = master;
  ends[1] = open(ptsname(master), O_RDWR | O_NOCTTY);
  keep("ptmx", ends[0]);
  keep("tty", ends[1]);
  say("pair %d %d", ends[0], ends[1]);
}

static void special(void) {
  keep("eventfd", eventfd(3, 0));
  keep("inotify", inotify_init1(0));
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  keep("signalfd", signalfd(-1, &set, 0));
  keep("timerfd", timerfd_create(CLOCK_MONOTONIC, 0));
  keep("memfd", (int)syscall(SYS_memfd_create, "pool", 0));
  keep("pidfd", (int)syscall(SYS_pidfd_open, getpid(), 0));
}

static void sockets(void) {
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  pair("socket", ends);

  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof here;
  const int listener = keep("socket", socket(AF_INET, SOCK_STREAM, 0));
  CHECK(bind(listener, (struct sockaddr*)&here, size) == 0 && listen(listener, 1) == 0);
  CHECK(getsockname(listener, (struct sockaddr*)&here, &size) == 0);
  const int port = ntohs(here.sin_port);
  say("socket %d tcp 127.0.0.1:%d listen", listener, port);
  ends[0] = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(ends[0], (struct sockaddr*)&here, size) == 0);
  ends[1] = accept(listener, NULL, NULL);
  pair("socket", ends);
  CHECK(getsockname(ends[0], (struct sockaddr*)&here, &size) == 0);
  say("socket %d tcp 127.0.0.1:%d -> 127.0.0.1:%d established", ends[1], port, ntohs(here.sin_port));
  const int udp = keep("socket", socket(AF_INET, SOCK_DGRAM, 0));
  here.sin_port = 0;
  CHECK(bind(udp, (struct sockaddr*)&here, sizeof here) == 0);
  CHECK(getsockname(udp, (struct sockaddr*)&here, &size) == 0);
  say("socket %d udp 127.0.0.1:%d", udp, ntohs(here.sin_port));

  struct sockaddr_un name = {.sun_family = AF_UNIX};
  const int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "tether-zoo-%d", getpid());
  const int unix_listener = keep("socket", socket(AF_UNIX, SOCK_STREAM, 0));
  CHECK(bind(unix_listener, (struct sockaddr*)&name, (socklen_t)(sizeof(sa_family_t) + 1 + (size_t)length)) == 0);
  CHECK(listen(unix_listener, 1) == 0);
  say("socket %d unix stream @tether-zoo-%d listen", unix_listener, getpid());

  const int epoll = keep("epoll", epoll_create1(0));
  struct epoll_event event = {.events = EPOLLIN | EPOLLET};
  CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0);
}

static int told[2];

static void* rest(void* unused) {
  int here = 0;
  CHECK(prctl(PR_SET_NAME, "zoo keeper\033") == 0);
  say("stack %ld %#lx", syscall(SYS_gettid), (unsigned long)&here);
  CHECK(write(told[1], "", 1) == 1);
  for (;;) pause();
  return unused;
}

static void on_signal(int number) {
  (void)number;
}

static void signals(void) {
  signal(SIGUSR1, on_signal);
  say("signal caught SIGUSR1");
  signal(SIGUSR2, SIG_IGN);
  say("signal ignored SIGUSR2");
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGWINCH);
  CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
  say("signal blocked SIGWINCH");
}

int main(int argc, char** argv) {
  CHECK(argc == 2);
  files(argv[1]);
  special();
  sockets();
  signals();
  void* shared = shared_memory(4096);
  say("name %#lx [shared anonymous]", (unsigned long)shared);
  const size_t pages = 3 * 4096;
  char* guarded = mmap(NULL, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(guarded != MAP_FAILED && mprotect(guarded, 4096, PROT_NONE) == 0);
  say("name %#lx [guard]", (unsigned long)guarded);
  CHECK(pipe(told) == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, rest, NULL) == 0);
  char c;
  read_all(told[0], &c, 1);
  say("ready");
  CHECK(wait_for_input() == 0);
  say("ok");
  return 0;
}
