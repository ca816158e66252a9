#include "tether/base/capability_name.h"

#include <linux/capability.h>

#include <array>

namespace tether {

namespace {

struct NamedCapability {
  unsigned number;
  std::string_view name;
};

#define TETHER_CAPABILITY(name) \
  NamedCapability {             \
    name, #name                 \
  }
constexpr NamedCapability kCapabilities[] = {
    TETHER_CAPABILITY(CAP_CHOWN),
    TETHER_CAPABILITY(CAP_DAC_OVERRIDE),
    TETHER_CAPABILITY(CAP_DAC_READ_SEARCH),
    TETHER_CAPABILITY(CAP_FOWNER),
    TETHER_CAPABILITY(CAP_FSETID),
    TETHER_CAPABILITY(CAP_KILL),
    TETHER_CAPABILITY(CAP_SETGID),
    TETHER_CAPABILITY(CAP_SETUID),
    TETHER_CAPABILITY(CAP_SETPCAP),
    TETHER_CAPABILITY(CAP_LINUX_IMMUTABLE),
    TETHER_CAPABILITY(CAP_NET_BIND_SERVICE),
    TETHER_CAPABILITY(CAP_NET_BROADCAST),
    TETHER_CAPABILITY(CAP_NET_ADMIN),
    TETHER_CAPABILITY(CAP_NET_RAW),
    TETHER_CAPABILITY(CAP_IPC_LOCK),
    TETHER_CAPABILITY(CAP_IPC_OWNER),
    TETHER_CAPABILITY(CAP_SYS_MODULE),
    TETHER_CAPABILITY(CAP_SYS_RAWIO),
    TETHER_CAPABILITY(CAP_SYS_CHROOT),
    TETHER_CAPABILITY(CAP_SYS_PTRACE),
    TETHER_CAPABILITY(CAP_SYS_PACCT),
    TETHER_CAPABILITY(CAP_SYS_ADMIN),
    TETHER_CAPABILITY(CAP_SYS_BOOT),
    TETHER_CAPABILITY(CAP_SYS_NICE),
    TETHER_CAPABILITY(CAP_SYS_RESOURCE),
    TETHER_CAPABILITY(CAP_SYS_TIME),
    TETHER_CAPABILITY(CAP_SYS_TTY_CONFIG),
    TETHER_CAPABILITY(CAP_MKNOD),
    TETHER_CAPABILITY(CAP_LEASE),
    TETHER_CAPABILITY(CAP_AUDIT_WRITE),
    TETHER_CAPABILITY(CAP_AUDIT_CONTROL),
    TETHER_CAPABILITY(CAP_SETFCAP),
    TETHER_CAPABILITY(CAP_MAC_OVERRIDE),
    TETHER_CAPABILITY(CAP_MAC_ADMIN),
    TETHER_CAPABILITY(CAP_SYSLOG),
    TETHER_CAPABILITY(CAP_WAKE_ALARM),
    TETHER_CAPABILITY(CAP_BLOCK_SUSPEND),
    TETHER_CAPABILITY(CAP_AUDIT_READ),
    TETHER_CAPABILITY(CAP_PERFMON),
    TETHER_CAPABILITY(CAP_BPF),
    TETHER_CAPABILITY(CAP_CHECKPOINT_RESTORE),
};
#undef TETHER_CAPABILITY

constexpr auto kCapabilityNames = [] {
  std::array<std::string_view, CAP_LAST_CAP + 1> names{};
  for (const NamedCapability& capability : kCapabilities) names[capability.number] = capability.name;
  return names;
}();

}  // namespace

std::string_view find_capability_name(unsigned number) {
  return number < kCapabilityNames.size() ? kCapabilityNames[number] : std::string_view();
}

unsigned capability_count() {
  return kCapabilityNames.size();
}

}  // namespace tether
