#include "tether/procfs/fdinfo.h"

#include "tether/procfs/internal/fields.h"
#include "tether/procfs/text_file.h"

namespace tether::procfs {

namespace {

/// The special information of type T, which it becomes if it was none.
template <class T>
T& special_of(FdInfo& info) {
  if (!std::holds_alternative<T>(info.special)) info.special = T{};
  return std::get<T>(info.special);
}

/// "7 mask: 3ff": the word behind the key `name` in `text`, whose keys end in a colon.
std::string_view value_of(std::string_view text, std::string_view name) {
  for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
    if (!word.starts_with(name) || word.size() <= name.size() || word[name.size()] != ':') continue;
    word.remove_prefix(name.size() + 1);
    return word.empty() ? take_word(text) : word;
  }
  return {};
}

/// "(7, 999950000)": seconds and nanoseconds.
std::uint64_t parse_time(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (!text.starts_with('(') || !text.ends_with(')') || comma == std::string_view::npos) return 0;
  const auto seconds = number_or_zero<std::uint64_t>(text.substr(1, comma - 1));
  const std::string_view rest = text.substr(comma + 1, text.size() - comma - 2);
  return seconds * 1'000'000'000 + number_or_zero<std::uint64_t>(without_blanks(rest));
}

// "tfd:        5 events:       19 data: 5  pos:0 ino:2f3 sdev:9" (fs/eventpoll.c)
void parse_epoll(FdInfo& info, std::string_view line) {
  special_of<EpollInfo>(info).targets.push_back({
      .fd = Fd(number_or_zero<std::int32_t>(value_of(line, "tfd"))),
      .events = number_or_zero<std::uint32_t>(value_of(line, "events"), 16),
      .data = number_or_zero<std::uint64_t>(value_of(line, "data"), 16),
      .inode = number_or_zero<std::uint64_t>(value_of(line, "ino"), 16),
      .device = number_or_zero<std::uint64_t>(value_of(line, "sdev"), 16),
  });
}

// "inotify wd:1 ino:2 sdev:fd00001 mask:fff ignored_mask:0 …" (fs/notify/fdinfo.c)
void parse_inotify(FdInfo& info, std::string_view line) {
  InotifyInfo& inotify = special_of<InotifyInfo>(info);
  if (!line.starts_with("inotify wd:")) return;
  inotify.watches.push_back({
      .descriptor = number_or_zero<std::int32_t>(value_of(line, "wd"), 16),
      .inode = number_or_zero<std::uint64_t>(value_of(line, "ino"), 16),
      .device = number_or_zero<std::uint64_t>(value_of(line, "sdev"), 16),
      .mask = number_or_zero<std::uint32_t>(value_of(line, "mask"), 16),
  });
}

using LineParser = void (*)(FdInfo&, std::string_view value, std::string_view line);

struct FdInfoLine {
  std::string_view key;  ///< a line begins with it
  LineParser parse;
};

constexpr FdInfoLine kFdInfoLines[] = {
    {"pos:", [](FdInfo& i, std::string_view v, std::string_view) { i.offset = number_or_zero<std::uint64_t>(v); }},
    {"flags:", [](FdInfo& i, std::string_view v, std::string_view) { i.flags = number_or_zero<std::uint32_t>(v, 8); }},
    {"mnt_id:", [](FdInfo& i, std::string_view v, std::string_view) { i.mount_id = number_or_zero<std::int32_t>(v); }},
    {"ino:", [](FdInfo& i, std::string_view v, std::string_view) { i.inode = number_or_zero<std::uint64_t>(v); }},
    {"eventfd-count:",
     [](FdInfo& i, std::string_view v, std::string_view) {
       special_of<EventFdInfo>(i).count = number_or_zero<std::uint64_t>(v, 16);
     }},
    {"tfd:", [](FdInfo& i, std::string_view, std::string_view line) { parse_epoll(i, line); }},
    {"inotify ", [](FdInfo& i, std::string_view, std::string_view line) { parse_inotify(i, line); }},
    {"sigmask:", [](FdInfo& i, std::string_view v,
                    std::string_view) { special_of<SignalFdInfo>(i).mask = number_or_zero<std::uint64_t>(v, 16); }},
    {"clockid:", [](FdInfo& i, std::string_view v,
                    std::string_view) { special_of<TimerFdInfo>(i).clock = number_or_zero<std::int32_t>(v); }},
    {"ticks:", [](FdInfo& i, std::string_view v,
                  std::string_view) { special_of<TimerFdInfo>(i).ticks = number_or_zero<std::uint64_t>(v); }},
    {"it_value:",
     [](FdInfo& i, std::string_view v, std::string_view) { special_of<TimerFdInfo>(i).remaining_ns = parse_time(v); }},
    {"it_interval:",
     [](FdInfo& i, std::string_view v, std::string_view) { special_of<TimerFdInfo>(i).interval_ns = parse_time(v); }},
    {"Pid:", [](FdInfo& i, std::string_view v,
                std::string_view) { special_of<PidFdInfo>(i).pid = number_or_zero<std::int32_t>(v); }},
    {"tty-index:",
     [](FdInfo& i, std::string_view v, std::string_view) {
       special_of<TerminalMasterInfo>(i).index = number_or_zero<std::uint32_t>(v);
     }},
};

}  // namespace

Result<FdInfo> parse_fdinfo(std::string_view text) {
  FdInfo info;
  bool has_flags = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    for (const FdInfoLine& row : kFdInfoLines)
      if (line.starts_with(row.key)) row.parse(info, without_blanks(line.substr(row.key.size())), line);
    has_flags = has_flags || line.starts_with("flags:");
  }
  if (!has_flags)
    return fail({.code = ErrorCode::Malformed, .message = "/proc/PID/fdinfo: no line of flags", .hint = {}});
  return info;
}

Result<FdInfo> read_fdinfo(Tid tid, Fd fd) {
  return parse_fdinfo(TETHER_TRY(read_text_file(path_in_proc(tid, "fdinfo/" + std::to_string(fd.value)))));
}

}  // namespace tether::procfs
