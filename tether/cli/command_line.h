#pragma once
// Reading a verb's options from a table: letters and long names, their arguments, their help.
//
// getopt_long(3) does the reading, not CLI11: strace's command lines bundle letters with arguments (-fttTostrace.out),
// count them
// (-ff, -ttt), give long options optional arguments (--quiet, --quiet=all), may be abbreviated (--output-sep) and end
// at the first word that is no option; CLI11 would take that word for the optional argument of the option before it.

#include <getopt.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/result.h"

namespace tether::cli {

/// The argument that an option was given, if any.
using Argument = std::optional<std::string_view>;

struct OptionShape {
  char letter = 0;        ///< 0: it has none
  std::string_view name;  ///< without its dashes; empty: it has none
  enum class Takes : std::uint8_t {
    Nothing,
    Value,
    OptionalValue
  } takes = Takes::Nothing;  ///< optional ones only behind --name=
  std::string_view value;    ///< what --help calls its argument
  std::string_view help;     ///< empty: another spelling of the option before it, not listed
};

/// Steps through argv until the first word that is no option, or behind `--`.
class OptionCursor {
 public:
  /// Whether "-5" is a word, or an option that there is not.
  enum class Numbers : std::uint8_t { AreOptions, AreWords };
  /// argv[0] is skipped.
  OptionCursor(int argc, char** argv, std::vector<OptionShape> shapes, Numbers numbers = Numbers::AreOptions);

  struct Found {
    std::size_t index;  ///< into the shapes
    Argument argument;
  };
  /// Errors: Malformed: unknown option (with the nearest one), missing or superfluous argument.
  Result<std::optional<Found>> next();

  /// Index in argv of the first word that is no option; to be asked when next() has come to the end.
  int first_word() const;
  /// Whether `--` stood before it.
  bool has_passed_dashes() const { return has_passed_dashes_; }
  /// Steps over that word: next() goes on behind it.
  void skip_word();

 private:
  Error unknown(std::string_view option) const;
  bool is_number(std::string_view word) const;

  int argc_;
  char** argv_;
  std::vector<OptionShape> shapes_;
  std::vector<std::string> names_;
  std::string letters_;
  std::vector<::option> long_options_;
  Numbers numbers_;
  bool has_passed_dashes_ = false;
};

/// An option together with what it does to a verb's settings.
template <class Settings>
struct Option : OptionShape {
  Result<void> (*apply)(Settings& settings, Argument argument) = nullptr;
};

/// Applies all options to `settings`; returns the index of the first word that is none. Errors: those of the cursor and
/// of apply().
template <class Settings>
Result<int> read_options(int argc, char** argv, std::span<const Option<Settings>> options, Settings& settings) {
  OptionCursor cursor(argc, argv, {options.begin(), options.end()});
  while (const auto found = TETHER_TRY(cursor.next()))
    TETHER_CHECK(options[found->index].apply(settings, found->argument));
  return cursor.first_word();
}

/// --help, for settings with `bool wants_help`.
template <class Settings>
constexpr Option<Settings> help_option() {
  return {{'h', "help", OptionShape::Takes::Nothing, "", "show this, and exit"}, [](Settings& settings, Argument) {
            settings.wants_help = true;
            return ok();
          }};
}

/// --json, for settings with `bool is_json`. `form`: what the JSON is, for its help.
template <class Settings>
constexpr Option<Settings> json_option(std::string_view form = "one JSON object a line") {
  return {{0, "json", OptionShape::Takes::Nothing, "", form}, [](Settings& settings, Argument) {
            settings.is_json = true;
            return ok();
          }};
}

struct Words {
  std::vector<char*> words;    ///< those that are no options, in their order
  std::vector<char*> command;  ///< what stands behind `--`
};

/// For verbs that run no command, or only one behind `--`: options may stand between the other words, and negative
/// numbers are words. Errors as read_options().
template <class Settings>
Result<Words> read_words(int argc, char** argv, std::span<const Option<Settings>> options, Settings& settings) {
  Words found;
  OptionCursor cursor(argc, argv, {options.begin(), options.end()}, OptionCursor::Numbers::AreWords);
  for (;;) {
    while (const auto option = TETHER_TRY(cursor.next()))
      TETHER_CHECK(options[option->index].apply(settings, option->argument));
    const int first = cursor.first_word();
    if (cursor.has_passed_dashes()) found.command.assign(argv + first, argv + argc);
    if (cursor.has_passed_dashes() || first >= argc) return found;
    found.words.push_back(argv[first]);
    cursor.skip_word();
  }
}

/// The lines of --help for these options, aligned.
std::string describe_options(std::span<const OptionShape> shapes);

}  // namespace tether::cli
