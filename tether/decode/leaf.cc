// The table of kinds: which function makes a Value of which scalar.

#include "tether/decode/internal/leaf.h"

#include <array>

namespace tether::decode {
namespace {

struct KindRow {
  Kind kind;
  LeafFunction make;
};

constexpr KindRow kRows[] = {
    {Kind::Int, signed_leaf},
    {Kind::Uint, unsigned_leaf},
    {Kind::Hex, hex_leaf},
    {Kind::Oct, octal_leaf},
    {Kind::Long, signed_leaf},
    {Kind::Ulong, unsigned_leaf},
    {Kind::Size, unsigned_leaf},
    {Kind::Loff, signed_leaf},
    {Kind::U8, unsigned_leaf},
    {Kind::U16, unsigned_leaf},
    {Kind::U32, unsigned_leaf},
    {Kind::U64, unsigned_leaf},
    {Kind::S8, signed_leaf},
    {Kind::S16, signed_leaf},
    {Kind::S32, signed_leaf},
    {Kind::S64, signed_leaf},
    {Kind::Octet, hex_leaf},
    {Kind::Hex8, hex8_leaf},
    {Kind::Pages, pages_leaf},
    {Kind::Addr, address_leaf},
    {Kind::Handler, handler_leaf},
    {Kind::Fd, descriptor_leaf},
    {Kind::Dirfd, descriptor_leaf},
    {Kind::Pid, pid_leaf},
    {Kind::Tid, pid_leaf},
    {Kind::Pgid, pid_leaf},
    {Kind::Uid, owner_leaf},
    {Kind::Gid, owner_leaf},
    {Kind::Signal, signal_leaf},
    {Kind::Sigset, sigset_leaf},
    {Kind::Wstatus, wait_status_leaf},
    {Kind::Siginfo, siginfo_leaf},
    {Kind::Umode, umode_leaf},
    {Kind::Filemode, filemode_leaf},
    {Kind::Dev, device_leaf},
    {Kind::Clockid, clockid_leaf},
    {Kind::Epoch, epoch_leaf},
    {Kind::Be16, be16_leaf},
    {Kind::Le16, le16_leaf},
    {Kind::Be32, be32_leaf},
    {Kind::Inet4, inet4_leaf},
    {Kind::Inet6, inet6_leaf},
    {Kind::InetOf, inet_of_leaf},
    {Kind::UnixPath, unix_path_leaf},
    {Kind::Mac, mac_leaf},
    {Kind::Ifindex, interface_leaf},
    {Kind::IoctlCmd, ioctl_command_leaf},
    {Kind::IoctlArg, hex_leaf},  // only of requests that the tables do not know
    {Kind::SockoptName, sockopt_name_leaf},
    {Kind::SockoptValue, hex_leaf},  // likewise, and not even behind a pointer
    {Kind::Fdset, fdset_leaf},
    {Kind::Cpumask, cpumask_leaf},
    {Kind::Qcmd, quota_command_leaf},
    {Kind::Rlim, rlim_leaf},
    {Kind::Ioprio, ioprio_leaf},
    {Kind::Kver, kernel_version_leaf},
    {Kind::BpfProg, bpf_program_leaf},
    {Kind::EpollData, epoll_data_leaf},
    {Kind::Dirents, old_dirents_leaf},
    {Kind::CapSet, capability_set_leaf},
    {Kind::Error, error_leaf},
    {Kind::UserOffset, user_offset_leaf},
    {Kind::SyscallOf, syscall_number_leaf},
    {Kind::FutexOpWord, futex_op_word_leaf},
    {Kind::Never, signed_leaf},
};

#define X(name, Name, width) +1
constexpr std::size_t kScalarKinds = 1 TETHER_SCALAR_KINDS(X);  // one more: Kind::None
#undef X

constexpr auto kMakers = [] {
  std::array<LeafFunction, kScalarKinds> makers{};
  makers.fill(hex_leaf);
  for (const KindRow& row : kRows) makers[static_cast<std::size_t>(row.kind)] = row.make;
  return makers;
}();
static_assert(std::size(kRows) == kScalarKinds - 1, "a kind without a function");

}  // namespace

Value make_leaf(const LeafContext& context, const Leaf& leaf) {
  return leaf.type.kind < kMakers.size() ? kMakers[leaf.type.kind](context, leaf) : hex_leaf(context, leaf);
}

}  // namespace tether::decode
