#include "tether/control/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "tether/control/internal/change_json.h"
#include "tether/control/program_image.h"
#include "tether/control/state_directory.h"
#include "tether/procfs/stat.h"
#include "tether/procfs/text_file.h"

namespace tether {

namespace {

using nlohmann::json;

constexpr int kSchema = 1;
constexpr std::string_view kOutcomes[] = {"intended", "made", "failed", "undone", "gone", "joined", "forgotten"};
constexpr std::string_view kSuffix = ".journal";

std::string now_utc() {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm parts;
  ::gmtime_r(&now.tv_sec, &parts);
  char text[32];
  const std::size_t length = ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string millis = std::to_string(now.tv_nsec / 1'000'000);
  return std::string(text, length) + "." + std::string(3 - millis.size(), '0') + millis + "Z";
}

/// The command line of the calling process, blanks between its words.
std::string own_command() {
  auto text = procfs::read_text_file("/proc/self/cmdline");
  if (!text.has_value()) return {};
  while (!text->empty() && text->back() == '\0') text->pop_back();
  std::ranges::replace(*text, '\0', ' ');
  return *text;
}

Error io_error(const std::string& path) {
  return errno_error(errno, path);
}

Result<std::string> read_all(int fd, const std::string& path) {
  std::string text;
  char buffer[65536];
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(fd, buffer, sizeof buffer, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(io_error(path));
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    at += got;
  }
}

Result<void> append(int fd, const std::string& path, const json& object) {
  // One write: another tether's line cannot come in between (O_APPEND).
  const std::string line = object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  if (::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size())) return ok();
  return fail(io_error(path).with_context("the journal cannot be written, so nothing is changed"));
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <class Int>
Int int_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<Int>() : Int{};
}

std::optional<JournalEntry> parse_intention(const json& line) {
  if (!line.contains("is")) return std::nullopt;
  auto change = change_from_json(line.at("is"));
  if (!change.has_value()) return std::nullopt;
  return JournalEntry{.number = int_of<ChangeNumber>(line, "change"),
                      .change = std::move(*change),
                      .lasting = text_of(line, "lasting") == "until-exit" ? Lasting::UntilExit : Lasting::Yes,
                      .time = text_of(line, "time"),
                      .uid = int_of<std::uint32_t>(line, "uid"),
                      .maker = Pid(int_of<std::int32_t>(line, "maker")),
                      .maker_start = int_of<std::uint64_t>(line, "maker_start"),
                      .command = text_of(line, "command"),
                      .program = text_of(line, "program")};
}

void apply_conclusion(std::vector<JournalEntry>& entries, const json& line, std::string_view outcome) {
  const auto number = int_of<ChangeNumber>(line, "change");
  const auto entry = std::ranges::find(entries, number, &JournalEntry::number);
  const auto known = std::ranges::find(kOutcomes, outcome);
  if (entry == entries.end() || known == std::end(kOutcomes)) return;
  entry->outcome = static_cast<Outcome>(known - std::begin(kOutcomes));
  if (!line.contains("is")) return;
  if (auto made = change_from_json(line.at("is")); made.has_value()) entry->change = std::move(*made);
}

/// The number of the last intention, 0 if there is none: only their lines say what a change is by whom.
ChangeNumber last_number(std::string_view text) {
  for (std::size_t at = text.rfind("\"maker\""); at != std::string_view::npos && at != 0;
       at = text.rfind("\"maker\"", at - 1)) {
    const std::size_t newline = text.rfind('\n', at);
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    const json line = json::parse(text.substr(begin, text.find('\n', at) - begin), nullptr, false);
    if (line.is_object() && line.contains("maker")) return int_of<ChangeNumber>(line, "change");
  }
  return 0;
}

}  // namespace

std::vector<JournalEntry> parse_journal(std::string_view text) {
  std::vector<JournalEntry> entries;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const json line = json::parse(text.substr(0, end), nullptr, false);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.is_object()) continue;
    if (const std::string outcome = text_of(line, "outcome"); !outcome.empty())
      apply_conclusion(entries, line, outcome);
    else if (auto entry = parse_intention(line))
      entries.push_back(std::move(*entry));
  }
  return entries;
}

Result<Journal> Journal::open(Pid pid) {
  std::string path = TETHER_TRY(journal_path(pid));
  auto made = make_state_directory();
  if (!made.has_value()) return fail(std::move(made).error().with_context("no place for the journal"));
  prune_state(kSuffix);
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.is_open()) return fail(io_error(path));
  return Journal(pid, std::move(path), std::move(file));
}

Journal::Hold::Hold(Journal& journal) : journal_(&journal) {
  if (journal.holds_++ > 0) return;
  while (::flock(journal.file_.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
}

Journal::Hold::~Hold() {
  if (journal_ != nullptr && --journal_->holds_ == 0) ::flock(journal_->file_.get(), LOCK_UN);
}

Result<std::vector<JournalEntry>> Journal::entries() const {
  return parse_journal(TETHER_TRY(read_all(file_.get(), path_)));
}

Result<ChangeNumber> Journal::intend(const Change& change, Lasting lasting) {
  const Hold hold(*this);
  const std::uint64_t own_start = TETHER_TRY(procfs::read_stat(Pid(::getpid()))).start_ticks;
  const ChangeNumber number = last_number(TETHER_TRY(read_all(file_.get(), path_))) + 1;
  TETHER_CHECK(append(file_.get(), path_,
                      {{"schema", kSchema},
                       {"change", number},
                       {"time", now_utc()},
                       {"uid", ::getuid()},
                       {"maker", ::getpid()},
                       {"maker_start", own_start},
                       {"command", own_command()},
                       {"program", program_image(pid_)},
                       {"lasting", lasting == Lasting::UntilExit ? "until-exit" : "yes"},
                       {"is", to_json(change)}}));
  return number;
}

Result<void> Journal::conclude(ChangeNumber number, Outcome outcome, const std::optional<Change>& made) {
  json line = {{"change", number}, {"outcome", kOutcomes[static_cast<std::size_t>(outcome)]}, {"time", now_utc()}};
  if (made) line["is"] = to_json(*made);
  return append(file_.get(), path_, line);
}

bool is_maker_alive(const JournalEntry& entry) {
  const auto maker = procfs::read_stat(entry.maker);
  return maker.has_value() && maker->start_ticks == entry.maker_start;
}

Result<std::string> journal_path(Pid pid) {
  return (state_directory() / TETHER_TRY(name_of_life(pid, kSuffix))).string();
}

Result<std::vector<JournalEntry>> read_journal(Pid pid) {
  auto text = procfs::read_text_file(TETHER_TRY(journal_path(pid)));
  if (!text.has_value()) {
    if (text.error().code == ErrorCode::NotFound) return std::vector<JournalEntry>();
    return fail(std::move(text).error());
  }
  return parse_journal(*text);
}

}  // namespace tether
