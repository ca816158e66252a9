// Opens one descriptor of each kind that there is more to say of than a path, and asks fsync(2) of each, in this order:
// a character device, a deleted file, a pipe, a pidfd, a listening TCP socket and both ends of a connection to it, a
// connected UDP socket, a socket of no address, a listening Unix socket by name and one by abstract name, a pair, netlink.
// Descriptors are of its working directory; it prints the two ports of the TCP connection.
#include "tracee.h"
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static int fds[16];
static int fd_count;

static int keep(int fd) {
  CHECK(fd >= 0);
  return fds[fd_count++] = fd;
}

static void internet(void) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof name;
  const int server = keep(socket(AF_INET, SOCK_STREAM, 0));
  CHECK(bind(server, (struct sockaddr*)&name, size) == 0 && listen(server, 1) == 0);
  CHECK(getsockname(server, (struct sockaddr*)&name, &size) == 0);
  const int client = keep(socket(AF_INET, SOCK_STREAM, 0));
  CHECK(connect(client, (struct sockaddr*)&name, size) == 0);
  keep(accept(server, NULL, NULL));
  const int port = ntohs(name.sin_port);
  CHECK(getsockname(client, (struct sockaddr*)&name, &size) == 0);
  printf("%d %d\n", port, ntohs(name.sin_port));
  fflush(stdout);
  name.sin_port = htons(9);
  CHECK(connect(keep(socket(AF_INET, SOCK_DGRAM, 0)), (struct sockaddr*)&name, size) == 0);
  keep(socket(AF_INET, SOCK_STREAM, 0));
}

static void local(void) {
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "a \"socket\""};
  unlink(name.sun_path);
  const int server = keep(socket(AF_UNIX, SOCK_STREAM, 0));
  CHECK(bind(server, (struct sockaddr*)&name, sizeof name) == 0 && listen(server, 1) == 0);
  const int n = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "descriptor_kinds %d", (int)getpid());
  name.sun_path[0] = 0;
  const int abstract = keep(socket(AF_UNIX, SOCK_DGRAM, 0));
  CHECK(bind(abstract, (struct sockaddr*)&name, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)) == 0);
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  keep(pair[0]);
}

int main(void) {
  keep(open("/dev/null", O_RDONLY));
  keep(open("gone", O_CREAT | O_RDWR, 0600));
  unlink("gone");
  int ends[2];
  CHECK(pipe(ends) == 0);
  keep(ends[0]);
  keep((int)syscall(SYS_pidfd_open, getpid(), 0));
  internet();
  local();
  const int netlink = keep(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  const struct sockaddr_nl any = {.nl_family = AF_NETLINK};
  CHECK(bind(netlink, (const struct sockaddr*)&any, sizeof any) == 0);
  for (int i = 0; i < fd_count; ++i) (void)fsync(fds[i]);
  return 0;
}
