#include <fmt/format.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/mem_options.h"
#include "tether/cli/messages.h"
#include "tether/cli/numbers.h"
#include "tether/cli/progress_bar.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target_call.h"
#include "tether/cli/value_display.h"
#include "tether/control/core_file.h"
#include "tether/control/memory_value.h"
#include "tether/control/snapshot.h"
#include "tether/procfs/task.h"
#include "tether/procfs/word_size.h"

namespace tether::cli {

namespace {

constexpr std::string_view kMemDiffUsage =
    "usage: tether mem diff [OPTIONS] PID --for TIME     what changes in that time\n"
    "       tether mem diff [OPTIONS] PID --save FILE    remember the memory\n"
    "       tether mem diff [OPTIONS] PID FILE           what has changed since; FILE may be any core of the "
    "process\n\n"
    "Compares the memory of a process, which goes on meanwhile, at two moments: what it can write, unless --only says\n"
    "otherwise. Each line shows an address, and the bytes before and after.\n\nOptions:\n";

constexpr unsigned kDifferencesShown = 100;
constexpr std::size_t kShownBytes = 16;

struct MemDiffSettings {
  std::optional<std::string> name;
  std::vector<std::string> only;
  std::optional<std::uint64_t> time;  ///< ns
  std::optional<std::string> save;
  std::optional<std::string> type;
  std::optional<unsigned> shown;
  bool is_json = false;
  bool hides_progress = false;
  bool wants_help = false;
};

const std::vector<Option<MemDiffSettings>>& mem_diff_options() {
  using Takes = OptionShape::Takes;
  static const std::vector<Option<MemDiffSettings>> kOptions = {
      name_option<MemDiffSettings>(),
      only_option<MemDiffSettings>(),
      {{0, "for", Takes::Value, "TIME", "compare now with after this time: 2s, 100ms"},
       [](MemDiffSettings& s, Argument argument) -> Result<void> {
         s.time = TETHER_TRY(parse_duration_ns(*argument, "--for", "s"));
         return ok();
       }},
      {{0, "save", Takes::Value, "FILE", "write the memory into FILE, which is an ELF core without threads"},
       [](MemDiffSettings& s, Argument argument) {
         s.save = std::string(*argument);
         return ok();
       }},
      {{0, "type", Takes::Value, "TYPE", "show values of this type, not bytes: u32, f64, ptr"},
       [](MemDiffSettings& s, Argument argument) {
         s.type = std::string(*argument);
         return ok();
       }},
      {{0, "limit", Takes::Value, "N", "how many to show at most; 100"},
       [](MemDiffSettings& s, Argument argument) -> Result<void> {
         s.shown = TETHER_TRY(parse_count(*argument, "--limit", std::numeric_limits<int>::max()));
         return ok();
       }},
      progress_option<MemDiffSettings>(),
      json_option<MemDiffSettings>(),
      help_option<MemDiffSettings>(),
  };
  return kOptions;
}

/// What has been found so far, as text.
class Listing {
 public:
  Listing(const MemDiffSettings& settings, std::optional<ValueType> type)
      : settings_(settings),
        type_(std::move(type)),
        most_(settings.shown.value_or(settings.is_json ? std::numeric_limits<unsigned>::max() : kDifferencesShown)) {}

  void add(const Difference& difference) {
    if (difference.kind == Difference::Kind::Gone) return add_gone(difference);
    ++places_;
    bytes_ += difference.size;
    if (type_) return add_values(difference);
    if (!has_room()) return;
    if (settings_.is_json)
      text_ += json_line({{"schema", 1},
                          {"address", display_address(difference.address)},
                          {"before", format_hex_bytes(difference.before)},
                          {"after", format_hex_bytes(difference.after)}});
    else
      text_ += fmt::format("{:#014x}  {}  ->  {}\n", difference.address.value, sample(difference.before),
                           sample(difference.after));
  }

  std::string finish() {
    if (settings_.is_json) return std::move(text_);
    if (lines_ > most_) text_ += fmt::format("... and {} more; --limit shows more\n", lines_ - most_);
    if (places_ == 0) return text_ + "nothing has changed\n";
    return text_ +
           fmt::format("{} byte{} in {} place{}\n", bytes_, bytes_ == 1 ? "" : "s", places_, places_ == 1 ? "" : "s");
  }

 private:
  bool has_room() { return ++lines_ <= most_; }

  static std::string sample(const std::vector<std::byte>& bytes) {
    const std::size_t shown = std::min(bytes.size(), kShownBytes);
    std::string text = format_hex_bytes(std::span(bytes).first(shown));
    return shown < bytes.size() ? text + fmt::format(" ... ({} bytes)", bytes.size()) : text;
  }

  void add_gone(const Difference& difference) {
    if (!has_room()) return;
    const RemoteAddr end = difference.address + difference.size;
    if (settings_.is_json)
      text_ += json_line({{"schema", 1}, {"address", display_address(difference.address)}, {"gone", difference.size}});
    else
      text_ += display_address(difference.address) + "-" + display_address(end) + " is not there any more\n";
  }

  void add_values(const Difference& difference) {
    for (std::size_t at = 0; at + type_->width <= difference.size; at += type_->width) {
      const auto before = std::span(difference.before).subspan(at, type_->width);
      const auto after = std::span(difference.after).subspan(at, type_->width);
      if (std::ranges::equal(before, after) || !has_room()) continue;
      const RemoteAddr address = difference.address + at;
      if (settings_.is_json)
        text_ += json_line({{"schema", 1},
                            {"address", display_address(address)},
                            {"type", name_of(*type_)},
                            {"before", value_to_json(*type_, before)},
                            {"after", value_to_json(*type_, after)}});
      else
        text_ += fmt::format("{:#014x}  {}  ->  {}\n", address.value, display_value(*type_, before),
                             display_value(*type_, after));
    }
  }

  const MemDiffSettings& settings_;
  std::optional<ValueType> type_;
  std::uint64_t most_;
  std::uint64_t lines_ = 0;
  std::uint64_t places_ = 0;
  std::uint64_t bytes_ = 0;
  std::string text_;
};

std::vector<std::string> what_to_save(const MemDiffSettings& settings) {
  return settings.only.empty() ? std::vector<std::string>{"writable"} : settings.only;
}

Result<CoreOutcome> save(Pid pid, const std::string& path, const MemDiffSettings& settings) {
  ProgressBar bar("saving", bar_wanted(settings));
  return write_snapshot(pid, path, what_to_save(settings),
                        {.progress = [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); }});
}

Result<std::optional<ValueType>> parse_type(Pid pid, const MemDiffSettings& settings) {
  if (!settings.type) return std::optional<ValueType>();
  ValueType type =
      TETHER_TRY(parse_value_type(*settings.type, TETHER_TRY(procfs::read_word_size(procfs::living_task_of(pid)))));
  if (type.is_number() && !type.count) return std::optional(std::move(type));
  return fail({.code = ErrorCode::Malformed,
               .message = "--type: '" + *settings.type + "' is no type of one number",
               .hint = "u32, i64, f64, ptr"});
}

Result<std::string> compare(Pid pid, const Snapshot& snapshot, const MemDiffSettings& settings) {
  auto type = TETHER_TRY(parse_type(pid, settings));
  const std::size_t width = type ? type->width : sizeof(std::uint32_t);
  Listing listing(settings, std::move(type));
  {
    ProgressBar bar("comparing", bar_wanted(settings));
    TETHER_CHECK(find_differences(
        pid, snapshot,
        {.width = width, .progress = [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); }},
        [&](const Difference& difference) { listing.add(difference); }));
  }
  return listing.finish();
}

void wait(std::uint64_t nanoseconds) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  timespec left{.tv_sec = static_cast<time_t>(nanoseconds / kSecond),
                .tv_nsec = static_cast<long>(nanoseconds % kSecond)};
  while (::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
  }
}

/// A file that nobody sees, for as long as it is compared with.
Result<std::string> diff_over_time(Pid pid, const MemDiffSettings& settings) {
  TETHER_TRY(parse_type(pid, settings));  // before the waiting
  const char* place = std::getenv("TMPDIR");
  std::string path = std::string(place != nullptr && *place != '\0' ? place : "/tmp") + "/tether-diff-XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd < 0) return fail(errno_error(errno, path));
  ::close(fd);
  const auto saved = save(pid, path, settings);
  auto snapshot = Snapshot::open(path);
  ::unlink(path.c_str());
  if (!saved.has_value()) return fail(saved.error());
  if (!snapshot.has_value()) return fail(snapshot.error());
  wait(*settings.time);
  return compare(pid, *snapshot, settings);
}

int print(const Result<std::string>& text) {
  return text.has_value() ? print_text(*text) : complain_of_target(text.error());
}

int diff_with_file(Pid pid, const std::string& path, const MemDiffSettings& settings) {
  const auto snapshot = Snapshot::open(path);
  if (!snapshot.has_value()) return complain(snapshot.error());
  return print(compare(pid, *snapshot, settings));
}

int save_only(Pid pid, const MemDiffSettings& settings) {
  const auto saved = save(pid, *settings.save, settings);
  if (!saved.has_value()) return complain_of_target(saved.error());
  if (settings.is_json) return 0;
  return print_text(fmt::format("saved {:.1f} MiB; `tether mem diff {} FILE` compares\n",
                                static_cast<double>(saved->written) / (1 << 20), pid.value));
}

}  // namespace

int run_mem_diff(const Invocation& invocation) {
  const auto call = read_target_call<MemDiffSettings>(invocation, kMemDiffUsage, mem_diff_options());
  if (!call.has_value()) return call.error();
  const MemDiffSettings& settings = call->settings;
  const Pid pid = call->target.pid;
  const int wishes = static_cast<int>(call->rest.size()) + static_cast<int>(settings.time.has_value()) +
                     static_cast<int>(settings.save.has_value());
  if (wishes != 1)
    return complain({.code = ErrorCode::Malformed,
                     .message = "mem diff takes one of --for TIME, --save FILE and FILE",
                     .hint = "tether mem diff PID --for 2s"});
  if (settings.time) return print(diff_over_time(pid, settings));
  if (settings.save) return save_only(pid, settings);
  return diff_with_file(pid, call->rest[0], settings);
}

}  // namespace tether::cli
