#include "tether/control/process_settings.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <iterator>
#include <optional>
#include <utility>

#include "tether/base/hexadecimal.h"
#include "tether/base/nearest_name.h"
#include "tether/base/unique_fd.h"
#include "tether/control/internal/descriptor_directory.h"
#include "tether/control/internal/limit_setting.h"
#include "tether/control/remote_process.h"
#include "tether/control/scratch.h"
#include "tether/control/signal_mask.h"
#include "tether/procfs/status.h"
#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"

namespace tether {

namespace {

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

// ── Scheduling ────────────────────────────────────────────────────────────────────────────────────────────────────

Result<std::string> read_nice(Tid tid) {
  errno = 0;
  const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(tid.value));
  if (errno != 0) return fail(errno_error(errno, "getpriority"));
  return std::to_string(nice);
}

Result<std::string> canonical_nice(Tid, std::string_view value) {
  const auto nice = parse_whole<int>(value);
  if (!nice || *nice < -20 || *nice > 19) return fail(bad_value("nice", value, "a number from -20 to 19"));
  return std::to_string(*nice);
}

Result<void> write_nice(Tid tid, std::string_view value) {
  if (::setpriority(PRIO_PROCESS, static_cast<id_t>(tid.value), parse_whole<int>(value).value_or(0)) != 0)
    return fail(errno_error(errno, "setting the nice value to " + std::string(value))
                    .with_hint("only CAP_SYS_NICE may lower it, beyond what RLIMIT_NICE allows"));
  return ok();
}

std::string format_cpu_list(const cpu_set_t& set) {
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

Result<std::string> read_affinity(Tid tid) {
  cpu_set_t set;
  if (::sched_getaffinity(tid.value, sizeof set, &set) != 0) return fail(errno_error(errno, "sched_getaffinity"));
  return format_cpu_list(set);
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

Result<std::string> canonical_affinity(Tid, std::string_view value) {
  const auto set = parse_cpu_list(value);
  if (!set) return fail(bad_value("affinity", value, "a list of CPUs such as 0-3,8"));
  return format_cpu_list(*set);
}

Result<void> write_affinity(Tid tid, std::string_view value) {
  const cpu_set_t set = parse_cpu_list(value).value_or(cpu_set_t{});
  if (::sched_setaffinity(tid.value, sizeof set, &set) != 0)
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

Result<std::string> canonical_oom_score_adj(Tid, std::string_view value) {
  const auto number = parse_whole<int>(value);
  if (!number || *number < -1000 || *number > 1000)
    return fail(bad_value("oom_score_adj", value, "a number from -1000 to 1000"));
  return std::to_string(*number);
}

Result<void> write_oom_score_adj(Tid tid, std::string_view value) {
  auto written = write_proc_value(tid, "oom_score_adj", value);
  if (!written.has_value()) return fail(std::move(written).error().with_hint("only CAP_SYS_RESOURCE may lower it"));
  return ok();
}

Result<std::string> read_coredump_filter(Tid tid) {
  return "0x" + TETHER_TRY(read_proc_value(tid, "coredump_filter"));
}

/// The kernel shows eight digits.
Result<std::string> canonical_coredump_filter(Tid, std::string_view value) {
  const bool is_hex = value.starts_with("0x");
  const auto mask = parse_whole<std::uint32_t>(value.substr(is_hex ? 2 : 0), is_hex ? 16 : 10);
  if (!mask) return fail(bad_value("coredump_filter", value, "a mask of bits (core(5))"));
  const std::string digits = hex(*mask).substr(2);
  return "0x" + std::string(sizeof *mask * 2 - digits.size(), '0') + digits;
}

Result<void> write_coredump_filter(Tid tid, std::string_view value) {
  return write_proc_value(tid, "coredump_filter", value);
}

// ── What only the process itself can change ───────────────────────────────────────────────────────────────────────

Result<std::string> read_cwd(Tid tid) {
  return procfs::read_link(tid, "cwd");
}

/// The path of a directory of the process, for us.
std::string seen_from_here(Tid tid, std::string_view path) {
  return "/proc/" + std::to_string(tid.value) + (path.starts_with('/') ? "/root" : "/cwd/") + std::string(path);
}

/// Where it is already, under whatever name, it stays.
Result<std::string> canonical_cwd(Tid tid, std::string_view value) {
  if (value.empty() || value.size() >= PATH_MAX) return fail(bad_value("cwd", value, "the path of a directory"));
  const auto now = find_file_identity(AT_FDCWD, seen_from_here(tid, ".").c_str());
  const auto wanted = find_file_identity(AT_FDCWD, seen_from_here(tid, value).c_str());
  if (now && wanted && now->device == wanted->device && now->inode == wanted->inode) return read_cwd(tid);
  return std::string(value);
}

/// Errors: NotFound for a directory that was removed since the process was there.
Result<void> expect_directory(Tid tid, const std::string& path) {
  const auto found = find_file_identity(AT_FDCWD, seen_from_here(tid, path).c_str());
  if (found && S_ISDIR(found->mode)) return ok();
  return fail({.code = ErrorCode::NotFound,
               .message = "the process was in " + path + ", and there is no such directory any more",
               .hint = "make it again, or `tether set " + std::to_string(tid.value) + " cwd=` another"});
}

Result<void> write_cwd(Tid tid, std::string_view value) {
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

Result<std::string> canonical_umask(Tid, std::string_view value) {
  constexpr std::uint32_t kPermissionBits = 0777;
  const auto mask = parse_whole<std::uint32_t>(value, 8);
  if (!mask || *mask > kPermissionBits) return fail(bad_value("umask", value, "an octal number up to 777"));
  return octal(*mask);
}

Result<void> write_umask(Tid tid, std::string_view value) {
  const std::uint32_t mask = parse_whole<std::uint32_t>(value, 8).value_or(0);
  return with_remote_calls(Pid(tid.value), {}, [&](RemoteCalls& calls) -> Result<void> {
    TETHER_TRY(checked(TETHER_TRY(calls.call(RemoteCall::Umask, {mask, 0, 0, 0, 0, 0})), "umask in the process"));
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
  /// What read() will say once the value is set. Malformed if it cannot be.
  Result<std::string> (*canonical)(Tid tid, std::string_view value);
  Result<void> (*write)(Tid tid, std::string_view canonical);
};

constexpr SettingRow kSettings[] = {
    {"affinity", "CPUS", "the CPUs that its threads may run on, as 0-1,4", SettingRow::Scope::Thread, read_affinity,
     canonical_affinity, write_affinity},
    {"coredump_filter", "MASK", "which mappings a core dump holds (core(5))", SettingRow::Scope::Process,
     read_coredump_filter, canonical_coredump_filter, write_coredump_filter},
    {"cwd", "PATH", "its working directory, as the process itself would name it", SettingRow::Scope::Process, read_cwd,
     canonical_cwd, write_cwd},
    {"nice", "N", "the nice value of its threads, from -20 to 19", SettingRow::Scope::Thread, read_nice, canonical_nice,
     write_nice},
    {"oom_score_adj", "N", "how readily it is killed when memory runs out, from -1000 to 1000",
     SettingRow::Scope::Process, read_oom_score_adj, canonical_oom_score_adj, write_oom_score_adj},
    {"umask", "OCTAL", "permissions that files it makes shall not have", SettingRow::Scope::Process, read_umask,
     canonical_umask, write_umask},
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

Result<std::string> canonical_setting(Tid tid, std::string_view name, std::string_view value) {
  if (is_limit(name)) return canonical_limit(tid, name, value);
  if (const SettingRow* setting = find_setting(name)) return setting->canonical(tid, value);
  return fail(unknown_setting(name));
}

Result<void> write_setting(Tid tid, std::string_view name, std::string_view canonical) {
  if (is_limit(name)) return write_limit(tid, name, canonical);
  if (const SettingRow* setting = find_setting(name)) return setting->write(tid, canonical);
  return fail(unknown_setting(name));
}

Result<void> apply_to_task(Changes& changes, Tid tid, std::string_view name, std::string_view value) {
  const SettingChange intended{.tid = tid,
                               .name = std::string(name),
                               .before = TETHER_TRY(read_setting(tid, name)),
                               .after = TETHER_TRY(canonical_setting(tid, name, value))};
  if (is_limit(name)) TETHER_CHECK(check_revocable(changes, tid, name, value));
  const auto made = changes.make_known(intended, [&]() -> Result<Change> {
    TETHER_CHECK(write_setting(tid, name, intended.after));
    SettingChange change = intended;
    change.after = TETHER_TRY(read_setting(tid, name));  // as the kernel has taken it
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
  for (std::string& name : limit_names()) all.push_back({std::move(name), "SOFT[:HARD]", "getrlimit(2)"});
  return all;
}

Result<std::string> read_setting(Tid tid, std::string_view name) {
  if (is_limit(name)) return read_limit(tid, name);
  if (const SettingRow* setting = find_setting(name)) return setting->read(tid);
  return fail(unknown_setting(name));
}

Result<void> apply_setting(Changes& changes, std::string_view name, std::string_view value) {
  const Tid task = procfs::living_task_of(changes.pid());
  const SettingRow* setting = find_setting(name);
  if (setting == nullptr || setting->scope == SettingRow::Scope::Process)
    return apply_to_task(changes, task, name, value);
  for (const Tid tid : TETHER_TRY(procfs::read_task_ids(task))) {
    auto applied = apply_to_task(changes, tid, name, value);
    if (!applied.has_value() && applied.error().code != ErrorCode::TraceeGone) return applied;
  }
  return ok();
}

Result<void> undo(Pid, const SettingChange& change, UndoMode mode) {
  if (change.name == kSignalMaskSetting) return undo_signal_mask(change, mode);
  const auto now = read_setting(change.tid, change.name);
  if (!now.has_value() && now.error().code == ErrorCode::TraceeGone) return ok();  // a thread that has ended since
  if (!now.has_value()) return fail(now.error());
  if (*now == change.before) return ok();
  if (*now != change.after)
    return fail({.code = ErrorCode::Busy,
                 .message = change.name + " is " + *now + " now, not " + change.after + " as it was set",
                 .hint = "`tether set` sets what you want"});
  if (change.name == "cwd") TETHER_CHECK(expect_directory(change.tid, change.before));
  if (mode == UndoMode::DryRun) return ok();
  return write_setting(change.tid, change.name, change.before);
}

}  // namespace tether
