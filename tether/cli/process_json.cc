#include <map>

#include "tether/cli/descriptor_text.h"
#include "tether/cli/process_page.h"
#include "tether/cli/process_words.h"

namespace tether::cli {

namespace {

Json id_json(std::uint32_t real, std::uint32_t effective, std::uint32_t saved, const std::string& name) {
  return {{"real", real}, {"effective", effective}, {"saved", saved}, {"name", name}};
}

Json optional_number(const std::optional<std::uint64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json limits_json(const std::vector<procfs::Limit>& limits) {
  Json list = Json::array();
  for (const procfs::Limit& limit : limits)
    list.push_back({{"name", limit.name},
                    {"soft", optional_number(limit.soft)},
                    {"hard", optional_number(limit.hard)},
                    {"unit", limit.unit}});
  return list;
}

Json memory_json(const procfs::MemorySums& memory) {
  return {{"virtual", memory.virtual_size},
          {"virtual_peak", memory.virtual_peak},
          {"rss", memory.resident},
          {"rss_peak", memory.resident_peak},
          {"rss_anonymous", memory.resident_anonymous},
          {"rss_file", memory.resident_file},
          {"rss_shared", memory.resident_shared},
          {"swap", memory.swapped},
          {"locked", memory.locked}};
}

Json signals_json(const procfs::Status& status) {
  return {{"caught", signal_mask_json(status.signals_caught)},
          {"ignored", signal_mask_json(status.signals_ignored)},
          {"blocked", signal_mask_json(status.signals_blocked)},
          {"pending", signal_mask_json(status.signals_pending_process)}};
}

Json call_json(const ThreadFacts& thread, const ProcessFacts& facts) {
  if (!thread.call) return nullptr;
  if (thread.call->is_running) return {{"running", true}};
  Json call = {{"running", false}};
  if (thread.call->number) {
    call["name"] = call_name_of(thread, facts);
    call["number"] = *thread.call->number;
    Json args = Json::array();
    for (const std::uint64_t arg : thread.call->args) args.push_back(json_hex(arg));
    call["args"] = std::move(args);
  }
  call["stack_pointer"] = json_address(thread.call->stack_pointer);
  call["instruction"] = json_address(thread.call->instruction);
  return call;
}

Json thread_json(const ThreadFacts& thread, const ProcessFacts& facts) {
  Json entry = {{"tid", thread.tid.value},
                {"name", json_text(thread.stat.name)},
                {"state", std::string(1, thread.stat.state)},
                {"user_seconds", procfs::seconds_of_ticks(thread.stat.user_ticks)},
                {"system_seconds", procfs::seconds_of_ticks(thread.stat.system_ticks)},
                {"cpu", thread.stat.last_cpu},
                {"call", call_json(thread, facts)},
                {"wait_channel", thread.wait_channel}};
  if (!thread.status) return entry;
  entry["blocked"] = signal_mask_json(thread.status->signals_blocked);
  entry["pending"] = signal_mask_json(thread.status->signals_pending);
  entry["voluntary_switches"] = thread.status->voluntary_switches;
  entry["involuntary_switches"] = thread.status->involuntary_switches;
  return entry;
}

Json threads_json(const ProcessFacts& facts) {
  Json list = Json::array();
  for (const ThreadFacts& thread : facts.threads) list.push_back(thread_json(thread, facts));
  return list;
}

Json strings_json(const std::vector<std::string>& strings) {
  Json list = Json::array();
  for (const std::string& text : strings) list.push_back(json_text(text));
  return list;
}

Json ancestors_json(const std::vector<Ancestor>& ancestors) {
  Json list = Json::array();
  for (const Ancestor& ancestor : ancestors)
    list.push_back({{"pid", ancestor.pid.value}, {"name", json_text(ancestor.name)}});
  return list;
}

Json descriptors_json(const std::optional<ProcessDescriptors>& descriptors) {
  if (!descriptors) return nullptr;
  Json kinds = Json::object();
  std::map<std::string_view, std::size_t> counts;
  for (const Descriptor& descriptor : descriptors->descriptors) ++counts[descriptor_kind_name(descriptor.kind)];
  for (const auto& [kind, count] : counts) kinds[std::string(kind)] = count;
  return {{"count", descriptors->descriptors.size()}, {"kinds", std::move(kinds)}};
}

Json io_json(const std::optional<procfs::ProcessIo>& io) {
  if (!io) return nullptr;
  return {{"read_chars", io->read_chars},   {"write_chars", io->write_chars}, {"read_calls", io->read_calls},
          {"write_calls", io->write_calls}, {"read_bytes", io->read_bytes},   {"write_bytes", io->write_bytes}};
}

Json namespaces_json(const std::optional<std::vector<ForeignNamespace>>& foreign) {
  if (!foreign) return nullptr;
  Json spaces = Json::object();
  for (const ForeignNamespace& space : *foreign) spaces[space.kind] = space.inode;
  return spaces;
}

Json cgroups_json(const std::vector<procfs::Cgroup>& groups) {
  Json list = Json::array();
  for (const procfs::Cgroup& group : groups)
    list.push_back(
        {{"hierarchy", group.hierarchy}, {"controllers", group.controllers}, {"path", json_text(group.path)}});
  return list;
}

/// A link that is not ours to see is null.
Json link_json(const std::string& link) {
  return link.empty() ? Json(nullptr) : json_text(link);
}

void add_scheduling(Json& page, const ProcessFacts& facts) {
  page["state"] = std::string(1, facts.stat.state);
  page["nice"] = facts.stat.nice;
  page["policy"] = policy_name(facts.stat.policy);
  page["realtime_priority"] = facts.stat.realtime_priority;
  page["user_seconds"] = procfs::seconds_of_ticks(facts.stat.user_ticks);
  page["system_seconds"] = procfs::seconds_of_ticks(facts.stat.system_ticks);
  page["session"] = facts.stat.session;
  page["process_group"] = facts.stat.process_group;
  page["terminal"] = terminal_name(facts.stat.terminal_device);
}

void add_confinement(Json& page, const procfs::Status& status) {
  page["seccomp"] = {{"mode", seccomp_name(status.seccomp_mode)}, {"filters", status.seccomp_filters}};
  page["no_new_privs"] = status.no_new_privs != 0;
  page["capabilities"] = {{"effective", capability_json(status.effective_capabilities)},
                          {"permitted", capability_json(status.permitted_capabilities)},
                          {"inheritable", capability_json(status.inheritable_capabilities)},
                          {"bounding", capability_json(status.bounding_capabilities)},
                          {"ambient", capability_json(status.ambient_capabilities)}};
}

}  // namespace

Json json_of_thread(const ProcessFacts& facts, const ThreadFacts& thread) {
  Json page = {{"schema", 1}, {"pid", facts.pid.value}};
  page.update(thread_json(thread, facts));
  page["start_ticks"] = thread.stat.start_ticks;
  page["nice"] = thread.stat.nice;
  page["policy"] = policy_name(thread.stat.policy);
  page["realtime_priority"] = thread.stat.realtime_priority;
  if (!thread.status) return page;
  page["uid"] = id_json(thread.status->uid, thread.status->effective_uid, thread.status->saved_uid,
                        user_name(thread.status->uid));
  page["gid"] = id_json(thread.status->gid, thread.status->effective_gid, thread.status->saved_gid,
                        group_name(thread.status->gid));
  add_confinement(page, *thread.status);
  return page;
}

Json json_of(const ProcessFacts& facts) {
  const procfs::Status& status = facts.status;
  Json page = {{"schema", 1},
               {"pid", facts.pid.value},
               {"name", json_text(facts.stat.name)},
               {"arguments", strings_json(facts.arguments)},
               {"executable", link_json(facts.executable)},
               {"bits", facts.word_bits ? Json(*facts.word_bits) : Json(nullptr)},
               {"cwd", link_json(facts.working_directory)},
               {"root", link_json(facts.root)},
               {"uid", id_json(status.uid, status.effective_uid, status.saved_uid, user_name(status.uid))},
               {"gid", id_json(status.gid, status.effective_gid, status.saved_gid, group_name(status.gid))},
               {"groups", status.groups},
               {"umask", status.umask},
               {"start_ticks", facts.stat.start_ticks},
               {"started", procfs::wall_clock_of_start(facts.stat)},
               {"age_seconds", procfs::age_in_seconds(facts.stat)},
               {"ancestors", ancestors_json(facts.ancestors)}};
  add_scheduling(page, facts);
  page["memory"] = memory_json(status.memory);
  page["oom_score_adj"] = facts.oom_score_adj ? Json(*facts.oom_score_adj) : Json(nullptr);
  page["io"] = io_json(facts.io);
  page["descriptors"] = descriptors_json(facts.descriptors);
  page["signals"] = signals_json(status);
  page["limits"] = limits_json(facts.limits);
  page["foreign_namespaces"] = namespaces_json(facts.foreign_namespaces);
  page["namespace_pids"] = status.namespace_ids;
  page["cgroups"] = cgroups_json(facts.cgroups);
  add_confinement(page, status);
  page["tracer"] = facts.tracer ? Json(facts.tracer->pid.value) : Json(nullptr);
  page["threads"] = threads_json(facts);
  return page;
}

}  // namespace tether::cli
