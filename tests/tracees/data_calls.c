// Every call that moves data, on descriptors 3 to 8: what -e read= and -e write= show whole.
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define REQUIRE(condition) \
  if (!(condition)) abort()

static char text[] = "The quick brown fox\njumps over \001\377 the lazy dog.";
static char room[256], more[16];

static void through_pipe(void) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  struct iovec out[] = {{text, 4}, {text + 4, sizeof text - 4}, {NULL, 0}};
  struct iovec in[] = {{more, 3}, {room, sizeof room}};
  REQUIRE(write(ends[1], text, sizeof text) == sizeof text);
  REQUIRE(read(ends[0], room, sizeof room) == sizeof text);
  REQUIRE(writev(ends[1], out, 3) == sizeof text);
  REQUIRE(readv(ends[0], in, 2) == sizeof text);
  REQUIRE(vmsplice(ends[1], out, 3, 0) == sizeof text);
  REQUIRE(read(ends[0], room, 17) == 17);
  REQUIRE(write(ends[0], text, 5) == -1);
  REQUIRE(read(ends[1], room, 5) == -1);
  REQUIRE(write(ends[1], text, 0) == 0);
  close(ends[0]);
  close(ends[1]);
}

static void through_file(void) {
  const int fd = open("/tmp", O_RDWR | O_TMPFILE, 0600);
  REQUIRE(fd >= 0);
  struct iovec both[] = {{text, 16}, {room, 32}};
  REQUIRE(pwrite(fd, text, 16, 4) == 16);
  REQUIRE(pread(fd, room, 64, 2) == 18);
  REQUIRE(pwritev(fd, both, 2, 0) == 48);
  REQUIRE(preadv(fd, both + 1, 1, 8) == 32);
  REQUIRE(pwritev2(fd, both, 1, 0, 0) == 16);
  REQUIRE(preadv2(fd, both + 1, 1, 40, 0) == 8);
  REQUIRE(read(fd, room, sizeof room) == 48);
  REQUIRE(read(fd, room, sizeof room) == 0);
  close(fd);
}

static void through_sockets(void) {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  struct iovec out[] = {{text, 5}, {text + 5, 20}};
  struct iovec in[] = {{more, 7}, {room, sizeof room}};
  struct mmsghdr sent[] = {{.msg_hdr = {.msg_iov = out, .msg_iovlen = 2}},
                           {.msg_hdr = {.msg_iov = out, .msg_iovlen = 1}}};
  struct mmsghdr received[] = {{.msg_hdr = {.msg_iov = in, .msg_iovlen = 2}},
                               {.msg_hdr = {.msg_iov = in, .msg_iovlen = 1}}};
  REQUIRE(send(ends[0], text, 9, 0) == 9);
  REQUIRE(recv(ends[1], room, sizeof room, 0) == 9);
  REQUIRE(sendmsg(ends[0], &sent[0].msg_hdr, 0) == 25);
  REQUIRE(recvmsg(ends[1], &received[0].msg_hdr, 0) == 25);
  REQUIRE(sendmmsg(ends[0], sent, 2, 0) == 2);
  REQUIRE(recvmmsg(ends[1], received, 2, 0, NULL) == 2);
  close(ends[0]);
  close(ends[1]);
}

static void through_queue(void) {
  struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 64};
  const mqd_t queue = mq_open("/tether-data-calls", O_RDWR | O_CREAT, 0600, &attributes);
  REQUIRE(queue >= 0);
  REQUIRE(mq_unlink("/tether-data-calls") == 0);
  REQUIRE(mq_send(queue, text, 11, 3) == 0);
  REQUIRE(mq_receive(queue, room, 64, NULL) == 11);
  mq_close(queue);
}

int main(void) {
  through_pipe();
  through_file();
  through_sockets();
  through_queue();
  return 0;
}
