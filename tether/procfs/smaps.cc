#include "tether/procfs/smaps.h"

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

namespace {

struct UseLine {
  std::string_view key;
  std::uint64_t MappingUse::*member;
};

constexpr UseLine kUseLines[] = {
    {"Rss", &MappingUse::resident},
    {"Pss", &MappingUse::proportional},
    {"Private_Clean", &MappingUse::private_clean},
    {"Private_Dirty", &MappingUse::private_dirty},
    {"Shared_Clean", &MappingUse::shared_clean},
    {"Shared_Dirty", &MappingUse::shared_dirty},
    {"Anonymous", &MappingUse::anonymous},
    {"Swap", &MappingUse::swapped},
    {"Locked", &MappingUse::locked},
    {"AnonHugePages", &MappingUse::huge_pages},
    {"ShmemPmdMapped", &MappingUse::huge_pages},
    {"FilePmdMapped", &MappingUse::huge_pages},
    {"KernelPageSize", &MappingUse::page_size},
};

/// Keys begin with a capital, addresses are in small letters.
bool begins_mapping(std::string_view line) {
  return !line.empty() && !(line[0] >= 'A' && line[0] <= 'Z');
}

void parse_use(MappingUse& use, std::string_view line) {
  const std::string_view key = take_field(line, ':');
  if (key == "VmFlags") use.flags = without_blanks(line);
  constexpr std::uint64_t kKibi = 1024;  // "kB" there
  for (const UseLine& row : kUseLines)
    if (key == row.key) use.*row.member += number_or_zero<std::uint64_t>(take_word(line)) * kKibi;
}

}  // namespace

Result<std::vector<MappingUse>> parse_smaps(std::string_view text) {
  std::vector<MappingUse> uses;
  std::string headers;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    if (begins_mapping(line)) {
      headers.append(line).push_back('\n');
      uses.emplace_back();
    } else if (!uses.empty()) {
      parse_use(uses.back(), line);
    }
  }
  std::vector<Mapping> maps = TETHER_TRY(parse_maps(headers));
  for (std::size_t i = 0; i < uses.size(); ++i) uses[i].mapping = std::move(maps[i]);
  return uses;
}

Result<std::vector<MappingUse>> read_smaps(Pid pid) {
  return parse_smaps(TETHER_TRY(read_text_file(path_in_proc(living_task_of(pid), "smaps"))));
}

}  // namespace tether::procfs
