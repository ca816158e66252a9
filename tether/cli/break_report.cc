#include "tether/cli/break_report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "tether/cli/hit_report.h"
#include "tether/cli/messages.h"
#include "tether/cli/time_text.h"
#include "tether/sink/text/string_text.h"

extern char** environ;

namespace tether::cli {

namespace {

std::string replace_all(std::string text, std::string_view from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

BreakReport::BreakReport(BreakReportOptions options, PatientOutput& output)
    : options_(std::move(options)), output_(output), counts_(options_.places.size()) {
  if (options_.actions.empty()) options_.actions.push_back({.kind = BreakAction::Kind::Print});
}

Result<const symbol::ValueExpression*> BreakReport::condition_in(const BreakpointHit& hit) {
  if (const auto known = conditions_.find(hit.pid); known != conditions_.end()) return &known->second;
  const auto names = symbol::names_of(*hit.symbolizer);
  auto resolved = options_.condition->with_names(*names);
  if (!resolved.has_value()) return fail(std::move(resolved).error());
  return &conditions_.insert_or_assign(hit.pid, std::move(*resolved)).first->second;
}

bool BreakReport::is_wanted(const BreakpointHit& hit) {
  if (!options_.condition) return true;
  const auto condition = condition_in(hit);
  if (!condition.has_value()) {
    error_ = condition.error();
    return false;
  }
  const auto value =
      (*condition)->evaluate({.registers = &hit.registers, .abi = hit.abi, .memory = hit.memory, .names = nullptr});
  if (!value.has_value()) ++undecided_;
  return value.has_value() && value->is_true();
}

BreakpointHandler::Verdict BreakReport::on_hit(const BreakpointHit& hit) {
  // The condition was asked when the function was entered.
  const bool is_return = hit.kind == BreakpointHit::Kind::Returned;
  if (!is_return && !is_wanted(hit)) return error_ ? Verdict::End : Verdict::Disregard;
  if (is_return) {
    ++returns_;
  } else {
    ++hits_;
    ++counts_[hit.place];
  }
  Verdict verdict = act(hit);
  if (error_ || has_lost_reader_) verdict = std::max(verdict, Verdict::End);
  const std::uint64_t reached = options_.waits_for_return ? returns_ : hits_;
  const bool is_counted = is_return == options_.waits_for_return;
  if (options_.most_hits != 0 && is_counted && reached >= options_.most_hits) verdict = std::max(verdict, Verdict::End);
  return verdict;
}

BreakpointHandler::Verdict BreakReport::act(const BreakpointHit& hit) {
  Verdict verdict = Verdict::GoOn;
  const std::string& place = options_.places[hit.place].text;
  const bool is_return = hit.kind == BreakpointHit::Kind::Returned;
  std::string text;
  if (options_.format == BreakReportOptions::Format::Json)
    if (const auto line = hit_json(hit, place, options_.actions)) text = json_line(*line);
  for (const BreakAction& action : options_.actions) {
    if (action.kind == BreakAction::Kind::Run) {
      write(std::exchange(text, {}));
      run_verb(hit, action.words);
    } else if (action.kind == BreakAction::Kind::Stop) {
      if (is_return == options_.waits_for_return) verdict = Verdict::EndStopped;
    } else if (options_.format == BreakReportOptions::Format::Text) {
      text += hit_text(hit, place, action);
    }
  }
  write(text);
  return verdict;
}

void BreakReport::write(std::string_view text) {
  if (!text.empty()) has_lost_reader_ |= !output_.write(text);
}

void BreakReport::run_verb(const BreakpointHit& hit, const std::vector<std::string>& words) {
  std::vector<std::string> expanded{"tether"};
  for (const std::string& word : words)
    expanded.push_back(
        replace_all(replace_all(word, "{pid}", std::to_string(hit.pid.value)), "{tid}", std::to_string(hit.tid.value)));
  std::vector<char*> argv;
  for (std::string& word : expanded) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  // The tracer may be under SCHED_IDLE at the moment (tracee/placement.cc), which is not for others.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setschedpolicy(&attributes, SCHED_OTHER);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSCHEDULER);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, "/proc/self/exe", &files, &attributes, argv.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) {
    error_ = errno_error(error, "running '" + words.front() + "'");
    return;
  }
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void BreakReport::on_note(std::string_view text) {
  say(text);
}

void BreakReport::finish() {
  if (has_lost_reader_) return;
  if (options_.format == BreakReportOptions::Format::Json) return write(json_line(end_json()));
  if (std::ranges::count(options_.actions, BreakAction::Kind::Count, &BreakAction::kind) != 0) write(table_of_counts());
}

std::string BreakReport::table_of_counts() const {
  std::string text = "      hits  where\n";
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    text += fmt::format("{:>10}  ", counts_[i]);
    append_printable(text, options_.places[i].text);
    text += "\n";
  }
  return text;
}

Json BreakReport::end_json() const {
  Json line = {{"schema", 1}, {"event", "end"}, {"time", full_time()}, {"hits", hits_}, {"undecided", undecided_}};
  for (std::size_t i = 0; i < counts_.size(); ++i)
    line["places"].push_back({{"place", json_text(options_.places[i].text)}, {"hits", counts_[i]}});
  return line;
}

}  // namespace tether::cli
