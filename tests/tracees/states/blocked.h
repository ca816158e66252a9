#pragma once
// States in which the process is blocked in one system call, for good, until the helper does what the call waits for. Time-outs are of a thousand seconds.

#include "states.h"

#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { kLong = 1000 };
static struct { long seconds, nanoseconds; } span = {kLong, 0}, left;  // the kernel's own struct timespec for these calls, in both ABIs

static void make_pipe(void) { CHECK(pipe(pipe_ends) == 0); }
static void write_one(void) { write_all(pipe_ends[1], "x", 1); }

static void in_read(void) {
  char c = 0;
  CHECK(BLOCK(SYS_read, pipe_ends[0], &c, 1, 0) == 1 && c == 'x');
}

enum { kPipeSize = 4096, kMuch = 3 * kPipeSize };
static unsigned char much[kMuch];
static void fill_pipe(void) {
  make_pipe();
  CHECK(fcntl(pipe_ends[1], F_SETPIPE_SZ, kPipeSize) == kPipeSize);
  for (int i = 0; i < kMuch; ++i) much[i] = (unsigned char)(i % 251);
  write_all(pipe_ends[1], much, kPipeSize);
}
static void in_write(void) { CHECK(BLOCK(SYS_write, pipe_ends[1], much, kMuch, 0) == kMuch); }
static void drain_pipe(void) {
  unsigned char got[kPipeSize + kMuch];
  read_all(pipe_ends[0], got, sizeof got);
  CHECK(memcmp(got, much, kPipeSize) == 0 && memcmp(got + kPipeSize, much, kMuch) == 0);
}

static void in_futex(void) { CHECK(BLOCK(SYS_futex, &shared->word, FUTEX_WAIT, 0, 0) == 0); }
static void in_futex_timeout(void) { CHECK(BLOCK(SYS_futex, &shared->word, FUTEX_WAIT, 0, &span) == 0); }
static void wake_futex(void) { CHECK(syscall(SYS_futex, &shared->word, FUTEX_WAKE, 1, NULL, NULL, 0) == 1); }

/// What is left of a sleep says whether its time was kept through all that happened.
static void expect_left(int64_t begin, long result) {
  const double passed = (double)(now_ns() - begin) / 1e9;
  const double rest = (double)left.seconds + (double)left.nanoseconds / 1e9;
  CHECK(result == -EINTR && handled[SIGUSR1] == 1);
  if (passed + rest < kLong - 0.001 || passed + rest > kLong + 5) {
    say("%f s have passed, %f s are left", passed, rest);
    CHECK(!"the sleep kept its time");
  }
}
static void handle_usr1(void) { handle(SIGUSR1, 0); }
static void send_usr1(void) { queue_signal(SIGUSR1, 7); }
static void in_nanosleep(void) {
  const int64_t begin = now_ns();
  expect_left(begin, BLOCK(SYS_nanosleep, &span, &left, 0, 0));
}
static void in_clock_nanosleep(void) {
  const int64_t begin = now_ns();
  expect_left(begin, BLOCK(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &span, &left));
}
static void in_pause(void) { CHECK(BLOCK(SYS_pause, 0, 0, 0, 0) == -EINTR && handled[SIGUSR1] == 1 && value_of_last == 7); }

static void poll_for(int timeout) {
  struct pollfd in = {.fd = pipe_ends[0], .events = POLLIN};
  CHECK(BLOCK(SYS_poll, &in, 1, timeout, 0) == 1 && in.revents == POLLIN);
}
static void in_poll(void) { poll_for(-1); }
static void in_poll_timeout(void) { poll_for(kLong * 1000); }
static void in_select(void) {
#ifdef __x86_64__
  const long number = SYS_select;
#else
  const long number = SYS__newselect;
#endif
  fd_set set;
  FD_ZERO(&set);
  FD_SET(pipe_ends[0], &set);
  CHECK(BLOCK6(number, pipe_ends[0] + 1, &set, 0, 0, 0, 0) == 1 && FD_ISSET(pipe_ends[0], &set));
}

static int epoll;
static void make_epoll(void) {
  make_pipe();
  CHECK((epoll = epoll_create1(0)) >= 0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = 5};
  CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, pipe_ends[0], &event) == 0);
}
static void in_epoll_wait(void) {
  struct epoll_event event = {0};
  CHECK(BLOCK(SYS_epoll_wait, epoll, &event, 1, -1) == 1 && event.data.fd == 5);
}

static void in_wait4(void) {
  int status = 0;
  CHECK(BLOCK(SYS_wait4, helper, &status, 0, 0) == helper && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  helper = 0;
}
static void in_waitid(void) {
  siginfo_t info = {0};
  CHECK(BLOCK6(SYS_waitid, P_PID, helper, &info, WEXITED, 0, 0) == 0 && info.si_pid == helper && info.si_code == CLD_EXITED);
  helper = 0;
}
static void nothing_else(void) {}

static const struct timeval kLongTime = {kLong, 0};
static void make_sockets(void) { CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pipe_ends) == 0); }
static void make_sockets_timeout(void) {
  make_sockets();
  CHECK(setsockopt(pipe_ends[0], SOL_SOCKET, SO_RCVTIMEO, &kLongTime, sizeof kLongTime) == 0);
  CHECK(setsockopt(pipe_ends[0], SOL_SOCKET, SO_SNDTIMEO, &kLongTime, sizeof kLongTime) == 0);
}
static char byte;
static struct iovec vector = {&byte, 1};
static struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
static void in_recvmsg(void) { CHECK(BLOCK(SYS_recvmsg, pipe_ends[0], &message, 0, 0) == 1 && byte == 'x'); }
static void fill_socket(int fd) {
  while (send(fd, much, sizeof much, MSG_DONTWAIT) > 0) {
  }
  while (send(fd, much, 1, MSG_DONTWAIT) > 0) {
  }
}
static void make_full_sockets(void) {
  make_sockets();
  fill_socket(pipe_ends[0]);
}
static void make_full_sockets_timeout(void) {
  make_sockets_timeout();
  fill_socket(pipe_ends[0]);
}
static void in_sendmsg(void) { CHECK(BLOCK(SYS_sendmsg, pipe_ends[0], &message, 0, 0) == 1); }
static void drain_socket(void) {
  while (recv(pipe_ends[1], much, sizeof much, MSG_DONTWAIT) > 0) {
  }
}

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_size = sizeof address;
static void listen_at(int fd, int backlog) {
  CHECK(bind(fd, (struct sockaddr*)&address, sizeof(sa_family_t)) == 0 && listen(fd, backlog) == 0);
  CHECK(getsockname(fd, (struct sockaddr*)&address, &address_size) == 0);
}
static void make_listener(void) {
  CHECK((pipe_ends[0] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
  listen_at(pipe_ends[0], 4);
}
static void in_accept(void) { CHECK(BLOCK(SYS_accept4, pipe_ends[0], 0, 0, 0) >= 0); }
static void connect_once(void) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(fd >= 0 && connect(fd, (struct sockaddr*)&address, address_size) == 0);
}
/// Its queue of one is full.
static void make_busy_listener(void) {
  CHECK((pipe_ends[1] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
  listen_at(pipe_ends[1], 0);
  connect_once();
  CHECK((pipe_ends[0] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
  CHECK(setsockopt(pipe_ends[0], SOL_SOCKET, SO_SNDTIMEO, &kLongTime, sizeof kLongTime) == 0);
}
static void in_connect(void) { CHECK(BLOCK(SYS_connect, pipe_ends[0], &address, address_size, 0) == 0); }
static void accept_one(void) { CHECK(accept(pipe_ends[1], NULL, NULL) >= 0); }

/// Two descriptions of one file: a lock belongs to a description (flock) or to a process (fcntl).
static void open_file_twice(void) {
  char path[] = "/tmp/tether-tracee-XXXXXX";
  CHECK((pipe_ends[0] = mkstemp(path)) >= 0 && (pipe_ends[1] = open(path, O_RDWR)) >= 0);
  unlink(path);
}
static void lock_file(void) { CHECK(flock(pipe_ends[1], LOCK_EX) == 0); }
static void in_flock(void) { CHECK(BLOCK(SYS_flock, pipe_ends[0], LOCK_EX, 0, 0) == 0); }
static void unlock_file(void) { CHECK(flock(pipe_ends[1], LOCK_UN) == 0); }
static struct flock whole_file = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
static void lock_record(void) { CHECK(fcntl(pipe_ends[1], F_SETLK, &whole_file) == 0); }
static void in_setlkw(void) { CHECK(BLOCK(SYS_fcntl, pipe_ends[0], F_SETLKW, &whole_file, 0) == 0); }
static void unlock_record(void) {
  whole_file.l_type = F_UNLCK;
  CHECK(fcntl(pipe_ends[1], F_SETLK, &whole_file) == 0);
}

static int ipc_id;
static void make_queue(void) { CHECK(unshare(CLONE_NEWIPC) == 0 && (ipc_id = msgget(IPC_PRIVATE, 0600)) >= 0); }
struct letter {
  long type;
  char text[4];
};
static void in_msgrcv(void) {
  struct letter got = {0};
  CHECK(BLOCK6(SYS_msgrcv, ipc_id, &got, sizeof got.text, 0, 0, 0) == 4 && memcmp(got.text, "word", 4) == 0);
}
static void send_letter(void) {
  const struct letter letter = {1, "word"};
  CHECK(msgsnd(ipc_id, &letter, sizeof letter.text, 0) == 0);
}
static void make_semaphore(void) { CHECK(unshare(CLONE_NEWIPC) == 0 && (ipc_id = semget(IPC_PRIVATE, 1, 0600)) >= 0); }
static void in_semop(void) {
  struct sembuf take = {0, -1, 0};
#ifdef __x86_64__
  CHECK(BLOCK(SYS_semop, ipc_id, &take, 1, 0) == 0);
#else
  enum { kSemop = 1 };  // ipc(2)
  CHECK(BLOCK6(SYS_ipc, kSemop, ipc_id, 1, 0, &take, 0) == 0);
#endif
}
static void raise_semaphore(void) {
  struct sembuf give = {0, 1, 0};
  CHECK(semop(ipc_id, &give, 1) == 0);
}

static void make_eventfd(void) { CHECK((pipe_ends[0] = pipe_ends[1] = eventfd(0, 0)) >= 0); }
static void in_eventfd(void) {
  uint64_t value = 0;
  CHECK(BLOCK(SYS_read, pipe_ends[0], &value, 8, 0) == 8 && value == 3);
}
static void add_three(void) {
  const uint64_t three = 3;
  write_all(pipe_ends[1], &three, 8);
}
static void make_inotify(void) {
  open_file_twice();
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", pipe_ends[1]);
  CHECK((pipe_ends[0] = inotify_init1(0)) >= 0 && inotify_add_watch(pipe_ends[0], path, IN_MODIFY) >= 0);
}
static void in_inotify(void) {
  char buffer[4096];
  CHECK(BLOCK(SYS_read, pipe_ends[0], buffer, sizeof buffer, 0) == sizeof(struct inotify_event));
}

static aio_context_t aio;
static void make_aio(void) { CHECK(syscall(SYS_io_setup, 4, &aio) == 0); }
static void in_io_getevents(void) {
  static struct { long seconds, nanoseconds; } soon = {1, 500000000};
  struct io_event event;
  const int64_t begin = now_ns();
  CHECK(BLOCK6(SYS_io_getevents, aio, 1, 1, &event, &soon, 0) == 0 && now_ns() - begin >= 1500000000);
}

static void make_ring(void) {
  struct io_uring_params params = {0};
  if ((pipe_ends[0] = (int)syscall(SYS_io_uring_setup, 4, &params)) < 0) {
    say("skip no io_uring: %s", strerror(errno));
    _exit(0);
  }
  const size_t size = params.sq_off.array + params.sq_entries * 4;
  char* queue = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, pipe_ends[0], IORING_OFF_SQ_RING);
  struct io_uring_sqe* entry = mmap(NULL, sizeof *entry, PROT_READ | PROT_WRITE, MAP_SHARED, pipe_ends[0], IORING_OFF_SQES);
  CHECK(queue != MAP_FAILED && entry != MAP_FAILED);
  int wait_for[2];
  CHECK(pipe(wait_for) == 0);
  pipe_ends[1] = wait_for[1];
  *entry = (struct io_uring_sqe){.opcode = IORING_OP_POLL_ADD, .fd = wait_for[0], .poll32_events = POLLIN};
  *(unsigned*)(queue + params.sq_off.array) = 0;
  *(volatile unsigned*)(queue + params.sq_off.tail) = 1;
  CHECK(syscall(SYS_io_uring_enter, pipe_ends[0], 1, 0, 0, NULL, 0) == 1);
}
static void in_io_uring_enter(void) {
  CHECK(BLOCK6(SYS_io_uring_enter, pipe_ends[0], 0, 1, IORING_ENTER_GETEVENTS, 0, 0) == 0);
}

/// The parent of a vfork sleeps, whatever comes, until its child has executed something or ended.
static void in_vfork(void) {
  ready(SYS_vfork);
  const pid_t child = vfork();
  if (child == 0) {
    char c;
    read(pipe_ends[0], &c, 1);
    _exit(c == 'x' ? 5 : 1);
  }
  expect_exit(child, 5);
}
