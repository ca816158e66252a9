#include <climits>

#include "tether/base/nearest_name.h"
#include "tether/cli/expressions.h"
#include "tether/cli/numbers.h"
#include "tether/cli/trace_options.h"

namespace tether::cli {

namespace {

using Takes = OptionShape::Takes;

template <auto member>
Result<void> count_letter(TraceSettings& s, Argument) {
  ++(s.*member);
  return ok();
}

/// One of a few words, or the error that lists them.
template <class T>
struct Named {
  std::string_view name;
  T value;
};
template <class T, std::size_t n>
Result<T> choose(std::string_view what, std::string_view text, const Named<T> (&choices)[n]) {
  std::vector<std::string_view> names;
  std::string list;
  for (const auto& choice : choices) {
    if (choice.name == text) return choice.value;
    names.push_back(choice.name);
    list.append(list.empty() ? "" : ", ").append(choice.name);
  }
  return fail({.code = ErrorCode::Malformed,
               .message = std::string(what) + ": no '" + std::string(text) + "'" + did_you_mean(text, names),
               .hint = "there are " + list});
}

/// [[format:]FORMAT][,][[precision:]PRECISION]; without any, one more -t.
Result<void> choose_clock(TraceSettings& s, Argument text) {
  static constexpr Named<ClockStyle> kFormats[] = {
      {"none", ClockStyle::None}, {"time", ClockStyle::TimeOfDay}, {"unix", ClockStyle::Unix}};
  constexpr std::string_view kWhat = "--absolute-timestamps";
  if (!text) return count_letter<&TraceSettings::clock_letters>(s, text);
  s.clock_letters = 0;
  s.text.clock = ClockStyle::TimeOfDay;
  s.text.clock_precision = TimePrecision::Seconds;
  const SetText parts = TETHER_TRY(parse_set_text(*text));
  for (std::string_view part : parts.values) {
    constexpr std::string_view kFormat = "format:", kPrecision = "precision:";
    const bool is_precision =
        part == "s" || part == "ms" || part == "us" || part == "ns" || part.starts_with(kPrecision);
    if (part.starts_with(kFormat)) part.remove_prefix(kFormat.size());
    if (part.starts_with(kPrecision)) part.remove_prefix(kPrecision.size());
    if (is_precision)
      s.text.clock_precision = TETHER_TRY(parse_precision(part, kWhat));
    else
      s.text.clock = TETHER_TRY(choose(kWhat, part, kFormats));
  }
  return ok();
}

Result<void> choose_relative(TraceSettings& s, Argument precision) {
  s.text.relative_times = true;
  if (precision) s.text.relative_precision = TETHER_TRY(parse_precision(*precision, "--relative-timestamps"));
  return ok();
}

Result<void> choose_durations(TraceSettings& s, Argument precision) {
  s.text.durations = true;
  if (precision) s.text.duration_precision = TETHER_TRY(parse_precision(*precision, "--syscall-times"));
  return ok();
}

Result<void> choose_quiet(TraceSettings& s, Argument text) {
  if (text) return apply_set(s, Qualifier::Quiet, *text);
  ++s.quiet_letters;
  return ok();
}

Result<void> choose_hex(TraceSettings& s, Argument text) {
  static constexpr Named<StringStyle> kStyles[] = {{"none", StringStyle::Octal},
                                                   {"non-ascii-chars", StringStyle::HexEscapes},
                                                   {"non-ascii", StringStyle::HexNonAsciiStrings},
                                                   {"all", StringStyle::HexStrings}};
  s.hex_letters = 0;
  s.text.values.strings = TETHER_TRY(choose("--strings-in-hex", text.value_or("all"), kStyles));
  return ok();
}

Result<void> choose_constants(TraceSettings& s, Argument text) {
  static constexpr Named<ConstantStyle> kStyles[] = {
      {"raw", ConstantStyle::Numbers}, {"abbrev", ConstantStyle::Names}, {"verbose", ConstantStyle::Both}};
  s.text.values.constants = TETHER_TRY(choose("-X", *text, kStyles));
  return ok();
}

Result<void> choose_color(TraceSettings& s, Argument text) {
  using Color = TraceSettings::Color;
  static constexpr Named<Color> kChoices[] = {
      {"auto", Color::Auto}, {"always", Color::Always}, {"never", Color::Never}};
  s.color = TETHER_TRY(choose("--color", text.value_or("always"), kChoices));
  return ok();
}

Result<void> show_pid_names(TraceSettings& s, Argument) {
  return apply_set(s, Qualifier::DecodePids, "comm");
}

constexpr TraceOption kFormatOptions[] = {
    {{'o', "output", Takes::Value, "FILE",
      "write the trace to FILE; `-` is standard output,\n`|COMMAND` a pipe to a shell command"},
     [](TraceSettings& s, Argument file) {
       s.output = *file;
       return ok();
     }},
    {{'A', "output-append-mode", Takes::Nothing, "", "append to the file of -o"},
     [](TraceSettings& s, Argument) {
       s.appends = true;
       return ok();
     }},
    {{0, "output-separately", Takes::Nothing, "", "each task in a file of its own, FILE.PID"},
     [](TraceSettings& s, Argument) {
       s.writes_separately = true;
       return ok();
     }},
    {{'s', "string-limit", Takes::Value, "SIZE",
      "show at most SIZE bytes of a string (32, or half of a wide\nterminal)"},
     [](TraceSettings& s, Argument text) -> Result<void> {
       s.string_limit = TETHER_TRY(parse_count(*text, "-s", INT_MAX));
       return ok();
     }},
    {{'a', "columns", Takes::Value, "COLUMN", "align results to this column (40)"},
     [](TraceSettings& s, Argument text) -> Result<void> {
       s.column = TETHER_TRY(parse_count(*text, "-a", 10000));
       return ok();
     }},
    {{'v', "no-abbrev", Takes::Nothing, "", "whole structures and environments; the same as abbrev=none"},
     [](TraceSettings& s, Argument) {
       s.session.verbose = Choice::Yes;
       return ok();
     }},
    {{0, "abbrev", Takes::Value, "SET", "abbreviate the structures of these calls (all)"}, take_set<Qualifier::Abbrev>},
    {{0, "verbose", Takes::Value, "SET", "show structures, not addresses, in these calls (all)"},
     take_set<Qualifier::Verbose>},
    {{0, "raw", Takes::Value, "SET", "bare numbers for the arguments of these calls"}, take_set<Qualifier::Raw>},
    {{0, "read", Takes::Value, "SET", "dump all that is read from these descriptors"}, take_set<Qualifier::Read>},
    {{0, "write", Takes::Value, "SET", "dump all that is written to these descriptors"}, take_set<Qualifier::Write>},
    {{'X', "const-print-style", Takes::Value, "STYLE", "constants as raw numbers, abbrev (names), or verbose (both)"},
     choose_constants},
    {{'x', "", Takes::Nothing, "", "strings with bytes beyond ASCII in hex; -xx: all strings"},
     count_letter<&TraceSettings::hex_letters>},
    {{0, "strings-in-hex", Takes::OptionalValue, "WHICH", "none, non-ascii-chars, non-ascii (-x), all (-xx)"},
     choose_hex},
    {{'y', "", Takes::Nothing, "", "what descriptors refer to; -yy: sockets' ends and devices too"},
     count_letter<&TraceSettings::descriptor_letters>},
    {{0, "decode-fds", Takes::OptionalValue, "SET",
      "of descriptors tell path (-y), socket, dev, pidfd, all (-yy)\nor none"},
     [](TraceSettings& s, Argument text) { return apply_set(s, Qualifier::DecodeFds, text.value_or("path")); }},
    {{'Y', "", Takes::Nothing, "", "names of processes beside their ids"}, show_pid_names},
    {{0, "decode-pids", Takes::Value, "SET", "none, comm (-Y)"}, take_set<Qualifier::DecodePids>},
    {{'N', "arg-names", Takes::Nothing, "", "name each argument"},
     [](TraceSettings& s, Argument) {
       s.text.values.arg_names = true;
       return ok();
     }},
    {{'n', "syscall-number", Takes::Nothing, "", "the number of each call"},
     [](TraceSettings& s, Argument) {
       s.text.syscall_numbers = true;
       return ok();
     }},
    {{'i', "instruction-pointer", Takes::Nothing, "", "where in the program each call was made"},
     [](TraceSettings& s, Argument) {
       s.text.instruction_pointers = true;
       s.session.instruction_pointers = Choice::Yes;
       return ok();
     }},
    {{'t', "absolute-timestamps", Takes::OptionalValue, "FORMAT",
      "the time of day; -tt: with microseconds; -ttt: in seconds since\nthe epoch; FORMAT is none, time or unix, and "
      "s, ms, us or ns"},
     choose_clock},
    {{0, "timestamps", Takes::OptionalValue, "", ""}, choose_clock},
    {{'r', "relative-timestamps", Takes::OptionalValue, "PRECISION", "the time since the line before"},
     choose_relative},
    {{'T', "syscall-times", Takes::OptionalValue, "PRECISION", "how long each call took"}, choose_durations},
    {{0, "always-show-pid", Takes::Nothing, "", "begin every line with the id of its task"},
     [](TraceSettings& s, Argument) {
       s.always_shows_pid = true;
       return ok();
     }},
    {{0, "color", Takes::OptionalValue, "WHEN", "auto, always, never; auto heeds NO_COLOR and CLICOLOR_FORCE"},
     choose_color},
    {{'q', "quiet", Takes::OptionalValue, "SET",
      "leave out messages: attach, exit, path-resolution, personality,\nthread-execve (superseded); -q: attach and "
      "personality; "
      "-qq: exit too;\n-qqq: all"},
     choose_quiet},
    {{0, "silent", Takes::OptionalValue, "", ""}, choose_quiet},
    {{0, "silence", Takes::OptionalValue, "", ""}, choose_quiet},
};

}  // namespace

std::span<const TraceOption> format_options() {
  return kFormatOptions;
}

}  // namespace tether::cli
