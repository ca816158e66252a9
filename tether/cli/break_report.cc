#include "tether/cli/break_report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <span>

#include "tether/arch/x86_64/registers.h"
#include "tether/cli/messages.h"
#include "tether/sink/text/string_text.h"
#include "tether/symbol/unwinder.h"

extern char** environ;

namespace tether::cli {

namespace {

using symbol::Number;
using symbol::Symbolizer;

constexpr std::size_t kStackBytes = 256 * 1024;
constexpr std::size_t kLongestString = 200;

/// Local time of day to the microsecond, as `trace -tt` has it.
std::string time_of_day() {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm parts;
  ::localtime_r(&now.tv_sec, &parts);
  return fmt::format("{:02}:{:02}:{:02}.{:06}", parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000);
}

std::uint64_t word_at(MemoryReader& memory, std::uint64_t address, std::size_t size) {
  std::uint64_t value = 0;
  memory.read_some(RemoteAddr(address), std::as_writable_bytes(std::span(&value, 1)).first(size));
  return value;
}

/// What a function may have been given, by the calling convention: six registers, or words on the stack.
std::string arguments_of(const BreakpointHit& hit) {
  std::string text;
  if (hit.abi == Abi::X86_64) {
    for (const std::string_view name : {"rdi", "rsi", "rdx", "rcx", "r8", "r9"})
      text += fmt::format(" {}={:#x}", name, *find_register(hit.registers, hit.abi, name));
    return text;
  }
  constexpr std::uint64_t kWord = 4;
  const std::uint64_t sp = *find_register(hit.registers, hit.abi, "esp");
  for (std::uint64_t i = 1; i <= 4; ++i)
    text += fmt::format(" [esp+{}]={:#x}", i * kWord, word_at(*hit.memory, sp + i * kWord, kWord));
  return text;
}

std::string text_of(const Number& number) {
  switch (number.type) {
    case Number::Type::Floating:
      return fmt::format("{}", number.floating);
    case Number::Type::Signed:
    case Number::Type::Literal:
      return fmt::format("{}", number.as_signed());
    case Number::Type::Unsigned:
      break;
  }
  return fmt::format("{:#x}", number.bits);
}

std::string string_at(MemoryReader& memory, std::uint64_t address) {
  std::array<std::byte, kLongestString> bytes;
  const std::size_t got = memory.read_some(RemoteAddr(address), bytes);
  if (got == 0) return fmt::format("{:#x}", address);
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), got);
  std::string text;
  append_quoted(text, all.substr(0, all.find('\0')), {});
  return all.find('\0') == std::string_view::npos ? text + "..." : text;
}

std::string registers_of(const BreakpointHit& hit) {
  std::string text = "   ";
  std::size_t column = 0;
  for (const RegisterName& name : register_names(hit.abi)) {
    text += fmt::format(" {:>8}={:<#18x}", name.name, *find_register(hit.registers, hit.abi, name.name));
    constexpr std::size_t kColumns = 4;
    if (++column % kColumns == 0) text += "\n   ";
  }
  while (text.back() == ' ') text.pop_back();
  return text.back() == '\n' ? text : text + "\n";
}

std::string backtrace_of(const BreakpointHit& hit) {
  [[maybe_unused]] const auto refreshed = hit.symbolizer->refresh();
  symbol::ThreadSnapshot snapshot{.registers = hit.registers, .abi = hit.abi, .stack_start = {}, .stack = {}};
  snapshot.stack_start = RemoteAddr(snapshot.stack_pointer().value - symbol::kRedZone);
  snapshot.stack.resize(kStackBytes);
  snapshot.stack.resize(hit.memory->read_some(snapshot.stack_start, snapshot.stack));
  const symbol::Backtrace trace = symbol::Unwinder(*hit.symbolizer).unwind(snapshot);
  std::string text;
  for (std::size_t i = 0; i < trace.frames.size(); ++i) {
    const auto location = hit.symbolizer->locate(trace.frames[i].lookup_address(), Symbolizer::Detail::Lines);
    std::string line = fmt::format("    #{:<3} {:#018x} {}", i, trace.frames[i].pc.value, location.text());
    if (!location.module.empty()) line += " in " + location.module;
    if (!location.source.empty() && location.source.front().line != 0)
      line += fmt::format(" at {}:{}", location.source.front().file, location.source.front().line);
    append_printable(text, line);
    text += "\n";
  }
  if (trace.end == symbol::Backtrace::End::Lost) text += "    (" + trace.reason + ")\n";
  return text;
}

std::string replace_all(std::string text, std::string_view from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

symbol::ValueContext context_of(const BreakpointHit& hit, symbol::NameResolver* names) {
  return {.registers = &hit.registers, .abi = hit.abi, .memory = hit.memory, .names = names};
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
  const auto value = (*condition)->evaluate(context_of(hit, nullptr));
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
  std::string text;
  const bool is_return = hit.kind == BreakpointHit::Kind::Returned;
  for (const BreakAction& action : options_.actions) {
    switch (action.kind) {
      case BreakAction::Kind::Count:
        break;
      case BreakAction::Kind::Print:
        append_printable(text, line_of(hit));
        text += "\n";
        break;
      case BreakAction::Kind::Log:
        append_printable(text, is_return ? line_of(hit) : head_of(hit) + " " + log_of(hit, action.log));
        text += "\n";
        break;
      case BreakAction::Kind::Backtrace:
        if (!is_return) text += backtrace_of(hit);
        break;
      case BreakAction::Kind::Registers:
        text += registers_of(hit);
        break;
      case BreakAction::Kind::Run:
        if (!text.empty()) has_lost_reader_ |= !output_.write(std::exchange(text, {}));
        run_verb(hit, action.words);
        break;
      case BreakAction::Kind::Stop:
        if (is_return == options_.waits_for_return) verdict = Verdict::EndStopped;
        break;
    }
  }
  if (!text.empty()) has_lost_reader_ |= !output_.write(text);
  return verdict;
}

std::string BreakReport::head_of(const BreakpointHit& hit) {
  std::string text = time_of_day() + " " + std::to_string(hit.tid.value);
  if (hit.pid.value != hit.tid.value) text += " of " + std::to_string(hit.pid.value);
  return text;
}

std::string BreakReport::name_of(const BreakpointHit& hit, RemoteAddr address) {
  const auto location = hit.symbolizer->locate(address, Symbolizer::Detail::Symbol);
  if (!location.module.empty()) return location.text();
  [[maybe_unused]] const auto refreshed = hit.symbolizer->refresh();
  return hit.symbolizer->locate(address, Symbolizer::Detail::Symbol).text();
}

std::string BreakReport::line_of(const BreakpointHit& hit) {
  const RemoteAddr pc(hit.registers.words[arch::x86_64::kInstructionPointerWord]);
  switch (hit.kind) {
    case BreakpointHit::Kind::Reached:
      return head_of(hit) + " " + name_of(hit, hit.address) + arguments_of(hit);
    case BreakpointHit::Kind::Returned: {
      const auto value = *find_register(hit.registers, hit.abi, hit.abi == Abi::X86_64 ? "rax" : "eax");
      return head_of(hit) + " " + name_of(hit, hit.address) + fmt::format(" = {:#x} to ", value) + name_of(hit, pc);
    }
    case BreakpointHit::Kind::Accessed:
      break;
  }
  const std::string value = hit.before == hit.after ? fmt::format(" is {:#x}", hit.after)
                                                    : fmt::format(" {:#x} -> {:#x}", hit.before, hit.after);
  return head_of(hit) + " " + options_.places[hit.place].text + value + ", next " + name_of(hit, pc);
}

std::string BreakReport::log_of(const BreakpointHit& hit, const LogTemplate& log) {
  const auto names = symbol::names_of(*hit.symbolizer);
  std::string text;
  for (const LogTemplate::Part& part : log.parts) {
    text += part.text;
    if (!part.value) continue;
    const auto value = part.value->evaluate(context_of(hit, names.get()));
    if (value.has_value())
      text += part.is_string ? string_at(*hit.memory, value->bits) : text_of(*value);
    else
      text += "<" + value.error().message + ">";
  }
  return text;
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
  const auto counts = std::ranges::count(options_.actions, BreakAction::Kind::Count, &BreakAction::kind);
  if (counts == 0 || has_lost_reader_) return;
  std::string text = "      hits  where\n";
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    text += fmt::format("{:>10}  ", counts_[i]);
    append_printable(text, options_.places[i].text);
    text += "\n";
  }
  has_lost_reader_ = !output_.write(text);
}

}  // namespace tether::cli
