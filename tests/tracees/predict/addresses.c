// Addresses of the rarer families, and what has names for the numbers of its elements. The descriptor is none, so that
// it does not matter which protocols the kernel has.
#include "predict.h"
#include <linux/can.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static void bluetooth(void) {
  unsigned char address[16] = {31, 0, 1, 0x10, 3, 0, 0, 0, 7, 0, 4, 0, 1, 0};
  expect(call(connect, -1, address, 6), "connect(-1, {sa_family=AF_BLUETOOTH, hci_dev=htobs(4097), hci_channel=HCI_CHANNEL_CONTROL}, 6)");
  expect(call(connect, -1, address, 8), "connect(-1, {sa_family=AF_BLUETOOTH, sco_bdaddr=01:10:03:00:00:00}, 8)");
  expect(call(connect, -1, address, 10), "connect(-1, {sa_family=AF_BLUETOOTH, rc_bdaddr=01:10:03:00:00:00, rc_channel=7}, 10)");
  expect(call(connect, -1, address, 14),
         "connect(-1, {sa_family=AF_BLUETOOTH, l2_psm=htobs(L2CAP_PSM_DYN_START), l2_bdaddr=03:00:00:00:07:00, "
         "l2_cid=htobs(L2CAP_CID_ATT), l2_bdaddr_type=BDADDR_LE_PUBLIC}, 14)");
  expect(call(connect, -1, address, 9), "connect(-1, {sa_family=AF_BLUETOOTH, sa_data=\"\\1\\20\\3\\0\\0\\0\\7\"}, 9)");
}

static void others(void) {
  const struct sockaddr_can can = {.can_family = AF_CAN, .can_ifindex = 0, .can_addr.tp = {.rx_id = 1, .tx_id = 2}};
  unlike_strace_6_1("it does not know the family");
  expect(call(bind, -1, &can, 8), "bind(-1, {sa_family=AF_CAN, can_ifindex=0}, 8)");
  const unsigned char ipx[16] = {4, 0, 3, 4, 0, 0, 0, 0, 9, 10, 11, 12, 13, 14, 15, 0};
  expect(call(bind, -1, ipx, 16),
         "bind(-1, {sa_family=AF_IPX, sipx_port=htons(772), sipx_network=htonl(0), sipx_node=[0x9, 0xa, 0xb, 0xc, 0xd, 0xe], "
         "sipx_type=0xf}, 16)");
  const unsigned char x25[18] = {9, 0, '1', '2', '3'};
  expect(call(bind, -1, x25, 18), "bind(-1, {sa_family=AF_X25, sx25_addr={x25_addr=\"123\"}}, 18)");
}

static void lengths_without_address(void) {
  socklen_t size = 7;
  expect(call(getsockname, -1, NULL, &size), "getsockname(-1, NULL, %p)", (void*)&size);
  expect(call(accept4, -1, NULL, &size, 0), "accept4(-1, NULL, %p, 0)", (void*)&size);
}

static void named_elements(void) {
  unsigned workers[3] = {5, 6, 7};
  unlike_strace_6_1("it shows the pointer again");
  expect(call(io_uring_register, -1, IORING_REGISTER_IOWQ_MAX_WORKERS, workers, 3),
         "io_uring_register(-1, IORING_REGISTER_IOWQ_MAX_WORKERS, [[IO_WQ_BOUND]=5, [IO_WQ_UNBOUND]=6, [2 /* IO_WQ_??? */]=7], 3)");
  struct {
    struct nlmsghdr head;
    struct ifinfomsg link;
    struct nlattr families, family, settings;
    int values[2];
  } message = {
      {sizeof message, RTM_SETLINK, NLM_F_REQUEST, 0, 0}, {.ifi_family = AF_UNSPEC, .ifi_index = 0}, {20, 26}, {16, AF_INET}, {12, 1}, {1, 2}};
  const struct sockaddr_nl any = {.nl_family = AF_NETLINK};
  const long fd = call(socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  expect(fd, "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)");
  expect(call(bind, fd, &any, sizeof any), "bind(%ld, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12)", fd);
  expect(call(sendto, fd, &message, sizeof message, 0, (void*)1, 12),
         "sendto(%ld, [{nlmsg_len=52, nlmsg_type=RTM_SETLINK, nlmsg_flags=NLM_F_REQUEST, nlmsg_seq=0, nlmsg_pid=0}, {ifi_family=AF_UNSPEC, "
         "ifi_type=ARPHRD_NETROM, ifi_index=0, ifi_flags=0, ifi_change=0}, [{nla_len=20, nla_type=IFLA_AF_SPEC}, [{nla_len=16, "
         "nla_type=AF_INET}, [{nla_len=12, nla_type=IFLA_INET_CONF}, [[IPV4_DEVCONF_FORWARDING-1]=1, "
         "[IPV4_DEVCONF_MC_FORWARDING-1]=2]]]]], 52, 0, 0x1, 12)",
         fd);
}

int main(void) {
  begin();
  bluetooth();
  others();
  lengths_without_address();
  named_elements();
  end();
}
