#include <string>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/command_line.h"
#include "tether/cli/descriptor_text.h"
#include "tether/cli/json_output.h"
#include "tether/cli/messages.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target_call.h"
#include "tether/cli/text_table.h"
#include "tether/control/descriptor_list.h"
#include "tether/procfs/process_list.h"
#include "tether/sink/text/string_text.h"

namespace tether::cli {

namespace {

constexpr std::string_view kFdLsUsage =
    "usage: tether fd ls [OPTIONS] PID\n\n"
    "Lists the file descriptors of a process: number, kind, access mode, offset, flags, and what each refers to.\n"
    "The process is not stopped.\n\nOptions:\n";

struct FdLsSettings {
  std::optional<std::string> name;
  PeerLookup peers = PeerLookup::None;
  bool is_tree = false;
  bool is_json = false;
  bool wants_help = false;
};

const std::vector<Option<FdLsSettings>>& fd_ls_options() {
  using Takes = OptionShape::Takes;
  static const std::vector<Option<FdLsSettings>> kOptions = {
      name_option<FdLsSettings>(),
      {{0, "peers", Takes::Nothing, "", "name the processes at the other end of pipes, sockets and terminals"},
       [](FdLsSettings& s, Argument) {
         s.peers = PeerLookup::Named;
         return ok();
       }},
      {{0, "tree", Takes::Nothing, "", "also those of all processes that descend from it"},
       [](FdLsSettings& s, Argument) {
         s.is_tree = true;
         return ok();
       }},
      json_option<FdLsSettings>("one JSON document"),
      help_option<FdLsSettings>(),
  };
  return kOptions;
}

/// Sockets, pipes and their like have no position.
bool has_offset(DescriptorKind kind) {
  return kind == DescriptorKind::File || kind == DescriptorKind::Directory || kind == DescriptorKind::BlockDevice ||
         kind == DescriptorKind::Memory;
}

std::string flags_text(const procfs::FdInfo& info) {
  std::string names = procfs::open_flag_names(info.flags);
  if (procfs::has_cloexec(info.flags)) names += names.empty() ? "O_CLOEXEC" : "|O_CLOEXEC";
  return names.empty() ? "-" : names;
}

std::string table_of(const ProcessDescriptors& process) {
  TextTable table({{"FD", Align::Right},
                   {"KIND", Align::Left},
                   {"MODE", Align::Left},
                   {"OFFSET", Align::Right},
                   {"FLAGS", Align::Left},
                   {"WHAT", Align::Left}});
  for (const Descriptor& descriptor : process.descriptors) {
    std::string what = describe_target(descriptor);
    if (!descriptor.peers.empty()) what += "  <-> " + describe_peers(descriptor);
    table.add({std::to_string(descriptor.fd.value), std::string(descriptor_kind_name(descriptor.kind)),
               std::string(procfs::access_mode_name(descriptor.info.flags)),
               has_offset(descriptor.kind) ? std::to_string(descriptor.info.offset) : "-", flags_text(descriptor.info),
               what});
  }
  return table.text();
}

std::string text_of(const DescriptorReport& report) {
  std::string text;
  for (const ProcessDescriptors& process : report.processes) {
    if (process.failure) continue;
    if (report.processes.size() > 1) {
      text += (text.empty() ? "" : "\n") + std::to_string(process.pid.value) + " (";
      append_printable(text, process.name);
      text += ")\n";
    }
    text += table_of(process);
  }
  return text;
}

Json json_of(const DescriptorReport& report, PeerLookup peers) {
  Json processes = Json::array();
  for (const ProcessDescriptors& process : report.processes) {
    Json entry = {{"pid", process.pid.value}, {"name", json_text(process.name)}};
    if (process.failure) entry["error"] = json_text(process.failure->message);
    Json list = Json::array();
    for (const Descriptor& descriptor : process.descriptors) list.push_back(descriptor_json(descriptor));
    entry["descriptors"] = std::move(list);
    processes.push_back(std::move(entry));
  }
  Json document = {{"schema", 1}, {"processes", std::move(processes)}};
  if (peers == PeerLookup::Named) document["unreadable_processes"] = report.unreadable;
  return document;
}

int show(const DescriptorReport& report, const FdLsSettings& settings) {
  for (const ProcessDescriptors& process : report.processes)
    if (process.failure && process.failure->code != ErrorCode::NotFound) say(*process.failure);
  if (report.unreadable != 0)
    say({.code = ErrorCode::PermissionDenied,
         .message = "peers may be missing: the descriptors of " + std::to_string(report.unreadable) +
                    (report.unreadable == 1 ? " process" : " processes") + " are not ours to see",
         .hint = "run tether as root"});
  return settings.is_json ? print_json(json_of(report, settings.peers)) : print_text(text_of(report));
}

Result<std::vector<Pid>> processes_of(Pid pid, const FdLsSettings& settings) {
  if (settings.is_tree) return procfs::read_descendants(pid);
  return std::vector<Pid>{pid};
}

}  // namespace

int run_fd_ls(const Invocation& invocation) {
  const auto call = read_target_call<FdLsSettings>(invocation, kFdLsUsage, fd_ls_options());
  if (!call.has_value()) return call.error();
  const FdLsSettings& settings = call->settings;
  if (!call->rest.empty()) return complain_of_rest(call->rest.front());
  const auto pids = processes_of(call->target.pid, settings);
  if (!pids.has_value()) return complain(pids.error());
  const auto report = list_descriptors(*pids, {.peers = settings.peers});
  if (!report.has_value()) return complain(report.error());
  if (const auto& failure = report->processes.front().failure) return complain_of_target(*failure);
  return show(*report, settings);
}

}  // namespace tether::cli
