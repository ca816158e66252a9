#include "tether/procfs/status.h"

#include <algorithm>
#include <charconv>

#include "tether/procfs/text_file.h"

namespace tether::procfs {

namespace {

std::string_view next_word(std::string_view& rest) {
  const std::size_t start = rest.find_first_not_of(" \t");
  if (start == std::string_view::npos) return rest = {};
  rest.remove_prefix(start);
  const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

template <class Int>
Int parse_int(std::string_view word, int base = 10) {
  Int value{};
  std::from_chars(word.data(), word.data() + word.size(), value, base);
  return value;
}

using FieldParser = void (*)(Status&, std::string_view);

struct FieldRow {
  std::string_view key;
  FieldParser parse;
};

// One row per line of the file that we read.
constexpr FieldRow kFields[] = {
    {"Name", [](Status& s, std::string_view v) { s.name = next_word(v); }},
    {"State",
     [](Status& s, std::string_view v) {
       if (const auto w = next_word(v); !w.empty()) s.state = w[0];
     }},
    {"Tgid", [](Status& s, std::string_view v) { s.thread_group = Pid(parse_int<std::int32_t>(next_word(v))); }},
    {"PPid", [](Status& s, std::string_view v) { s.parent = Pid(parse_int<std::int32_t>(next_word(v))); }},
    {"TracerPid", [](Status& s, std::string_view v) { s.tracer = Tid(parse_int<std::int32_t>(next_word(v))); }},
    {"Uid",
     [](Status& s, std::string_view v) {
       s.uid = parse_int<std::uint32_t>(next_word(v));
       s.effective_uid = parse_int<std::uint32_t>(next_word(v));
     }},
    {"Threads", [](Status& s, std::string_view v) { s.threads = parse_int<std::uint32_t>(next_word(v)); }},
    {"NSpid",
     [](Status& s, std::string_view v) {
       for (std::string_view id = next_word(v); !id.empty(); id = next_word(v))
         s.namespace_ids.push_back(parse_int<std::int32_t>(id));
     }},
    {"SigBlk", [](Status& s, std::string_view v) { s.signals_blocked = parse_int<std::uint64_t>(next_word(v), 16); }},
    {"SigIgn", [](Status& s, std::string_view v) { s.signals_ignored = parse_int<std::uint64_t>(next_word(v), 16); }},
    {"SigCgt", [](Status& s, std::string_view v) { s.signals_caught = parse_int<std::uint64_t>(next_word(v), 16); }},
    {"SigPnd", [](Status& s, std::string_view v) { s.signals_pending = parse_int<std::uint64_t>(next_word(v), 16); }},
    {"CapEff",
     [](Status& s, std::string_view v) { s.effective_capabilities = parse_int<std::uint64_t>(next_word(v), 16); }},
    {"Umask", [](Status& s, std::string_view v) { s.umask = parse_int<std::uint32_t>(next_word(v), 8); }},
    {"NoNewPrivs", [](Status& s, std::string_view v) { s.no_new_privs = parse_int<int>(next_word(v)); }},
    {"Seccomp", [](Status& s, std::string_view v) { s.seccomp_mode = parse_int<int>(next_word(v)); }},
};

}  // namespace

Result<Status> parse_status(std::string_view text) {
  Status status;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    for (const FieldRow& field : kFields)
      if (line.substr(0, colon) == field.key) field.parse(status, line.substr(colon + 1));
  }
  if (status.thread_group.value == 0)
    return fail({.code = ErrorCode::Malformed, .message = "/proc/PID/status: no Tgid line", .hint = {}});
  return status;
}

Result<Status> read_status(Tid tid) {
  return parse_status(TETHER_TRY(read_text_file("/proc/" + std::to_string(tid.value) + "/status")));
}

}  // namespace tether::procfs
