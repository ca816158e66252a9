// socketcall(2): i386's one number for all socket calls. Its first argument says which, its second points to an array
// of the real arguments. It is decoded as the call that it stands for.

#include "tether/decode/internal/irregular.h"

namespace tether::decode {
namespace {

struct Subcall {
  std::string_view name;
  std::uint32_t number;  ///< in the i386 table: a number of its own (arch/x86/entry/syscalls/syscall_32.tbl) or a row
                         ///< from kFirstSubcall on
  std::uint32_t arg_count;
};

// By SYS_SOCKET … SYS_SENDMMSG (linux/net.h).
constexpr Subcall kSubcalls[] = {{},
                                 {"socket", 359, 3},
                                 {"bind", 361, 3},
                                 {"connect", 362, 3},
                                 {"listen", 363, 2},
                                 {"accept", 1000, 3},
                                 {"getsockname", 367, 3},
                                 {"getpeername", 368, 3},
                                 {"socketpair", 360, 4},
                                 {"send", 1001, 4},
                                 {"recv", 1002, 4},
                                 {"sendto", 369, 6},
                                 {"recvfrom", 371, 6},
                                 {"shutdown", 373, 2},
                                 {"setsockopt", 366, 5},
                                 {"getsockopt", 365, 5},
                                 {"sendmsg", 370, 3},
                                 {"recvmsg", 372, 3},
                                 {"accept4", 364, 4},
                                 {"recvmmsg", 337, 5},
                                 {"sendmmsg", 345, 4}};

}  // namespace

std::optional<SocketSubcall> find_socket_subcall(const Tables& tables, std::uint64_t which) {
  if (which >= std::size(kSubcalls)) return std::nullopt;
  const Subcall& subcall = kSubcalls[which];
  if (subcall.name.empty() || subcall.number >= tables.calls.size()) return std::nullopt;
  if (tables.string(tables.calls[subcall.number].name) != subcall.name) return std::nullopt;
  return SocketSubcall{subcall.number, subcall.arg_count};
}

}  // namespace tether::decode
