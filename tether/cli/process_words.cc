#include "tether/cli/process_words.h"

#include <grp.h>
#include <linux/major.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/sysmacros.h>

#include <array>
#include <bit>

#include "tether/base/capability_name.h"
#include "tether/decode/names.h"

namespace tether::cli {

namespace {

struct NamedState {
  char letter;
  std::string_view name;
};

constexpr NamedState kStates[] = {{'R', "running"},
                                  {'S', "sleeping"},
                                  {'D', "in uninterruptible sleep"},
                                  {'T', "stopped"},
                                  {'t', "stopped by a tracer"},
                                  {'Z', "a zombie: ended, not yet waited for"},
                                  {'X', "dead"},
                                  {'I', "idle"}};

struct NamedPolicy {
  std::uint32_t number;
  std::string_view name;
};

constexpr NamedPolicy kPolicies[] = {{SCHED_OTHER, "SCHED_OTHER"}, {SCHED_FIFO, "SCHED_FIFO"},
                                     {SCHED_RR, "SCHED_RR"},       {SCHED_BATCH, "SCHED_BATCH"},
                                     {SCHED_IDLE, "SCHED_IDLE"},   {SCHED_DEADLINE, "SCHED_DEADLINE"}};

std::uint64_t all_capabilities() {
  return (std::uint64_t{1} << capability_count()) - 1;
}

std::string capability_names(std::uint64_t mask) {
  std::string text;
  for (unsigned number = 0; number < 64; ++number) {
    if ((mask >> number & 1) == 0) continue;
    const std::string_view name = find_capability_name(number);
    text += (text.empty() ? "" : " ") + (name.empty() ? std::to_string(number) : std::string(name));
  }
  return text;
}

}  // namespace

std::string_view state_name(char state) {
  for (const NamedState& row : kStates)
    if (row.letter == state) return row.name;
  return "in an unknown state";
}

std::string_view policy_name(std::uint32_t policy) {
  for (const NamedPolicy& row : kPolicies)
    if (row.number == policy) return row.name;
  return "an unknown policy";
}

std::string user_name(std::uint32_t uid) {
  const passwd* entry = ::getpwuid(uid);
  return entry == nullptr ? std::string() : entry->pw_name;
}

std::string group_name(std::uint32_t gid) {
  const ::group* entry = ::getgrgid(gid);
  return entry == nullptr ? std::string() : entry->gr_name;
}

std::string terminal_name(std::uint32_t device) {
  if (device == 0) return "none";
  // The kernel packs it in its newer way (new_encode_dev), as stat(2) did before dev_t became 64 bits wide.
  const unsigned major = device >> 8 & 0xfff;
  const unsigned minor = (device & 0xff) | (device >> 12 & 0xfff00);
  if (major >= UNIX98_PTY_SLAVE_MAJOR && major < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT)
    return "pts/" + std::to_string((major - UNIX98_PTY_SLAVE_MAJOR) << 8 | minor);
  constexpr unsigned kFirstSerial = 64;  // Documentation/admin-guide/devices.txt
  if (major == TTY_MAJOR && minor < kFirstSerial) return "tty" + std::to_string(minor);
  if (major == TTY_MAJOR) return "ttyS" + std::to_string(minor - kFirstSerial);
  return "device " + std::to_string(major) + ":" + std::to_string(minor);
}

std::string call_name_of(const ThreadFacts& thread, const ProcessFacts& facts) {
  if (!thread.call || !thread.call->number) return {};
  const SyscallNr nr{.abi = facts.word_bits == 32u ? Abi::I386 : Abi::X86_64, .number = *thread.call->number};
  const std::string_view name = decode::call_name(nr);
  return name.empty() ? "system call " + std::to_string(nr.number) : std::string(name);
}

std::string capability_text(std::uint64_t mask) {
  constexpr int kFew = 6;
  if (mask == 0) return "none";
  const std::uint64_t missing = all_capabilities() & ~mask;
  if (missing == 0) return "all";
  return std::popcount(missing) <= kFew ? "all but " + capability_names(missing) : capability_names(mask);
}

Json capability_json(std::uint64_t mask) {
  Json names = Json::array();
  for (unsigned number = 0; number < 64; ++number) {
    if ((mask >> number & 1) == 0) continue;
    const std::string_view name = find_capability_name(number);
    names.push_back(name.empty() ? std::to_string(number) : std::string(name));
  }
  return names;
}

std::string_view seccomp_name(int mode) {
  switch (mode) {
    case SECCOMP_MODE_DISABLED:
      return "none";
    case SECCOMP_MODE_STRICT:
      return "strict";
    case SECCOMP_MODE_FILTER:
      return "filter";
    default:
      return "an unknown mode";
  }
}

}  // namespace tether::cli
