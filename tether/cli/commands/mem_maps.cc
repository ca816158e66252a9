#include <fmt/format.h>

#include <string>
#include <vector>

#include "tether/cli/amounts.h"
#include "tether/cli/change_options.h"
#include "tether/cli/command_line.h"
#include "tether/cli/json_output.h"
#include "tether/cli/messages.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target_call.h"
#include "tether/cli/text_table.h"
#include "tether/control/mapping_names.h"
#include "tether/procfs/smaps.h"

namespace tether::cli {

namespace {

using procfs::MappingUse;

constexpr std::string_view kMemMapsUsage =
    "usage: tether mem maps [OPTIONS] PID\n\n"
    "Lists the mappings of a process: addresses, permissions, size, how much of it is in memory (RSS), how much of "
    "that\n"
    "the process alone has changed (DIRTY), how much is swapped out, and what it is. The process is not stopped.\n\n"
    "Options:\n";

struct MemMapsSettings {
  std::optional<std::string> name;
  bool is_json = false;
  bool wants_help = false;
};

const std::vector<Option<MemMapsSettings>>& mem_maps_options() {
  static const std::vector<Option<MemMapsSettings>> kOptions = {
      name_option<MemMapsSettings>(),
      json_option<MemMapsSettings>("one JSON document"),
      help_option<MemMapsSettings>(),
  };
  return kOptions;
}

std::string permissions(const procfs::Mapping& mapping) {
  return {mapping.is_readable ? 'r' : '-', mapping.is_writable ? 'w' : '-', mapping.is_executable ? 'x' : '-',
          mapping.is_shared ? 's' : 'p'};
}

struct Sums {
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  std::uint64_t proportional = 0;
  std::uint64_t dirty = 0;
  std::uint64_t swapped = 0;
};

Sums sum_of(const std::vector<MappingUse>& uses) {
  Sums sums;
  for (const MappingUse& use : uses) {
    sums.size +=
        use.mapping.kind == procfs::MappingKind::Vsyscall ? 0 : use.mapping.size();  // the kernel's, not its own
    sums.resident += use.resident;
    sums.proportional += use.proportional;
    sums.dirty += use.private_dirty;
    sums.swapped += use.swapped;
  }
  return sums;
}

std::string table_of(const std::vector<MappingUse>& uses, const std::vector<std::string>& names) {
  TextTable table({{"ADDRESSES", Align::Right},
                   {"PERM", Align::Left},
                   {"SIZE", Align::Right},
                   {"RSS", Align::Right},
                   {"DIRTY", Align::Right},
                   {"SWAP", Align::Right},
                   {"WHAT", Align::Left}});
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const MappingUse& use = uses[i];
    table.add({fmt::format("{:x}-{:x}", use.mapping.start.value, use.mapping.end.value), permissions(use.mapping),
               size_text(use.mapping.size()), size_text(use.resident), size_text(use.private_dirty),
               size_text(use.swapped), names[i]});
  }
  const Sums sums = sum_of(uses);
  table.add({fmt::format("{} mappings", uses.size()), "", size_text(sums.size), size_text(sums.resident),
             size_text(sums.dirty), size_text(sums.swapped),
             fmt::format("sums; {} with shared pages divided among their users (PSS)", size_text(sums.proportional))});
  return table.text();
}

Json mapping_json(const MappingUse& use, const std::string& name) {
  return {{"start", json_address(use.mapping.start)},
          {"end", json_address(use.mapping.end)},
          {"permissions", permissions(use.mapping)},
          {"what", json_text(name)},
          {"path", json_text(use.mapping.path)},
          {"deleted", use.mapping.is_deleted},
          {"offset", use.mapping.offset},
          {"inode", use.mapping.inode},
          {"size", use.mapping.size()},
          {"rss", use.resident},
          {"pss", use.proportional},
          {"private_clean", use.private_clean},
          {"private_dirty", use.private_dirty},
          {"shared_clean", use.shared_clean},
          {"shared_dirty", use.shared_dirty},
          {"anonymous", use.anonymous},
          {"swap", use.swapped},
          {"locked", use.locked},
          {"huge", use.huge_pages},
          {"page_size", use.page_size},
          {"vm_flags", use.flags}};
}

Json json_of(Pid pid, const std::vector<MappingUse>& uses, const std::vector<std::string>& names) {
  Json mappings = Json::array();
  for (std::size_t i = 0; i < uses.size(); ++i) mappings.push_back(mapping_json(uses[i], names[i]));
  const Sums sums = sum_of(uses);
  return {{"schema", 1},
          {"pid", pid.value},
          {"mappings", std::move(mappings)},
          {"sums",
           {{"size", sums.size},
            {"rss", sums.resident},
            {"pss", sums.proportional},
            {"private_dirty", sums.dirty},
            {"swap", sums.swapped}}}};
}

Error explain(Pid pid, Error error) {
  const std::string id = std::to_string(pid.value);
  if (error.code == ErrorCode::PermissionDenied)
    return std::move(error)
        .with_context("cannot read the mappings of process " + id)
        .with_hint("run tether as root, or as the user of that process; `tether doctor " + id + "` tells more");
  return error;
}

}  // namespace

int run_mem_maps(const Invocation& invocation) {
  const auto call = read_target_call<MemMapsSettings>(invocation, kMemMapsUsage, mem_maps_options());
  if (!call.has_value()) return call.error();
  const MemMapsSettings& settings = call->settings;
  if (!call->rest.empty()) return complain_of_rest(call->rest.front());
  const Pid pid = call->target.pid;
  const auto uses = procfs::read_smaps(pid);
  if (!uses.has_value()) return complain_of_target(explain(pid, uses.error()));
  const std::vector<std::string> names = name_mappings(*uses, find_stacks(pid));
  return settings.is_json ? print_json(json_of(pid, *uses, names)) : print_text(table_of(*uses, names));
}

}  // namespace tether::cli
