#include "tether/procfs/status.h"

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

namespace {

using FieldParser = void (*)(Status&, std::string_view);

struct FieldRow {
  std::string_view key;
  FieldParser parse;
};

// One row per line of the file that we read.
constexpr FieldRow kFields[] = {
    {"Name", [](Status& s, std::string_view v) { s.name = take_word(v); }},
    {"State",
     [](Status& s, std::string_view v) {
       if (const auto w = take_word(v); !w.empty()) s.state = w[0];
     }},
    {"Tgid", [](Status& s, std::string_view v) { s.thread_group = Pid(number_or_zero<std::int32_t>(take_word(v))); }},
    {"PPid", [](Status& s, std::string_view v) { s.parent = Pid(number_or_zero<std::int32_t>(take_word(v))); }},
    {"TracerPid", [](Status& s, std::string_view v) { s.tracer = Tid(number_or_zero<std::int32_t>(take_word(v))); }},
    {"Uid",
     [](Status& s, std::string_view v) {
       s.uid = number_or_zero<std::uint32_t>(take_word(v));
       s.effective_uid = number_or_zero<std::uint32_t>(take_word(v));
       s.saved_uid = number_or_zero<std::uint32_t>(take_word(v));
     }},
    {"Gid",
     [](Status& s, std::string_view v) {
       s.gid = number_or_zero<std::uint32_t>(take_word(v));
       s.effective_gid = number_or_zero<std::uint32_t>(take_word(v));
       s.saved_gid = number_or_zero<std::uint32_t>(take_word(v));
     }},
    {"Groups",
     [](Status& s, std::string_view v) {
       for (std::string_view id = take_word(v); !id.empty(); id = take_word(v))
         s.groups.push_back(number_or_zero<std::uint32_t>(id));
     }},
    {"Umask", [](Status& s, std::string_view v) { s.umask = number_or_zero<std::uint32_t>(take_word(v), 8); }},
    {"Threads", [](Status& s, std::string_view v) { s.threads = number_or_zero<std::uint32_t>(take_word(v)); }},
    {"NSpid",
     [](Status& s, std::string_view v) {
       for (std::string_view id = take_word(v); !id.empty(); id = take_word(v))
         s.namespace_ids.push_back(number_or_zero<std::int32_t>(id));
     }},
    {"NoNewPrivs", [](Status& s, std::string_view v) { s.no_new_privs = number_or_zero<int>(take_word(v)); }},
    {"Seccomp", [](Status& s, std::string_view v) { s.seccomp_mode = number_or_zero<int>(take_word(v)); }},
    {"Seccomp_filters",
     [](Status& s, std::string_view v) { s.seccomp_filters = number_or_zero<std::uint32_t>(take_word(v)); }},
    {"voluntary_ctxt_switches",
     [](Status& s, std::string_view v) { s.voluntary_switches = number_or_zero<std::uint64_t>(take_word(v)); }},
    {"nonvoluntary_ctxt_switches",
     [](Status& s, std::string_view v) { s.involuntary_switches = number_or_zero<std::uint64_t>(take_word(v)); }},
};

struct MaskRow {
  std::string_view key;
  std::uint64_t Status::*member;
};

constexpr MaskRow kMasks[] = {
    {"SigBlk", &Status::signals_blocked},         {"SigIgn", &Status::signals_ignored},
    {"SigCgt", &Status::signals_caught},          {"SigPnd", &Status::signals_pending},
    {"ShdPnd", &Status::signals_pending_process}, {"CapInh", &Status::inheritable_capabilities},
    {"CapPrm", &Status::permitted_capabilities},  {"CapEff", &Status::effective_capabilities},
    {"CapBnd", &Status::bounding_capabilities},   {"CapAmb", &Status::ambient_capabilities},
};

struct MemoryRow {
  std::string_view key;
  std::uint64_t MemorySums::*member;
};

constexpr MemoryRow kMemory[] = {
    {"VmSize", &MemorySums::virtual_size},
    {"VmPeak", &MemorySums::virtual_peak},
    {"VmRSS", &MemorySums::resident},
    {"VmHWM", &MemorySums::resident_peak},
    {"RssAnon", &MemorySums::resident_anonymous},
    {"RssFile", &MemorySums::resident_file},
    {"RssShmem", &MemorySums::resident_shared},
    {"VmSwap", &MemorySums::swapped},
    {"VmLck", &MemorySums::locked},
};

void parse_line(Status& status, std::string_view line) {
  const std::string_view key = take_field(line, ':');
  for (const FieldRow& field : kFields)
    if (key == field.key) field.parse(status, line);
  for (const MaskRow& mask : kMasks)
    if (key == mask.key) status.*mask.member = number_or_zero<std::uint64_t>(take_word(line), 16);
  constexpr std::uint64_t kKibi = 1024;  // "kB" there
  for (const MemoryRow& row : kMemory)
    if (key == row.key) status.memory.*row.member = number_or_zero<std::uint64_t>(take_word(line)) * kKibi;
}

}  // namespace

Result<Status> parse_status(std::string_view text) {
  Status status;
  while (!text.empty()) parse_line(status, take_line(text));
  if (status.thread_group.value == 0)
    return fail({.code = ErrorCode::Malformed, .message = "/proc/PID/status: no Tgid line", .hint = {}});
  return status;
}

Result<Status> read_status(Tid tid) {
  return parse_status(TETHER_TRY(read_text_file(path_in_proc(tid, "status"))));
}

}  // namespace tether::procfs
