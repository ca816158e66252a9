#include "tether/control/internal/limit_setting.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "tether/procfs/status.h"

namespace tether {

namespace {

struct LimitRow {
  std::string_view name;
  __rlimit_resource resource;
};
constexpr std::string_view kLimitPrefix = "rlimit.";
constexpr LimitRow kLimits[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};
constexpr std::string_view kLimitForm = "SOFT[:HARD], each a number (with k, M or G) or unlimited";

std::string limit_text(rlim_t value) {
  return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
}

std::optional<rlim_t> parse_limit(std::string_view text) {
  if (text == "unlimited") return RLIM_INFINITY;
  static constexpr std::pair<char, int> kUnits[] = {{'k', 10}, {'M', 20}, {'G', 30}};
  int shift = 0;
  for (const auto& [unit, bits] : kUnits)
    if (text.ends_with(unit)) shift = bits;
  if (shift != 0) text.remove_suffix(1);
  const auto value = parse_whole<rlim_t>(text);
  if (!value || *value > (RLIM_INFINITY >> shift)) return std::nullopt;
  return *value << shift;
}

struct LimitPair {
  rlim_t soft;
  rlim_t hard;
};

Result<LimitPair> parse_limits(const LimitRow& row, std::string_view value, rlim_t hard_now) {
  const std::size_t colon = value.find(':');
  const auto soft = parse_limit(value.substr(0, colon));
  const auto hard =
      colon == std::string_view::npos ? std::max(hard_now, soft.value_or(0)) : parse_limit(value.substr(colon + 1));
  if (!soft || !hard || *soft > *hard)
    return fail(bad_value(std::string(kLimitPrefix) + std::string(row.name), value, kLimitForm));
  return LimitPair{.soft = *soft, .hard = *hard};
}

Result<rlimit> get_limit(Tid tid, const LimitRow& row) {
  rlimit now;
  if (::prlimit(tid.value, row.resource, nullptr, &now) != 0) return fail(errno_error(errno, "prlimit"));
  return now;
}

std::string text_of(rlim_t soft, rlim_t hard) {
  return limit_text(soft) + ":" + limit_text(hard);
}

const LimitRow* find_limit(std::string_view name) {
  if (!name.starts_with(kLimitPrefix)) return nullptr;
  const auto found = std::ranges::find(kLimits, name.substr(kLimitPrefix.size()), &LimitRow::name);
  return found == std::end(kLimits) ? nullptr : &*found;
}

const LimitRow& row_of(std::string_view name) {
  return *find_limit(name);
}

}  // namespace

Error bad_value(std::string_view name, std::string_view value, std::string_view wanted) {
  return {.code = ErrorCode::Malformed,
          .message = std::string(name) + " cannot be '" + std::string(value) + "'",
          .hint = "it takes " + std::string(wanted)};
}

std::vector<std::string> limit_names() {
  std::vector<std::string> names;
  for (const LimitRow& row : kLimits) names.push_back(std::string(kLimitPrefix) + std::string(row.name));
  return names;
}

bool is_limit(std::string_view name) {
  return find_limit(name) != nullptr;
}

Result<std::string> canonical_limit(Tid tid, std::string_view name, std::string_view value) {
  const rlimit now = TETHER_TRY(get_limit(tid, row_of(name)));
  const LimitPair pair = TETHER_TRY(parse_limits(row_of(name), value, now.rlim_max));
  return text_of(pair.soft, pair.hard);
}

Result<std::string> read_limit(Tid tid, std::string_view name) {
  const rlimit limit = TETHER_TRY(get_limit(tid, row_of(name)));
  return text_of(limit.rlim_cur, limit.rlim_max);
}

Result<void> check_revocable(const Changes& changes, Tid tid, std::string_view name, std::string_view value) {
  const LimitRow& row = row_of(name);
  const rlimit now = TETHER_TRY(get_limit(tid, row));
  const LimitPair wanted = TETHER_TRY(parse_limits(row, value, now.rlim_max));
  const procfs::Status own = TETHER_TRY(procfs::read_status(Tid(::getpid())));
  const bool may_raise = (own.effective_capabilities >> CAP_SYS_RESOURCE & 1) != 0;
  if (may_raise || wanted.hard >= now.rlim_max) return ok();
  return changes.allow_irrevocable("only CAP_SYS_RESOURCE may raise the hard limit of " + limit_text(now.rlim_max) +
                                   " again");
}

Result<void> write_limit(Tid tid, std::string_view name, std::string_view value) {
  const LimitRow& row = row_of(name);
  const rlimit now = TETHER_TRY(get_limit(tid, row));
  const LimitPair pair = TETHER_TRY(parse_limits(row, value, now.rlim_max));
  const rlimit wanted{.rlim_cur = pair.soft, .rlim_max = pair.hard};
  if (::prlimit(tid.value, row.resource, &wanted, nullptr) == 0) return ok();
  const std::string what = "setting " + std::string(name) + " to " + text_of(pair.soft, pair.hard);
  return fail(errno_error(errno, what)
                  .with_hint("only CAP_SYS_RESOURCE may raise a hard limit, which is " + limit_text(now.rlim_max)));
}

}  // namespace tether
