// Messages on sockets: buffers, headers, descriptors and credentials that travel along.
#include "predict.h"
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static union {
  char bytes[256];
  struct cmsghdr head;
} control;

static size_t put_control(int type, const void* data, size_t size) {
  memset(&control, 0, sizeof control);
  control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(size), .cmsg_level = SOL_SOCKET, .cmsg_type = type};
  memcpy(CMSG_DATA(&control.head), data, size);
  return CMSG_SPACE(size);
}

int main(void) {
  int pair[2], fds[2] = {0, 1};
  const struct ucred me = {getpid(), getuid(), getgid()};
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
  char buffer[16] = "";
  begin();
  expect(call(sendto, pair[0], "hello", 5, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0), "sendto(%d, \"hello\", 5, MSG_DONTWAIT|MSG_NOSIGNAL, NULL, 0)", pair[0]);
  expect(call(recvfrom, pair[1], buffer, 3, MSG_PEEK, NULL, NULL), "recvfrom(%d, \"hel\", 3, MSG_PEEK, NULL, NULL)", pair[1]);
  expect(call(recvfrom, pair[1], buffer, 3, MSG_TRUNC, NULL, NULL), "recvfrom(%d, \"hel\", 3, MSG_TRUNC, NULL, NULL)", pair[1]);
  expect(call(recvfrom, pair[1], buffer, 3, MSG_DONTWAIT, NULL, NULL), "recvfrom(%d, %p, 3, MSG_DONTWAIT, NULL, NULL)", pair[1], (void*)buffer);

  struct iovec out[2] = {{"one", 3}, {"two", 3}};
  struct msghdr message = {.msg_iov = out, .msg_iovlen = 2};
  expect(call(sendmsg, pair[0], &message, 0),
         "sendmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"one\", iov_len=3}, {iov_base=\"two\", iov_len=3}], msg_iovlen=2, "
         "msg_controllen=0, msg_flags=0}, 0)",
         pair[0]);
  struct iovec in = {buffer, sizeof buffer};
  struct msghdr received = {.msg_iov = &in, .msg_iovlen = 1};
  expect(call(recvmsg, pair[1], &received, 0),
         "recvmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"onetwo\", iov_len=16}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0)",
         pair[1]);

  message = (struct msghdr){.msg_iov = out, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = put_control(SCM_RIGHTS, fds, sizeof fds)};
  expect(call(sendmsg, pair[0], &message, 0),
         "sendmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"one\", iov_len=3}], msg_iovlen=1, msg_control=[{cmsg_len=%zu, "
         "cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[0, 1]}], msg_controllen=%zu, msg_flags=0}, 0)",
         pair[0], (size_t)CMSG_LEN(8), (size_t)CMSG_SPACE(8));
  received = (struct msghdr){.msg_iov = &in, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  const long got = call(recvmsg, pair[1], &received, MSG_CMSG_CLOEXEC);
  memcpy(fds, CMSG_DATA(&control.head), sizeof fds);
  expect(got,
         "recvmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"one\", iov_len=16}], msg_iovlen=1, msg_control=[{cmsg_len=%zu, "
         "cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[%d, %d]}], msg_controllen=%zu, msg_flags=MSG_CMSG_CLOEXEC}, MSG_CMSG_CLOEXEC)",
         pair[1], (size_t)CMSG_LEN(8), fds[0], fds[1], (size_t)CMSG_SPACE(8));
  message.msg_controllen = put_control(SCM_CREDENTIALS, &me, sizeof me);
  expect(call(sendmsg, pair[0], &message, 0),
         "sendmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"one\", iov_len=3}], msg_iovlen=1, msg_control=[{cmsg_len=%zu, "
         "cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=%d, uid=%u, gid=%u}}], msg_controllen=%zu, msg_flags=0}, 0)",
         pair[0], (size_t)CMSG_LEN(12), me.pid, me.uid, me.gid, (size_t)CMSG_SPACE(12));
  expect(call(recvmsg, -1, &received, 0), "recvmsg(-1, {msg_namelen=0}, 0)");
  expect(call(sendmsg, -1, NULL, 0), "sendmsg(-1, NULL, 0)");

  struct mmsghdr many[2] = {{{.msg_iov = out, .msg_iovlen = 1}, 0}, {{.msg_iov = out + 1, .msg_iovlen = 1}, 0}};
  expect(call(sendmmsg, pair[0], many, 2, 0),
         "sendmmsg(%d, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"one\", iov_len=3}], msg_iovlen=1, msg_controllen=0, "
         "msg_flags=0}, msg_len=3}, {msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"two\", iov_len=3}], msg_iovlen=1, "
         "msg_controllen=0, msg_flags=0}, msg_len=3}], 2, 0)",
         pair[0]);
  many[0].msg_len = many[1].msg_len = 0;
  expect(call(sendmmsg, -1, many, 1, MSG_DONTWAIT),
         "sendmmsg(-1, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"one\", iov_len=3}], msg_iovlen=1, msg_controllen=0, "
         "msg_flags=0}}], 1, MSG_DONTWAIT)");

  // No more than came is shown of a buffer.
  int fresh[2];
  char room[2][8] = {"........", "........"};
  struct iovec into[2] = {{room[0], 8}, {room[1], 8}};
  struct mmsghdr few[2] = {{{.msg_iov = into, .msg_iovlen = 1}, 0}, {{.msg_iov = into + 1, .msg_iovlen = 1}, 0}};
  const long made = call(socketpair, AF_UNIX, SOCK_DGRAM, 0, fresh);
  expect(made, "socketpair(AF_UNIX, SOCK_DGRAM, 0, [%d, %d])", fresh[0], fresh[1]);
  expect(call(sendmsg, fresh[0], &many[0].msg_hdr, 0),
         "sendmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"one\", iov_len=3}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0)", fresh[0]);
  expect(call(recvmmsg, fresh[1], few, 2, MSG_DONTWAIT, NULL),
         "recvmmsg(%d, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"one\", iov_len=8}], msg_iovlen=1, msg_controllen=0, "
         "msg_flags=0}, msg_len=3}], 2, MSG_DONTWAIT, NULL)", fresh[1]);

  // An error's number is negative and has a name.
  const struct nlmsghdr request = {.nlmsg_len = sizeof request, .nlmsg_type = 9999, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK};
  const struct sockaddr_nl any = {.nl_family = AF_NETLINK};
  const long netlink = call(socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  expect(netlink, "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)");
  expect(call(bind, netlink, &any, sizeof any), "bind(%ld, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12)", netlink);
  expect(call(sendto, netlink, &request, sizeof request, 0, NULL, 0),
         "sendto(%ld, {nlmsg_len=16, nlmsg_type=0x270f /* RTM_??? */, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK, nlmsg_seq=0, nlmsg_pid=0}, 16, 0, NULL, 0)",
         netlink);
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
  } answer;
  const long answered = call(recvfrom, netlink, &answer, sizeof answer, 0, NULL, NULL);
  expect(answered,
         "recvfrom(%ld, [{nlmsg_len=36, nlmsg_type=NLMSG_ERROR, nlmsg_flags=0, nlmsg_seq=0, nlmsg_pid=%u}, {error=-EOPNOTSUPP, "
         "msg={nlmsg_len=16, nlmsg_type=0x270f /* RTM_??? */, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK, nlmsg_seq=0, nlmsg_pid=0}}], 36, 0, NULL, NULL)",
         netlink, answer.head.nlmsg_pid);

  // What explains an error stands behind the message that it quotes, or behind that one's header.
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
    unsigned char quoted[8];
    struct nlattr attribute;
    char text[8];
  } explained = {.head = {.nlmsg_len = sizeof explained, .nlmsg_type = NLMSG_ERROR, .nlmsg_flags = NLM_F_ACK_TLVS},
                 .error = {.error = -22, .msg = {.nlmsg_len = 22, .nlmsg_type = 9999}},
                 .attribute = {.nla_len = 12, .nla_type = NLMSGERR_ATTR_MSG},
                 .text = "because"};
  unlike_strace_6_1("it does not look for it at a multiple of four bytes");
  expect(call(sendto, netlink, &explained, sizeof explained, 0, NULL, 0),
         "sendto(%ld, [{nlmsg_len=56, nlmsg_type=NLMSG_ERROR, nlmsg_flags=NLM_F_ACK_TLVS, nlmsg_seq=0, nlmsg_pid=0}, [{error=-EINVAL, "
         "msg=[{nlmsg_len=22, nlmsg_type=0x270f /* RTM_??? */, nlmsg_flags=0, nlmsg_seq=0, nlmsg_pid=0}, \"\\x00\\x00\\x00\\x00\\x00\\x00\"]}, "
         "[{nla_len=12, nla_type=NLMSGERR_ATTR_MSG}, \"because\"]]], 56, 0, NULL, 0)",
         netlink);
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
    struct nlattr attribute;
    char text[8];
  } capped = {.head = {.nlmsg_len = sizeof capped, .nlmsg_type = NLMSG_ERROR, .nlmsg_flags = NLM_F_CAPPED | NLM_F_ACK_TLVS},
              .error = {.error = -22, .msg = {.nlmsg_len = 22, .nlmsg_type = 9999}},
              .attribute = {.nla_len = 12, .nla_type = NLMSGERR_ATTR_MSG},
              .text = "because"};
  expect(call(sendto, netlink, &capped, sizeof capped, 0, NULL, 0),
         "sendto(%ld, [{nlmsg_len=48, nlmsg_type=NLMSG_ERROR, nlmsg_flags=NLM_F_CAPPED|NLM_F_ACK_TLVS, nlmsg_seq=0, nlmsg_pid=0}, "
         "[{error=-EINVAL, msg={nlmsg_len=22, nlmsg_type=0x270f /* RTM_??? */, nlmsg_flags=0, nlmsg_seq=0, nlmsg_pid=0}}, "
         "[{nla_len=12, nla_type=NLMSGERR_ATTR_MSG}, \"because\"]]], 48, 0, NULL, 0)",
         netlink);
  end();
}
