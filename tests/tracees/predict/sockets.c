// Sockets: their addresses and options.
#include "predict.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

static void makes(void) {
  int pair[2];
  const long made = call(socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
  expect(made, "socketpair(AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC, 0, [%d, %d])", pair[0], pair[1]);
  expect(call(socket, 99, SOCK_STREAM, 0), "socket(0x63 /* AF_??? */, SOCK_STREAM, 0)");
  expect(call(socket, AF_INET, SOCK_STREAM, IPPROTO_UDP), "socket(AF_INET, SOCK_STREAM, IPPROTO_UDP)");
  expect(call(socket, AF_NETLINK, SOCK_RAW, 31), "socket(AF_NETLINK, SOCK_RAW, 0x1f /* NETLINK_??? */)");
  expect(call(shutdown, pair[0], SHUT_WR), "shutdown(%d, SHUT_WR)", pair[0]);
  expect(call(shutdown, -1, 5), "shutdown(-1, 0x5 /* SHUT_??? */)");
}

static void unix_addresses(void) {
  const long fd = call(socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  expect(fd, "socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK, 0)");
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "none"};
  expect(call(connect, fd, &name, sizeof name), "connect(%ld, {sa_family=AF_UNIX, sun_path=\"none\"}, 110)", fd);
  expect(call(connect, fd, &name, 4), "connect(%ld, {sa_family=AF_UNIX, sun_path=\"no\"}, 4)", fd);
  expect(call(connect, fd, &name, 2), "connect(%ld, {sa_family=AF_UNIX}, 2)", fd);
  expect(call(connect, fd, &name, 1), "connect(%ld, %p, 1)", fd, (void*)&name);
  expect(call(connect, fd, NULL, 16), "connect(%ld, NULL, 16)", fd);
  expect(call(connect, fd, (void*)1, 16), "connect(%ld, 0x1, 16)", fd);
  memset(name.sun_path, 0xee, sizeof name.sun_path);
  strcpy(name.sun_path, "here");
  expect(call(bind, fd, &name, 7), "bind(%ld, {sa_family=AF_UNIX, sun_path=\"here\"}, 7)", fd);
  socklen_t size = 4;
  memset(&name, 0xee, sizeof name);
  expect(call(getsockname, fd, &name, &size), "getsockname(%ld, {sa_family=AF_UNIX, sun_path=\"he\"}, [4 => 7])", fd);
  name.sun_family = AF_UNIX;
  memcpy(name.sun_path, "\0abstract\0x", 11);
  expect(call(connect, fd, &name, 13), "connect(%ld, {sa_family=AF_UNIX, sun_path=@\"abstract\\0x\"}, 13)", fd);
}

static void internet_addresses(void) {
  const long fd = call(socket, AF_INET, SOCK_STREAM, IPPROTO_TCP);
  expect(fd, "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)");
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  expect(call(bind, fd, &name, sizeof name), "bind(%ld, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr(\"127.0.0.1\")}, 16)", fd);
  expect(call(bind, fd, &name, 7), "bind(%ld, {sa_family=AF_INET, sa_data=\"\\0\\0\\177\\0\\0\"}, 7)", fd);
  expect(call(listen, fd, 5), "listen(%ld, 5)", fd);
  socklen_t size = sizeof name;
  const long told = call(getsockname, fd, &name, &size);
  expect(told, "getsockname(%ld, {sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr(\"127.0.0.1\")}, [16])", fd, ntohs(name.sin_port));
  // A buffer that is too small holds the beginning; the length is what it would have taken.
  memset(&name, 0xee, sizeof name);
  size = 1;
  expect(call(getsockname, fd, &name, &size), "getsockname(%ld, %p, [1 => 16])", fd, (void*)&name);
  size = 2;
  expect(call(getsockname, fd, &name, &size), "getsockname(%ld, {sa_family=AF_INET}, [2 => 16])", fd);
  size = sizeof name;
  expect(call(getpeername, fd, &name, &size), "getpeername(%ld, %p, [16])", fd, (void*)&name);
  expect(call(getsockname, fd, NULL, NULL), "getsockname(%ld, NULL, NULL)", fd);
  const struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(80), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  expect(call(connect, fd, &six, sizeof six),
         "connect(%ld, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"::1\", &sin6_addr), "
         "sin6_scope_id=0}, 28)",
         fd);
  const struct sockaddr none = {.sa_family = AF_UNSPEC};
  expect(call(connect, fd, &none, 2), "connect(%ld, {sa_family=AF_UNSPEC}, 2)", fd);
}

static void options(void) {
  const long fd = call(socket, AF_INET, SOCK_STREAM, 0);
  expect(fd, "socket(AF_INET, SOCK_STREAM, IPPROTO_IP)");
  int number = 1;
  socklen_t size = sizeof number;
  expect(call(setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &number, size), "setsockopt(%ld, SOL_SOCKET, SO_REUSEADDR, [1], 4)", fd);
  expect(call(getsockopt, fd, SOL_SOCKET, SO_TYPE, &number, &size), "getsockopt(%ld, SOL_SOCKET, SO_TYPE, [1], [4])", fd);
  expect(call(setsockopt, fd, SOL_TCP, TCP_NODELAY, &number, 4), "setsockopt(%ld, SOL_TCP, TCP_NODELAY, [1], 4)", fd);
  expect(call(setsockopt, fd, SOL_SOCKET, 999, &number, 4), "setsockopt(%ld, SOL_SOCKET, 0x3e7 /* SO_??? */, [1], 4)", fd);
  expect(call(setsockopt, fd, SOL_SOCKET, SO_KEEPALIVE, NULL, 4), "setsockopt(%ld, SOL_SOCKET, SO_KEEPALIVE, NULL, 4)", fd);
  expect(call(setsockopt, fd, SOL_TCP, TCP_CONGESTION, "bogus", 5), "setsockopt(%ld, SOL_TCP, TCP_CONGESTION, \"bogus\", 5)", fd);
  struct sock_filter code[] = {{BPF_LD | BPF_H | BPF_ABS, 0, 0, 12}, {BPF_RET | BPF_K, 0, 0, 0xffff}};
  const struct sock_fprog program = {2, code};
  expect(call(setsockopt, fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program),
         "setsockopt(%ld, SOL_SOCKET, SO_ATTACH_FILTER, {len=2, filter=[BPF_STMT(BPF_LD|BPF_H|BPF_ABS, 0xc), BPF_STMT(BPF_RET|BPF_K, 0xffff)]}, %zu)",
         fd, sizeof program);
  struct sock_filter got[2];
  socklen_t instructions = 2;
  expect(call(getsockopt, fd, SOL_SOCKET, SO_GET_FILTER, got, &instructions),
         "getsockopt(%ld, SOL_SOCKET, SO_GET_FILTER, [BPF_STMT(BPF_LD|BPF_H|BPF_ABS, 0xc), BPF_STMT(BPF_RET|BPF_K, 0xffff)], [2])", fd);
  const struct linger linger = {.l_onoff = 1, .l_linger = 5};
  expect(call(setsockopt, fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger),
         "setsockopt(%ld, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8)", fd);
  const struct {
    long seconds, microseconds;
  } patience = {3, 500000};
  const long set = call(setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  unlike_strace_6_1("it shows a time-out as the bytes that it is made of");
  expect(set, "setsockopt(%ld, SOL_SOCKET, SO_RCVTIMEO_OLD, {tv_sec=3, tv_usec=500000}, %zu)", fd, sizeof patience);
  expect(call(getsockopt, fd, SOL_SOCKET, SO_PEERSEC, &number, &size), "getsockopt(%ld, SOL_SOCKET, SO_PEERSEC, %p, [4])", fd, (void*)&number);
}

int main(void) {
  begin();
  makes();
  unix_addresses();
  internet_addresses();
  options();
  end();
}
