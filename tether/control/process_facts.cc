#include "tether/control/process_facts.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "tether/base/unique_fd.h"
#include "tether/control/internal/descriptor_directory.h"
#include "tether/procfs/mount_options.h"
#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"

namespace tether {

namespace {

constexpr std::string_view kNamespaces[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};

/// The arguments, each ended by a NUL. A server that has written a title over them (setproctitle) left one text, with
/// blanks in it, and NULs up to the old end; these are no arguments.
std::vector<std::string> read_arguments(Pid pid) {
  std::vector<std::string> arguments;
  const auto text = procfs::read_text_file(procfs::living_path(pid, "cmdline"));
  if (!text.has_value()) return arguments;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    arguments.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const bool is_title =
      arguments.size() > 1 && arguments[0].find(' ') != std::string::npos &&
      std::all_of(arguments.begin() + 1, arguments.end(), [](const auto& word) { return word.empty(); });
  if (is_title) arguments.resize(1);
  return arguments;
}

std::optional<unsigned> find_word_bits(Pid pid) {
  const UniqueFd file(::open(procfs::living_path(pid, "exe").c_str(), O_RDONLY | O_CLOEXEC));
  unsigned char ident[EI_NIDENT];
  if (!file.is_open() || ::read(file.get(), ident, sizeof ident) != sizeof ident) return std::nullopt;
  return ident[EI_CLASS] == ELFCLASS32 ? 32u : 64u;
}

std::vector<Ancestor> read_ancestors(Pid parent) {
  constexpr std::size_t kMost = 64;  // a chain read while processes come and go may be anything
  std::vector<Ancestor> ancestors;
  for (Pid pid = parent; pid.value > 0 && ancestors.size() < kMost;) {
    const auto stat = procfs::read_stat(pid);
    if (!stat.has_value()) break;
    ancestors.push_back({.pid = pid, .name = stat->name});
    pid = stat->parent;
  }
  return ancestors;
}

std::vector<ThreadFacts> read_threads(Pid pid) {
  std::vector<ThreadFacts> threads;
  auto tids = procfs::read_task_ids(leader_of(pid));
  if (!tids.has_value()) return threads;
  std::ranges::sort(*tids);
  for (const Tid tid : *tids) {
    const auto stat = procfs::read_task_stat(tid);
    if (!stat.has_value()) continue;
    ThreadFacts thread{
        .tid = tid, .stat = *stat, .status = {}, .call = {}, .wait_channel = procfs::read_wait_channel(tid)};
    if (const auto status = procfs::read_status(tid); status.has_value()) thread.status = *status;
    if (const auto call = procfs::read_current_call(tid); call.has_value()) thread.call = *call;
    threads.push_back(std::move(thread));
  }
  return threads;
}

std::vector<ChangedLimit> compare_limits(const std::vector<procfs::Limit>& theirs) {
  const auto ours = procfs::read_limits(Pid(::getpid()));
  std::vector<ChangedLimit> changed;
  for (const procfs::Limit& limit : theirs) {
    ChangedLimit change{.limit = limit, .ours = {}};
    if (ours.has_value()) {
      const auto same = std::ranges::find(*ours, limit.name, &procfs::Limit::name);
      if (same != ours->end()) change.ours = *same;
    }
    if (change.ours != limit) changed.push_back(std::move(change));
  }
  return changed;
}

std::optional<std::vector<ForeignNamespace>> read_foreign_namespaces(Pid pid) {
  std::vector<ForeignNamespace> foreign;
  bool is_visible = false;
  for (const std::string_view kind : kNamespaces) {
    const std::string file = "ns/" + std::string(kind);
    const auto theirs = find_file_identity(AT_FDCWD, procfs::living_path(pid, file).c_str());
    const auto ours = find_file_identity(AT_FDCWD, ("/proc/self/" + file).c_str());
    if (!theirs) continue;
    is_visible = true;
    if (!ours || ours->inode != theirs->inode) foreign.push_back({.kind = std::string(kind), .inode = theirs->inode});
  }
  return is_visible ? std::optional(foreign) : std::nullopt;
}

std::optional<ProcessDescriptors> read_descriptors(Pid pid) {
  const Pid pids[] = {pid};
  auto report = list_descriptors(pids);
  if (!report.has_value() || report->processes.front().failure) return std::nullopt;
  return std::move(report->processes.front());
}

std::optional<Ancestor> find_tracer(Tid tracer) {
  if (tracer.value == 0) return std::nullopt;
  const auto status = procfs::read_status(tracer);
  const Pid pid = status.has_value() ? status->thread_group : Pid(tracer.value);
  return Ancestor{.pid = pid, .name = procfs::read_comm(leader_of(pid))};
}

template <class T>
std::optional<T> value_of(Result<T> result) {
  return result.has_value() ? std::optional<T>(*std::move(result)) : std::nullopt;
}

std::string link_of(Pid pid, std::string_view link) {
  return value_of(procfs::read_link(procfs::living_task_of(pid), link)).value_or("");
}

}  // namespace

Result<ProcessFacts> read_process_facts(Pid pid) {
  ProcessFacts facts{.pid = pid};
  const auto status = procfs::read_status(leader_of(pid));
  const auto stat = procfs::read_stat(pid);
  TETHER_CHECK(procfs::check_mounted());
  if (!status.has_value() || !stat.has_value())
    return fail({.code = ErrorCode::NotFound,
                 .message = "there is no process " + std::to_string(pid.value),
                 .hint = "see `ps -e`"});
  facts.status = *status;
  facts.stat = *stat;
  facts.arguments = read_arguments(pid);
  facts.executable = link_of(pid, "exe");
  facts.working_directory = link_of(pid, "cwd");
  facts.root = link_of(pid, "root");
  facts.ancestors = read_ancestors(stat->parent);
  facts.threads = read_threads(pid);
  facts.limits = value_of(procfs::read_limits(pid)).value_or(std::vector<procfs::Limit>{});
  facts.changed_limits = compare_limits(facts.limits);
  facts.cgroups = value_of(procfs::read_cgroups(pid)).value_or(std::vector<procfs::Cgroup>{});
  facts.foreign_namespaces = read_foreign_namespaces(pid);
  facts.io = value_of(procfs::read_process_io(pid));
  facts.oom_score_adj = value_of(procfs::read_oom_score_adj(pid));
  facts.descriptors = read_descriptors(pid);
  facts.word_bits = find_word_bits(pid);
  facts.tracer = find_tracer(status->tracer);
  return facts;
}

}  // namespace tether
