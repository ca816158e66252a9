#include "tether/sink/text/line_prefix.h"

#include <charconv>
#include <cstddef>

#include "tether/base/clock.h"
#include "tether/sink/text/number_text.h"
#include "tether/sink/text/string_text.h"

namespace tether {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

/// At least `width` characters, aligned to the right.
void append_right(std::string& out, std::uint64_t number, std::size_t width) {
  char digits[20];
  const char* end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  const auto length = static_cast<std::size_t>(end - digits);
  if (length < width) out.append(width - length, ' ');
  out.append(digits, length);
}

void append_fixed_hex(std::string& out, std::uint64_t number, std::size_t width) {
  char digits[16];
  const char* end = std::to_chars(digits, digits + sizeof digits, number, 16).ptr;
  const auto length = static_cast<std::size_t>(end - digits);
  if (length < width) out.append(width - length, '0');
  out.append(digits, length);
}

}  // namespace

void append_fraction(std::string& out, std::uint64_t nanoseconds, TimePrecision precision) {
  switch (precision) {
    case TimePrecision::Seconds:
      return;
    case TimePrecision::Milliseconds:
      out.push_back('.');
      return append_padded(out, nanoseconds / 1'000'000, 3);
    case TimePrecision::Microseconds:
      out.push_back('.');
      return append_padded(out, nanoseconds / 1'000, 6);
    case TimePrecision::Nanoseconds:
      out.push_back('.');
      return append_padded(out, nanoseconds, 9);
  }
}

LinePrefix::LinePrefix(const TextOptions& options)
    : options_(options), realtime_offset_ns_(options.realtime_offset_ns.value_or(tether::realtime_offset_ns())) {}

void LinePrefix::append(std::string& out, const LineFacts& facts, std::size_t tasks) {
  append_task(out, facts, tasks);
  if (options_.clock != ClockStyle::None || options_.relative_times) {
    const std::uint64_t time_ns = facts.time_ns != 0 ? facts.time_ns : monotonic_ns();
    if (options_.clock != ClockStyle::None) append_clock(out, time_ns);
    if (options_.relative_times) append_relative(out, time_ns);
  }
  if (options_.syscall_numbers) {
    out.push_back('[');
    append_right(out, facts.nr.number, 4);
    out.append("] ");
  }
  if (options_.instruction_pointers) {
    const std::size_t width = 2 * word_size(facts.nr.abi);
    out.push_back('[');
    if (facts.address) {
      append_fixed_hex(out, *facts.address, width);
    } else {
      out.append(width, '?');
    }
    out.append("] ");
  }
}

void LinePrefix::append_task(std::string& out, const LineFacts& facts, std::size_t tasks) const {
  const bool in_brackets = options_.pids == PidPrefix::WhenSeveral;
  if (options_.pids == PidPrefix::Never || (in_brackets && tasks < 2)) return;
  const bool has_command = options_.commands && !facts.command.empty();
  const std::size_t start = out.size();
  if (in_brackets) {
    out.append("[pid ");
    append_right(out, static_cast<std::uint32_t>(facts.tid.value), 5);
  } else {
    append_signed(out, facts.tid.value);
    const std::size_t length = out.size() - start;
    if (!has_command && length < 5) out.append(5 - length, ' ');
  }
  if (has_command) {
    out.push_back('<');
    append_escaped(out, facts.command, {.style = options_.values.strings, .escapes_angles = true});
    out.push_back('>');
  }
  out.append(in_brackets ? "] " : " ");
}

void LinePrefix::append_clock(std::string& out, std::uint64_t time_ns) {
  const auto wall_ns = static_cast<std::uint64_t>(static_cast<std::int64_t>(time_ns) + realtime_offset_ns_);
  const auto seconds = static_cast<std::time_t>(wall_ns / kSecond);
  if (options_.clock == ClockStyle::Unix) {
    append_signed(out, seconds);
  } else {
    append_time_of_day(out, seconds);
  }
  append_fraction(out, wall_ns % kSecond, options_.clock_precision);
  out.push_back(' ');
}

void LinePrefix::append_time_of_day(std::string& out, std::time_t seconds) {
  if (seconds != shown_second_) {
    shown_second_ = seconds;
    std::tm local{};
    char text[16];
    const bool fits = ::localtime_r(&seconds, &local) != nullptr;
    shown_time_.assign(text, fits ? std::strftime(text, sizeof text, "%T", &local) : 0);
  }
  out.append(shown_time_);
}

/// Lines may be older than the one before them: a call that is shown when it has ended bears the time of its entry.
void LinePrefix::append_relative(std::string& out, std::uint64_t time_ns) {
  if (line_before_ns_ == 0) line_before_ns_ = time_ns;
  const std::uint64_t passed = time_ns > line_before_ns_ ? time_ns - line_before_ns_ : 0;
  line_before_ns_ = time_ns;
  const bool is_second_time = options_.clock != ClockStyle::None;
  if (is_second_time) out.append("(+");
  append_right(out, passed / kSecond, 6);
  append_fraction(out, passed % kSecond, options_.relative_precision);
  out.append(is_second_time ? ") " : " ");
}

}  // namespace tether
