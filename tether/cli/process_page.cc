#include "tether/cli/process_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tether/cli/amounts.h"
#include "tether/cli/descriptor_text.h"
#include "tether/cli/process_words.h"
#include "tether/cli/text_table.h"
#include "tether/control/describe_socket.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

constexpr std::string_view kNotPermitted = "(not permitted to see)";

/// Lines of a heading and what stands behind it.
class Page {
 public:
  explicit Page(std::size_t width) : width_(width) {}

  void line(std::string_view heading, std::string_view text) {
    constexpr std::size_t kColumn = 13;
    std::string line(heading);
    line.resize(kColumn, ' ');
    append_printable(line, text);
    text_ += cut_to_width(std::move(line), width_) + "\n";
  }
  void add(std::string_view text) { text_ += text; }
  std::string take() { return std::move(text_); }

 private:
  std::size_t width_;
  std::string text_;
};

std::string or_not_permitted(const std::string& text) {
  return text.empty() ? std::string(kNotPermitted) : text;
}

/// Arguments as a shell would need them, if they hold blanks or quotes.
std::string command_text(const std::vector<std::string>& arguments) {
  if (arguments.size() == 1) return arguments[0];  // it may be a title that a server wrote there
  std::string text;
  for (const std::string& argument : arguments) {
    const bool is_plain = !argument.empty() && argument.find_first_of(" \t\n'\"\\$`*?;&|<>()#") == std::string::npos;
    text += text.empty() ? "" : " ";
    if (is_plain) {
      text += argument;
      continue;
    }
    text += '\'';
    for (const char c : argument) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    text += '\'';
  }
  return text;
}

std::string id_text(std::uint32_t id, const std::string& name) {
  return name.empty() ? std::to_string(id) : fmt::format("{} ({})", name, id);
}

std::string user_text(const procfs::Status& status) {
  std::string text = id_text(status.uid, user_name(status.uid));
  if (status.effective_uid != status.uid)
    text += ", acts as " + id_text(status.effective_uid, user_name(status.effective_uid));
  text += "; group " + id_text(status.gid, group_name(status.gid));
  if (status.effective_gid != status.gid)
    text += ", acts as " + id_text(status.effective_gid, group_name(status.effective_gid));
  std::string others;
  for (const std::uint32_t gid : status.groups)
    if (gid != status.gid) others += (others.empty() ? "" : " ") + id_text(gid, group_name(gid));
  return others.empty() ? text : text + "; also " + others;
}

std::string ancestors_text(const std::vector<Ancestor>& ancestors) {
  std::string text;
  for (const Ancestor& ancestor : ancestors)
    text += fmt::format("{}{} ({})", text.empty() ? "" : " < ", ancestor.name, ancestor.pid.value);
  return text.empty() ? "none" : text;
}

/// `threads` stands behind the state; of a single thread nothing does.
std::string state_text(const procfs::Stat& stat, std::string_view threads) {
  std::string text = fmt::format("{}; {}nice {}", state_name(stat.state), threads, stat.nice);
  if (stat.policy != 0) text += fmt::format(", {} {}", policy_name(stat.policy), stat.realtime_priority);
  text += fmt::format("; cpu time {} user, {} system; last on cpu {}",
                      duration_text(procfs::seconds_of_ticks(stat.user_ticks)),
                      duration_text(procfs::seconds_of_ticks(stat.system_ticks)), stat.last_cpu);
  return text;
}

std::string job_text(const procfs::Stat& stat) {
  std::string text = fmt::format("session {}, process group {}, terminal {}", stat.session, stat.process_group,
                                 terminal_name(stat.terminal_device));
  if (stat.terminal_device != 0)
    text += stat.foreground_group == stat.process_group ? ", in the foreground" : ", in the background";
  return text;
}

std::string memory_text(const ProcessFacts& facts) {
  const procfs::MemorySums& memory = facts.status.memory;
  if (memory.virtual_size == 0) return "none";
  std::string text = fmt::format(
      "{} resident (peak {}): {} anonymous, {} files, {} shared; {} virtual; {} swapped", size_text(memory.resident),
      size_text(memory.resident_peak), size_text(memory.resident_anonymous), size_text(memory.resident_file),
      size_text(memory.resident_shared), size_text(memory.virtual_size), size_text(memory.swapped));
  if (memory.locked != 0) text += "; " + size_text(memory.locked) + " locked";
  if (facts.oom_score_adj.value_or(0) != 0) text += fmt::format("; oom_score_adj {}", *facts.oom_score_adj);
  return text;
}

std::string io_text(const std::optional<procfs::ProcessIo>& io) {
  if (!io) return std::string(kNotPermitted);
  return fmt::format("read {} in {} calls, written {} in {} calls; storage: read {}, written {}",
                     size_text(io->read_chars), io->read_calls, size_text(io->write_chars), io->write_calls,
                     size_text(io->read_bytes), size_text(io->write_bytes));
}

std::string limit_value(const std::optional<std::uint64_t>& value) {
  return value ? std::to_string(*value) : "unlimited";
}

/// "12 of at most 1024: 3 file, 2 pipe, 7 socket"
std::string descriptors_text(const ProcessFacts& facts) {
  if (!facts.descriptors) return std::string(kNotPermitted);
  std::map<std::string_view, std::size_t> counts;
  for (const Descriptor& descriptor : facts.descriptors->descriptors) ++counts[descriptor_kind_name(descriptor.kind)];
  std::string text = std::to_string(facts.descriptors->descriptors.size());
  const auto limit = std::ranges::find(facts.limits, "open files", &procfs::Limit::name);
  if (limit != facts.limits.end()) text += " of at most " + limit_value(limit->soft);
  std::string_view separator = ": ";
  for (const auto& [kind, count] : counts) {
    text += fmt::format("{}{} {}", separator, count, kind);
    separator = ", ";
  }
  return text;
}

/// The standard descriptors, and what the process listens on.
void add_descriptors(Page& page, const ProcessFacts& facts) {
  page.line("descriptors", descriptors_text(facts));
  if (!facts.descriptors) return;
  constexpr std::int32_t kStandard = 2;
  constexpr std::size_t kMostListening = 6;
  std::size_t listening = 0;
  for (const Descriptor& descriptor : facts.descriptors->descriptors) {
    const bool listens = descriptor.socket && socket_state_name(descriptor.socket->state) == "listen";
    if (descriptor.fd.value > kStandard && (!listens || ++listening > kMostListening)) continue;
    page.line("", fmt::format("{:>3}  {}", descriptor.fd.value, describe_target(descriptor)));
  }
  if (listening > kMostListening)
    page.line("", fmt::format("     and {} more that listen", listening - kMostListening));
}

void add_signals(Page& page, const ProcessFacts& facts) {
  std::uint64_t pending = facts.status.signals_pending_process;
  for (const ThreadFacts& thread : facts.threads) pending |= thread.status ? thread.status->signals_pending : 0;
  page.line("signals", "caught   " + signal_mask_text(facts.status.signals_caught));
  page.line("", "ignored  " + signal_mask_text(facts.status.signals_ignored));
  page.line("", "blocked  " + signal_mask_text(facts.status.signals_blocked));
  if (pending != 0) page.line("", "pending  " + signal_mask_text(pending));
}

void add_limits(Page& page, const ProcessFacts& facts) {
  std::string_view heading = "limits";
  for (const ChangedLimit& change : facts.changed_limits) {
    const procfs::Limit& limit = change.limit;
    std::string text = fmt::format("{} {} (hard {}){}{}", limit.name, limit_value(limit.soft), limit_value(limit.hard),
                                   limit.unit.empty() ? "" : " ", limit.unit);
    if (change.ours)
      text += fmt::format("; tether has {} (hard {})", limit_value(change.ours->soft), limit_value(change.ours->hard));
    page.line(heading, text);
    heading = "";
  }
  if (facts.changed_limits.empty()) page.line("limits", "as tether's own");
}

std::string namespaces_text(const std::optional<std::vector<ForeignNamespace>>& foreign) {
  if (!foreign) return std::string(kNotPermitted);
  std::string text;
  for (const ForeignNamespace& space : *foreign) text += (text.empty() ? "its own or another: " : " ") + space.kind;
  return text.empty() ? "as tether's own" : text;
}

std::string cgroup_text(const std::vector<procfs::Cgroup>& groups) {
  std::string text;
  for (const procfs::Cgroup& group : groups) {
    if (group.path == "/") continue;  // version 1 lists a dozen of these
    text += (text.empty() ? "" : ", ") + (group.controllers.empty() ? "" : group.controllers + ":") + group.path;
  }
  if (!text.empty()) return text;
  return groups.empty() ? "none" : "/";
}

std::string confinement_text(const procfs::Status& status) {
  std::string text = "seccomp " + std::string(seccomp_name(status.seccomp_mode));
  if (status.seccomp_filters != 0) text += fmt::format(" ({})", status.seccomp_filters);
  if (status.no_new_privs != 0) text += ", no_new_privs";
  text += "; capabilities " + capability_text(status.effective_capabilities);
  if (status.permitted_capabilities != status.effective_capabilities)
    text += "; may take " + capability_text(status.permitted_capabilities & ~status.effective_capabilities);
  return text;
}

std::string doing_text(const ThreadFacts& thread, const ProcessFacts& facts) {
  if (const std::string call = call_name_of(thread, facts); !call.empty()) return call;
  if (thread.call && thread.call->is_running) return "(runs)";
  return thread.call ? "(no system call)" : std::string(kNotPermitted);
}

std::string threads_table(const ProcessFacts& facts, PageLength length, std::size_t width) {
  constexpr std::size_t kMostShown = 16;
  TextTable table({{"THREAD", Align::Right},
                   {"STATE", Align::Left},
                   {"CPU TIME", Align::Right},
                   {"NAME", Align::Left},
                   {"SYSTEM CALL", Align::Left},
                   {"WAITS IN", Align::Left}});
  const std::size_t shown =
      length == PageLength::Whole ? facts.threads.size() : std::min(facts.threads.size(), kMostShown);
  for (const ThreadFacts& thread : std::span(facts.threads).first(shown))
    table.add({std::to_string(thread.tid.value), std::string(1, thread.stat.state),
               duration_text(procfs::seconds_of_ticks(thread.stat.user_ticks + thread.stat.system_ticks)),
               thread.stat.name, doing_text(thread, facts), thread.wait_channel});
  std::string text = table.text(width);
  if (shown < facts.threads.size()) text += fmt::format("and {} more: --all\n", facts.threads.size() - shown);
  return text;
}

}  // namespace

std::string page_of(const ProcessFacts& facts, PageLength length, std::size_t width) {
  Page page(width);
  page.line("process", fmt::format("{} ({}){}", facts.stat.name, facts.pid.value,
                                   facts.word_bits ? fmt::format(", {} bits", *facts.word_bits) : ""));
  page.line("command", facts.arguments.empty() ? "none" : command_text(facts.arguments));
  page.line("executable", or_not_permitted(facts.executable));
  page.line("directory", or_not_permitted(facts.working_directory) +
                             (facts.root == "/" ? "" : "; root " + or_not_permitted(facts.root)));
  page.line("user", user_text(facts.status));
  page.line("started", fmt::format("{}, {} ago", date_text(procfs::wall_clock_of_start(facts.stat)),
                                   duration_text(procfs::age_in_seconds(facts.stat))));
  page.line("parents", ancestors_text(facts.ancestors));
  page.line("state", state_text(facts.stat, fmt::format("{} thread{}, ", facts.status.threads,
                                                        facts.status.threads == 1 ? "" : "s")));
  page.line("job", job_text(facts.stat));
  page.line("memory", memory_text(facts));
  page.line("i/o", io_text(facts.io));
  add_descriptors(page, facts);
  add_signals(page, facts);
  add_limits(page, facts);
  page.line("namespaces", namespaces_text(facts.foreign_namespaces));
  if (facts.status.namespace_ids.size() > 1)
    page.line("", fmt::format("process {} in its pid namespace", facts.status.namespace_ids.back()));
  page.line("cgroup", cgroup_text(facts.cgroups));
  page.line("confinement", confinement_text(facts.status));
  if (facts.tracer) page.line("tracer", fmt::format("{} ({})", facts.tracer->name, facts.tracer->pid.value));
  page.add("\n" + threads_table(facts, length, width));
  return page.take();
}

std::string page_of_thread(const ProcessFacts& facts, const ThreadFacts& thread, std::size_t width) {
  Page page(width);
  page.line("thread", fmt::format("{} ({}) of process {} ({})", thread.stat.name, thread.tid.value, facts.stat.name,
                                  facts.pid.value));
  page.line("started", fmt::format("{}, {} ago", date_text(procfs::wall_clock_of_start(thread.stat)),
                                   duration_text(procfs::age_in_seconds(thread.stat))));
  page.line("state", state_text(thread.stat, ""));
  page.line("system call", doing_text(thread, facts));
  if (!thread.wait_channel.empty()) page.line("waits in", thread.wait_channel);
  if (thread.call && !thread.call->is_running) {
    page.line("instruction", fmt::format("{:#x}", thread.call->instruction.value));
    page.line("stack", fmt::format("{:#x}", thread.call->stack_pointer.value));
  }
  if (!thread.status) return page.take();
  page.line("switches", fmt::format("{} of its own, {} forced", thread.status->voluntary_switches,
                                    thread.status->involuntary_switches));
  page.line("signals", "blocked  " + signal_mask_text(thread.status->signals_blocked));
  if (thread.status->signals_pending != 0)
    page.line("", "pending  " + signal_mask_text(thread.status->signals_pending));
  page.line("user", user_text(*thread.status));
  page.line("confinement", confinement_text(*thread.status));
  return page.take();
}

}  // namespace tether::cli
