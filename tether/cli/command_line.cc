#include "tether/cli/command_line.h"

#include <algorithm>
#include <string>

#include "tether/base/nearest_name.h"

namespace tether::cli {

namespace {

constexpr int kLongOnly = 1000;  // beyond every letter: val of the first shape in getopt_long's table

}  // namespace

OptionCursor::OptionCursor(int argc, char** argv, std::vector<OptionShape> shapes, Numbers numbers)
    : argc_(argc), argv_(argv), shapes_(std::move(shapes)), letters_("+:"), numbers_(numbers) {
  for (const OptionShape& shape : shapes_) names_.emplace_back(shape.name);
  for (std::size_t i = 0; i < shapes_.size(); ++i) {
    const OptionShape& shape = shapes_[i];
    if (shape.letter != 0) letters_.push_back(shape.letter);
    if (shape.letter != 0 && shape.takes == OptionShape::Takes::Value) letters_.push_back(':');
    if (shape.name.empty()) continue;
    const int takes = shape.takes == OptionShape::Takes::Nothing ? no_argument
                      : shape.takes == OptionShape::Takes::Value ? required_argument
                                                                 : optional_argument;
    long_options_.push_back({names_[i].c_str(), takes, nullptr, kLongOnly + static_cast<int>(i)});
  }
  long_options_.push_back({});
  ::optind = 0;  // glibc: begin anew
  ::opterr = 0;
}

Result<std::optional<OptionCursor::Found>> OptionCursor::next() {
  const int at = std::max(::optind, 1);
  if (at < argc_ && is_number(argv_[at])) {
    ::optind = at;
    return std::nullopt;
  }
  const int code = ::getopt_long(argc_, argv_, letters_.c_str(), long_options_.data(), nullptr);
  if (code == -1) {
    has_passed_dashes_ = at < argc_ && std::string_view(argv_[at]) == "--";
    return std::nullopt;
  }
  const std::string_view word = at < argc_ ? argv_[at] : "";
  if (code == ':') {
    const std::string option = ::optopt >= kLongOnly ? "--" + names_[static_cast<std::size_t>(::optopt - kLongOnly)]
                                                     : std::string("-") + static_cast<char>(::optopt);
    return fail({.code = ErrorCode::Malformed, .message = "option " + option + " needs an argument", .hint = {}});
  }
  if (code == '?' && ::optopt >= kLongOnly)
    return fail({.code = ErrorCode::Malformed,
                 .message = "option --" + names_[static_cast<std::size_t>(::optopt - kLongOnly)] + " takes no argument",
                 .hint = {}});
  if (code == '?')
    return fail(unknown(::optopt != 0 ? std::string("-") + static_cast<char>(::optopt) : std::string(word)));
  const Argument argument = ::optarg != nullptr ? Argument(::optarg) : std::nullopt;
  if (code >= kLongOnly) return Found{.index = static_cast<std::size_t>(code - kLongOnly), .argument = argument};
  const auto found = std::ranges::find(shapes_, static_cast<char>(code), &OptionShape::letter);
  return Found{.index = static_cast<std::size_t>(found - shapes_.begin()), .argument = argument};
}

Error OptionCursor::unknown(std::string_view option) const {
  const std::string_view stem = option.substr(0, option.find('='));
  std::vector<std::string> options;
  for (const std::string& name : names_)
    if (!name.empty()) options.push_back("--" + name);
  const std::vector<std::string_view> candidates(options.begin(), options.end());
  const auto matches = std::ranges::count_if(options, [&](const std::string& name) { return name.starts_with(stem); });
  if (stem.size() > 2 && matches > 1)
    return {
        .code = ErrorCode::Malformed, .message = "option " + std::string(stem) + " is short for several", .hint = {}};
  const std::string suggestion = stem.size() > 2 ? did_you_mean(stem, candidates) : std::string();
  return {.code = ErrorCode::Malformed,
          .message = "no option " + std::string(stem) + suggestion,
          .hint = suggestion.empty() ? "--help lists them" : ""};
}

bool OptionCursor::is_number(std::string_view word) const {
  return numbers_ == Numbers::AreWords && word.size() > 1 && word[0] == '-' &&
         std::string_view(".0123456789").find(word[1]) != std::string_view::npos;
}

int OptionCursor::first_word() const {
  return ::optind;
}

void OptionCursor::skip_word() {
  ++::optind;
}

std::string describe_options(std::span<const OptionShape> shapes) {
  constexpr std::size_t kHelpColumn = 34;
  std::string text;
  for (const OptionShape& shape : shapes) {
    if (shape.help.empty()) continue;
    std::string line = "  ";
    const std::string value(shape.value);
    const bool optional = shape.takes == OptionShape::Takes::OptionalValue;
    line += shape.letter != 0 ? std::string("-") + shape.letter : std::string("  ");
    if (shape.letter != 0 && shape.name.empty() && !value.empty()) line += " " + value;
    if (!shape.name.empty()) {
      line += shape.letter != 0 ? ", --" : "  --";
      line += shape.name;
      if (!value.empty()) line += optional ? "[=" + value + "]" : "=" + value;
    }
    if (line.size() + 2 > kHelpColumn) {
      text += line + "\n";
      line.clear();
    }
    line.resize(kHelpColumn, ' ');
    for (const char c : shape.help) {
      line.push_back(c);
      if (c == '\n') line.append(kHelpColumn, ' ');
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace tether::cli
