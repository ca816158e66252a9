#include "tether/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tether::cli {
namespace {

using ::testing::ElementsAre;
using Takes = OptionShape::Takes;

struct Settings {
  std::vector<std::string> seen;
};

template <char letter>
Result<void> note(Settings& settings, Argument argument) {
  settings.seen.push_back(std::string(1, letter) + (argument ? "=" + std::string(*argument) : ""));
  return ok();
}

constexpr Option<Settings> kOptions[] = {
    {{'f', "follow", Takes::Nothing, "", "follows"}, note<'f'>},
    {{'o', "output", Takes::Value, "FILE", "writes"}, note<'o'>},
    {{'t', "times", Takes::OptionalValue, "FORMAT", "tells times"}, note<'t'>},
    {{0, "output-mode", Takes::Nothing, "", "of the file\nand so on"}, note<'m'>},
    {{0, "outlet", Takes::Nothing, "", ""}, note<'m'>},
};

struct Outcome {
  std::vector<std::string> seen;
  int first_word = -1;
  std::string error{};
  std::string hint{};
};

Outcome read(std::vector<std::string> words) {
  words.insert(words.begin(), "verb");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  Settings settings;
  const auto first = read_options<Settings>(static_cast<int>(words.size()), argv.data(), kOptions, settings);
  Outcome outcome{.seen = settings.seen, .first_word = first.value_or(-1)};
  if (!first.has_value()) outcome.error = first.error().message;
  if (!first.has_value()) outcome.hint = first.error().hint;
  return outcome;
}

TEST(CommandLine, TakesBundlesCountsAndArguments) {
  EXPECT_THAT(read({"-ffto", "x", "-oy", "cmd"}).seen, ElementsAre("f", "f", "t", "o=x", "o=y"));
  EXPECT_THAT(read({"--follow", "--output=a", "--output", "b", "--times", "--times=c"}).seen,
              ElementsAre("f", "o=a", "o=b", "t", "t=c"));
  EXPECT_THAT(read({"--foll", "--output-"}).seen, ElementsAre("f", "m"));
}

TEST(CommandLine, EndsAtTheFirstWord) {
  const Outcome words = read({"-f", "cmd", "-f"});
  EXPECT_THAT(words.seen, ElementsAre("f"));
  EXPECT_EQ(words.first_word, 2);
  EXPECT_EQ(read({"-f", "--", "-f"}).first_word, 3);
  EXPECT_EQ(read({"--times", "cmd"}).first_word, 2) << "an optional argument stands behind =";
  EXPECT_EQ(read({}).first_word, 1);
}

struct Between {
  std::vector<std::string> seen;
  std::vector<std::string> words;
  std::vector<std::string> command;
  std::string error;
};

Between read_between(std::vector<std::string> words) {
  words.insert(words.begin(), "verb");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  Settings settings;
  const auto read = read_words<Settings>(static_cast<int>(words.size()), argv.data(), kOptions, settings);
  if (!read.has_value()) return {.error = read.error().message};
  return {.seen = settings.seen,
          .words = {read->words.begin(), read->words.end()},
          .command = {read->command.begin(), read->command.end()}};
}

TEST(CommandLine, TakesOptionsBetweenWordsAndNegativeNumbersAsWords) {
  const Between mixed = read_between({"7", "-f", "-10", "-o", "-3", "word", "-.5", "-t", "--", "cmd", "-f"});
  EXPECT_THAT(mixed.seen, ElementsAre("f", "o=-3", "t"));
  EXPECT_THAT(mixed.words, ElementsAre("7", "-10", "word", "-.5"));
  EXPECT_THAT(mixed.command, ElementsAre("cmd", "-f"));
  EXPECT_THAT(read_between({"-o", "--", "word"}).words, ElementsAre("word")) << "these dashes are an argument";
  EXPECT_EQ(read_between({"7", "-x"}).error, "no option -x");
}

TEST(CommandLine, NamesWhatIsWrong) {
  EXPECT_EQ(read({"-fx"}).error, "no option -x");
  EXPECT_EQ(read({"-fx"}).hint, "--help lists them");
  EXPECT_EQ(read({"--folow"}).hint, "") << "the message has one";
  EXPECT_EQ(read({"--folow"}).error, "no option --folow: did you mean '--follow'?");
  EXPECT_EQ(read({"--folow=1"}).error, "no option --folow: did you mean '--follow'?");
  EXPECT_EQ(read({"--ou"}).error, "option --ou is short for several");
  EXPECT_EQ(read({"-o"}).error, "option -o needs an argument");
  EXPECT_EQ(read({"--output"}).error, "option --output needs an argument");
  EXPECT_EQ(read({"--follow=1"}).error, "option --follow takes no argument");
}

TEST(CommandLine, ListsOptionsInColumns) {
  const std::vector<OptionShape> shapes(std::begin(kOptions), std::end(kOptions));
  EXPECT_EQ(describe_options(shapes),
            "  -f, --follow                    follows\n"
            "  -o, --output=FILE               writes\n"
            "  -t, --times[=FORMAT]            tells times\n"
            "      --output-mode               of the file\n"
            "                                  and so on\n");
}

}  // namespace
}  // namespace tether::cli
