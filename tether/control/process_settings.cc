#include "tether/control/process_settings.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <iterator>
#include <optional>
#include <utility>

#include "tether/base/nearest_name.h"
#include "tether/base/unique_fd.h"
#include "tether/control/remote_process.h"
#include "tether/control/scratch.h"
#include "tether/control/signal_mask.h"
#include "tether/procfs/status.h"
#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"

namespace tether {

namespace {

// ── Values ────────────────────────────────────────────────────────────────────────────────────────────────────────

std::unexpected<Error> malformed(std::string_view name, std::string_view value, std::string_view wanted) {
  return fail({.code = ErrorCode::Malformed,
               .message = std::string(name) + " cannot be '" + std::string(value) + "'",
               .hint = "it takes " + std::string(wanted)});
}

template <class Int>
std::optional<Int> parse_whole(std::string_view text, int base = 10) {
  Int value{};
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

// ── Limits ────────────────────────────────────────────────────────────────────────────────────────────────────────

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

/// A soft limit alone leaves the hard one, unless it is above that.
Result<LimitPair> parse_limits(const LimitRow& row, std::string_view value, rlim_t hard_now) {
  const std::size_t colon = value.find(':');
  const auto soft = parse_limit(value.substr(0, colon));
  const auto hard =
      colon == std::string_view::npos ? std::max(hard_now, soft.value_or(0)) : parse_limit(value.substr(colon + 1));
  if (!soft || !hard || *soft > *hard)
    return malformed(std::string(kLimitPrefix) + std::string(row.name), value, kLimitForm);
  return LimitPair{.soft = *soft, .hard = *hard};
}

Result<rlimit> get_limit(Tid tid, const LimitRow& row) {
  rlimit now;
  if (::prlimit(tid.value, row.resource, nullptr, &now) != 0) return fail(errno_error(errno, "prlimit"));
  return now;
}

Result<std::string> read_limit(Tid tid, const LimitRow& row) {
  const rlimit limit = TETHER_TRY(get_limit(tid, row));
  return limit_text(limit.rlim_cur) + ":" + limit_text(limit.rlim_max);
}

/// A hard limit that is lowered without CAP_SYS_RESOURCE stays low.
Result<void> check_revocable(const Changes& changes, Tid tid, const LimitRow& row, std::string_view value) {
  const rlimit now = TETHER_TRY(get_limit(tid, row));
  const LimitPair wanted = TETHER_TRY(parse_limits(row, value, now.rlim_max));
  const procfs::Status own = TETHER_TRY(procfs::read_status(Tid(::getpid())));
  const bool may_raise = (own.effective_capabilities >> CAP_SYS_RESOURCE & 1) != 0;
  if (may_raise || wanted.hard >= now.rlim_max) return ok();
  return changes.allow_irrevocable("only CAP_SYS_RESOURCE may raise the hard limit of " + limit_text(now.rlim_max) +
                                   " again");
}

Result<void> write_limit(Tid tid, const LimitRow& row, std::string_view value) {
  const rlimit now = TETHER_TRY(get_limit(tid, row));
  const LimitPair pair = TETHER_TRY(parse_limits(row, value, now.rlim_max));
  const rlimit wanted{.rlim_cur = pair.soft, .rlim_max = pair.hard};
  if (::prlimit(tid.value, row.resource, &wanted, nullptr) == 0) return ok();
  const std::string what =
      "setting rlimit." + std::string(row.name) + " to " + limit_text(pair.soft) + ":" + limit_text(pair.hard);
  return fail(errno_error(errno, what)
                  .with_hint("only CAP_SYS_RESOURCE may raise a hard limit, which is " + limit_text(now.rlim_max)));
}

const LimitRow* find_limit(std::string_view name) {
  if (!name.starts_with(kLimitPrefix)) return nullptr;
  const auto found = std::ranges::find(kLimits, name.substr(kLimitPrefix.size()), &LimitRow::name);
  return found == std::end(kLimits) ? nullptr : &*found;
}

// ── Scheduling ────────────────────────────────────────────────────────────────────────────────────────────────────

Result<std::string> read_nice(Tid tid) {
  errno = 0;
  const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(tid.value));
  if (errno != 0) return fail(errno_error(errno, "getpriority"));
  return std::to_string(nice);
}

Result<void> write_nice(Tid tid, std::string_view value) {
  const auto nice = parse_whole<int>(value);
  if (!nice || *nice < -20 || *nice > 19) return malformed("nice", value, "a number from -20 to 19");
  if (::setpriority(PRIO_PROCESS, static_cast<id_t>(tid.value), *nice) != 0)
    return fail(errno_error(errno, "setting the nice value to " + std::to_string(*nice))
                    .with_hint("only CAP_SYS_NICE may lower it, beyond what RLIMIT_NICE allows"));
  return ok();
}

Result<std::string> read_affinity(Tid tid) {
  cpu_set_t set;
  if (::sched_getaffinity(tid.value, sizeof set, &set) != 0) return fail(errno_error(errno, "sched_getaffinity"));
  std::string text;
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &set)) continue;
    std::size_t last = cpu;
    while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &set)) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(cpu) + (last == cpu ? "" : "-" + std::to_string(last));
    cpu = last;
  }
  return text;
}

/// "0-2,5" (cpuset(7), "List format").
std::optional<cpu_set_t> parse_cpu_list(std::string_view text) {
  cpu_set_t set;
  CPU_ZERO(&set);
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const std::size_t dash = part.find('-');
    const auto first = parse_whole<std::size_t>(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_whole<std::size_t>(part.substr(dash + 1));
    if (!first || !last || *first > *last || *last >= CPU_SETSIZE) return std::nullopt;
    for (std::size_t cpu = *first; cpu <= *last; ++cpu) CPU_SET(cpu, &set);
  }
  return CPU_COUNT(&set) == 0 ? std::nullopt : std::optional(set);
}

Result<void> write_affinity(Tid tid, std::string_view value) {
  const auto set = parse_cpu_list(value);
  if (!set) return malformed("affinity", value, "a list of CPUs such as 0-3,8");
  if (::sched_setaffinity(tid.value, sizeof *set, &*set) != 0)
    return fail(errno_error(errno, "setting the affinity to CPU " + std::string(value))
                    .with_hint("the process must be yours, and one of these CPUs online and in its cpuset"));
  return ok();
}

// ── Files of /proc ────────────────────────────────────────────────────────────────────────────────────────────────

Result<std::string> read_proc_value(Tid tid, const char* file) {
  return trimmed(TETHER_TRY(procfs::read_text_file("/proc/" + std::to_string(tid.value) + "/" + file)));
}

Result<void> write_proc_value(Tid tid, const char* file, std::string_view value) {
  const std::string path = "/proc/" + std::to_string(tid.value) + "/" + file;
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.is_open() || ::write(fd.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size()))
    return fail(errno_error(errno, "writing " + std::string(value) + " to " + path));
  return ok();
}

Result<std::string> read_oom_score_adj(Tid tid) {
  return read_proc_value(tid, "oom_score_adj");
}

Result<void> write_oom_score_adj(Tid tid, std::string_view value) {
  const auto number = parse_whole<int>(value);
  if (!number || *number < -1000 || *number > 1000)
    return malformed("oom_score_adj", value, "a number from -1000 to 1000");
  auto written = write_proc_value(tid, "oom_score_adj", value);
  if (!written.has_value()) return fail(std::move(written).error().with_hint("only CAP_SYS_RESOURCE may lower it"));
  return ok();
}

Result<std::string> read_coredump_filter(Tid tid) {
  return "0x" + TETHER_TRY(read_proc_value(tid, "coredump_filter"));
}

Result<void> write_coredump_filter(Tid tid, std::string_view value) {
  const bool is_hex = value.starts_with("0x");
  if (!parse_whole<unsigned>(value.substr(is_hex ? 2 : 0), is_hex ? 16 : 10))
    return malformed("coredump_filter", value, "a mask of bits (core(5))");
  return write_proc_value(tid, "coredump_filter", value);
}

// ── What only the process itself can change ───────────────────────────────────────────────────────────────────────

Result<std::string> read_cwd(Tid tid) {
  return procfs::read_link(tid, "cwd");
}

Result<void> write_cwd(Tid tid, std::string_view value) {
  if (value.empty() || value.size() >= PATH_MAX) return malformed("cwd", value, "the path of a directory");
  return with_remote_calls(Pid(tid.value), {}, [&](RemoteCalls& calls) -> Result<void> {
    Scratch scratch = TETHER_TRY(Scratch::map(calls, value.size() + 1));
    const RemoteAddr path = TETHER_TRY(scratch.put_string(value));
    const std::int64_t result = TETHER_TRY(calls.call(RemoteCall::Chdir, {path.value, 0, 0, 0, 0, 0}));
    TETHER_CHECK(scratch.unmap());
    TETHER_TRY(checked(result, "chdir to " + std::string(value) + " in the process"));
    return ok();
  });
}

std::string octal(std::uint32_t bits) {
  char digits[12];
  return "0" + std::string(digits, std::to_chars(std::begin(digits), std::end(digits), bits, 8).ptr);
}

Result<std::string> read_umask(Tid tid) {
  return octal(TETHER_TRY(procfs::read_status(tid)).umask);
}

Result<void> write_umask(Tid tid, std::string_view value) {
  constexpr std::uint32_t kPermissionBits = 0777;
  const auto mask = parse_whole<std::uint32_t>(value, 8);
  if (!mask || *mask > kPermissionBits) return malformed("umask", value, "an octal number up to 777");
  return with_remote_calls(Pid(tid.value), {}, [&](RemoteCalls& calls) -> Result<void> {
    TETHER_TRY(checked(TETHER_TRY(calls.call(RemoteCall::Umask, {*mask, 0, 0, 0, 0, 0})), "umask in the process"));
    return ok();
  });
}

// ── All of them ───────────────────────────────────────────────────────────────────────────────────────────────────

struct SettingRow {
  std::string_view name;
  std::string_view value;
  std::string_view help;
  enum class Scope : std::uint8_t { Process, Thread } scope;
  Result<std::string> (*read)(Tid tid);
  Result<void> (*write)(Tid tid, std::string_view value);
};

constexpr SettingRow kSettings[] = {
    {"affinity", "CPUS", "the CPUs that its threads may run on, as 0-1,4", SettingRow::Scope::Thread, read_affinity,
     write_affinity},
    {"coredump_filter", "MASK", "which mappings a core dump holds (core(5))", SettingRow::Scope::Process,
     read_coredump_filter, write_coredump_filter},
    {"cwd", "PATH", "its working directory, as the process itself would name it", SettingRow::Scope::Process, read_cwd,
     write_cwd},
    {"nice", "N", "the nice value of its threads, from -20 to 19", SettingRow::Scope::Thread, read_nice, write_nice},
    {"oom_score_adj", "N", "how readily it is killed when memory runs out, from -1000 to 1000",
     SettingRow::Scope::Process, read_oom_score_adj, write_oom_score_adj},
    {"umask", "OCTAL", "permissions that files it makes shall not have", SettingRow::Scope::Process, read_umask,
     write_umask},
};

const SettingRow* find_setting(std::string_view name) {
  const auto found = std::ranges::find(kSettings, name, &SettingRow::name);
  return found == std::end(kSettings) ? nullptr : &*found;
}

Error unknown_setting(std::string_view name) {
  const std::vector<SettingInfo> known = known_settings();
  std::vector<std::string_view> names;
  for (const SettingInfo& setting : known) names.push_back(setting.name);
  return {.code = ErrorCode::NotFound,
          .message = "no setting '" + std::string(name) + "'" + did_you_mean(name, names),
          .hint = "`tether set --help` lists them"};
}

Result<void> write_setting(Tid tid, std::string_view name, std::string_view value) {
  if (const LimitRow* limit = find_limit(name)) return write_limit(tid, *limit, value);
  if (const SettingRow* setting = find_setting(name)) return setting->write(tid, value);
  return fail(unknown_setting(name));
}

Result<void> apply_to_task(Changes& changes, Tid tid, std::string_view name, std::string_view value) {
  if (const LimitRow* limit = find_limit(name)) TETHER_CHECK(check_revocable(changes, tid, *limit, value));
  const SettingChange intended{.tid = tid,
                               .name = std::string(name),
                               .before = TETHER_TRY(read_setting(tid, name)),
                               .after = std::string(value)};
  const auto made = changes.make_known(intended, [&]() -> Result<Change> {
    TETHER_CHECK(write_setting(tid, name, value));
    SettingChange change = intended;
    change.after = TETHER_TRY(read_setting(tid, name));  // in its canonical form
    return change;
  });
  if (!made.has_value()) return fail(made.error());
  return ok();
}

}  // namespace

std::vector<SettingInfo> known_settings() {
  std::vector<SettingInfo> all;
  for (const SettingRow& row : kSettings)
    all.push_back({std::string(row.name), std::string(row.value), std::string(row.help)});
  for (const LimitRow& row : kLimits)
    all.push_back({std::string(kLimitPrefix) + std::string(row.name), "SOFT[:HARD]", "getrlimit(2)"});
  return all;
}

Result<std::string> read_setting(Tid tid, std::string_view name) {
  if (const LimitRow* limit = find_limit(name)) return read_limit(tid, *limit);
  if (const SettingRow* setting = find_setting(name)) return setting->read(tid);
  return fail(unknown_setting(name));
}

Result<void> apply_setting(Changes& changes, std::string_view name, std::string_view value) {
  const Tid leader = leader_of(changes.pid());
  const SettingRow* setting = find_setting(name);
  if (setting == nullptr || setting->scope == SettingRow::Scope::Process)
    return apply_to_task(changes, leader, name, value);
  for (const Tid tid : TETHER_TRY(procfs::read_task_ids(leader))) {
    auto applied = apply_to_task(changes, tid, name, value);
    if (!applied.has_value() && applied.error().code != ErrorCode::TraceeGone) return applied;
  }
  return ok();
}

Result<void> undo(Pid, const SettingChange& change) {
  if (change.name == kSignalMaskSetting) return undo_signal_mask(change);
  const auto now = read_setting(change.tid, change.name);
  if (!now.has_value() && now.error().code == ErrorCode::TraceeGone) return ok();  // a thread that has ended since
  if (!now.has_value()) return fail(now.error());
  if (*now == change.before) return ok();
  if (*now != change.after)
    return fail({.code = ErrorCode::Busy,
                 .message = change.name + " is " + *now + " now, not " + change.after + " as it was set",
                 .hint = "`tether set` sets what you want"});
  return write_setting(change.tid, change.name, change.before);
}

}  // namespace tether
