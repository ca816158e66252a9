// The names of open(2)'s flags by the kernel's numbers: the C library's header has O_LARGEFILE as 0 on x86-64, and
// cannot stand in one file with the kernel's.

#include <linux/fcntl.h>

#include <charconv>

#include "tether/procfs/fdinfo.h"

namespace tether::procfs {

namespace {

struct NamedFlag {
  std::uint32_t bits;
  std::string_view name;
};

#define TETHER_FLAG(name) \
  NamedFlag {             \
    name, #name           \
  }
// A flag that contains another comes before it.
constexpr NamedFlag kFlags[] = {TETHER_FLAG(O_APPEND),  TETHER_FLAG(O_NONBLOCK),  TETHER_FLAG(O_SYNC),
                                TETHER_FLAG(O_DSYNC),   TETHER_FLAG(O_DIRECT),    TETHER_FLAG(O_TMPFILE),
                                TETHER_FLAG(O_PATH),    TETHER_FLAG(O_DIRECTORY), TETHER_FLAG(O_NOFOLLOW),
                                TETHER_FLAG(O_NOATIME), TETHER_FLAG(FASYNC),      TETHER_FLAG(O_CREAT),
                                TETHER_FLAG(O_EXCL),    TETHER_FLAG(O_NOCTTY),    TETHER_FLAG(O_TRUNC)};
#undef TETHER_FLAG

}  // namespace

std::string open_flag_names(std::uint32_t flags) {
  std::uint32_t rest = flags & ~static_cast<std::uint32_t>(O_ACCMODE | O_CLOEXEC | O_LARGEFILE);
  std::string names;
  for (const NamedFlag& flag : kFlags) {
    if ((rest & flag.bits) != flag.bits) continue;
    rest &= ~flag.bits;
    if (!names.empty()) names += '|';
    names += flag.name;
  }
  if (rest == 0) return names;
  char octal[16];
  const auto end = std::to_chars(octal, octal + sizeof octal, rest, 8).ptr;
  return names + (names.empty() ? "0" : "|0") + std::string(octal, static_cast<std::size_t>(end - octal));
}

std::string_view access_mode_name(std::uint32_t flags) {
  if ((flags & O_PATH) != 0) return "-";
  switch (flags & O_ACCMODE) {
    case O_RDONLY:
      return "r";
    case O_WRONLY:
      return "w";
    default:
      return "rw";
  }
}

std::uint32_t large_file_flag() {
  return O_LARGEFILE;
}

bool has_cloexec(std::uint32_t flags) {
  return (flags & O_CLOEXEC) != 0;
}

}  // namespace tether::procfs
