#include "tools/desc/facts.h"

#include <charconv>
#include <sstream>

#include "tools/desc/source_files.h"

namespace tether::desc {
namespace {

using Words = std::vector<std::string>;

Words split(const std::string& line, char separator) {
  Words words;
  std::istringstream in(line);
  for (std::string word; std::getline(in, word, separator);)
    if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string join_from(const Words& words, std::size_t first) {
  std::string joined;
  for (std::size_t i = first; i < words.size(); ++i) joined += (i == first ? "" : " ") + words[i];
  return joined;
}

/// One line of facts being read; a mistake anywhere in it is remembered, and told at its end.
class Line {
 public:
  explicit Line(Words words) : words_(std::move(words)) {}

  const std::string& operator[](std::size_t i) {
    static const std::string kNone;
    if (i < words_.size()) return words_[i];
    is_wrong_ = true;
    return kNone;
  }
  std::size_t size() const { return words_.size(); }
  std::string rest(std::size_t first) const { return join_from(words_, first); }
  Words words(std::size_t first) const {
    return {words_.begin() + static_cast<std::ptrdiff_t>(std::min(first, words_.size())), words_.end()};
  }
  bool is_wrong() const { return is_wrong_; }

  /// Decimal, hexadecimal or negative; "-" is none.
  template <class T>
  std::optional<T> number(std::size_t i) {
    std::string_view text = (*this)[i];
    if (text == "-") return std::nullopt;
    const bool is_negative = text.starts_with("-");
    if (is_negative) text.remove_prefix(1);
    const bool is_hex = text.starts_with("0x");
    if (is_hex) text.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value, is_hex ? 16 : 10);
    is_wrong_ |= status != std::errc{} || end != text.data() + text.size() || static_cast<T>(value) != value;
    return static_cast<T>(is_negative ? -value : value);
  }

 private:
  Words words_;
  bool is_wrong_ = false;
};

/// "u[4][2]": the kind and its array dimensions.
void parse_member_kind(const std::string& text, MemberFact& member) {
  member.kind = text.empty() ? 'u' : text[0];
  for (std::size_t at = text.find('['); at != std::string::npos; at = text.find('[', at + 1)) {
    std::uint32_t count = 0;
    std::from_chars(text.data() + at + 1, text.data() + text.size(), count);
    member.counts.push_back(count);
  }
}

MemberFact parse_field(Line& line) {
  MemberFact member{.name = line[1]};
  member.offset = {{line.number<std::uint32_t>(2), line.number<std::uint32_t>(4)}};
  member.size = {{line.number<std::uint32_t>(3).value_or(0), line.number<std::uint32_t>(5).value_or(0)}};
  parse_member_kind(line[6], member);
  member.c_type = line.rest(7);
  return member;
}

MemberFact parse_bit_field(Line& line) {
  constexpr std::uint32_t kStorage = 4;  // the facts give no size: a bit-field is read through its first four bytes
  MemberFact member{.name = line[1], .size = {{kStorage, kStorage}}};
  member.offset = {{line.number<std::uint32_t>(2), line.number<std::uint32_t>(4)}};
  member.bit_offset = {{line.number<std::uint8_t>(3).value_or(0), line.number<std::uint8_t>(5).value_or(0)}};
  member.bits = line.number<std::uint8_t>(6).value_or(0);
  parse_member_kind(line[7], member);
  member.c_type = line.rest(8);
  return member;
}

class HeaderFacts {
 public:
  HeaderFacts(const std::string& header, Facts& facts) : header_(header), facts_(facts) {}

  /// False: a line that the format does not have.
  bool add(const Words& all_words) {
    const bool is_alternative = all_words[0] == "alt";
    Line line(is_alternative ? Words(all_words.begin() + 1, all_words.end()) : all_words);
    const std::string& word = line[0];
    if (word == "const") {
      add_constant(line);
    } else if (word == "enum") {
      facts_.enums[line[1]] = line.words(2);
    } else if (word == "ioctl") {
      add_ioctl(line);
    } else if (word == "struct" || word == "union") {
      current_ = &facts_.structs[line[1]];
      *current_ = {.size = {{line.number<std::uint32_t>(2), line.number<std::uint32_t>(3)}}, .members = {}};
    } else if ((word == "field" || word == "bitfield") && current_ != nullptr) {
      current_->members.push_back(word == "field" ? parse_field(line) : parse_bit_field(line));
      current_->members.back().is_alternative = is_alternative;
    } else {
      return false;
    }
    return !line.is_wrong();
  }

 private:
  void add_constant(Line& line) {
    const auto value = line.number<std::uint64_t>(2);
    facts_.constants.emplace(line[1],
                             Constant{{{value, line.size() > 3 ? line.number<std::uint64_t>(3) : value}}, header_});
    facts_.headers[header_].push_back(line[1]);
  }
  void add_ioctl(Line& line) {
    const auto code = line.number<std::uint32_t>(2);
    const auto code32 = line[3] == "=" ? code : line.number<std::uint32_t>(3);
    facts_.ioctls.push_back({line[1], header_, {{code, code32}}, line[4], line.rest(5)});
  }

  const std::string& header_;
  Facts& facts_;
  StructFact* current_ = nullptr;
};

/// "const char __user *name" → its type and its name.
ArgumentFact parse_argument(const std::string& text) {
  Words words = split(text, ' ');
  if (words.empty()) return {};
  std::string name = words.back();
  words.pop_back();
  std::string type = join_from(words, 0);
  while (name.starts_with("*")) {
    type += " *";
    name.erase(0, 1);
  }
  return {type, name};
}

bool parse_call(const std::string& text, Facts& facts) {
  Line line(split(text, '\t'));
  const auto number = line.number<std::uint32_t>(1);
  const bool is_i386 = line[0] == abi_name(Abi::I386);
  const std::string& prototype = line[4];
  if (line.is_wrong() || !number || (!is_i386 && line[0] != abi_name(Abi::X86_64))) return false;
  CallFact call{.name = line[2], .has_prototype = prototype != "?", .is_implemented = line[3] != "-"};
  if (call.has_prototype && prototype != "-")
    for (const std::string& argument : split(prototype, ';')) call.arguments.push_back(parse_argument(argument));
  facts.calls[is_i386 ? Abi::I386 : Abi::X86_64][*number] = std::move(call);
  return true;
}

template <class Parse>
Result<void> for_each_line(const std::string& text, Parse parse) {
  std::istringstream in(text);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line.starts_with("#")) continue;
    if (!parse(line))
      return fail(Error{.code = ErrorCode::Malformed,
                        .message = std::to_string(number) + ": this is no line of facts: " + line});
  }
  return ok();
}

}  // namespace

Result<void> parse_header_facts(const std::string& text, const std::string& header, Facts& facts) {
  facts.headers[header];  // known, though it may have no constants
  HeaderFacts reader(header, facts);
  return for_each_line(text, [&](const std::string& line) {
    const Words words = split(line, ' ');
    return words.empty() || reader.add(words);
  });
}

Result<void> parse_call_facts(const std::string& text, Facts& facts) {
  return for_each_line(text, [&](const std::string& line) { return parse_call(line, facts); });
}

Result<Facts> read_facts(const std::filesystem::path& directory) {
  Facts facts;
  for (const SourceFile& file : TETHER_TRY(read_source_files(directory, ".facts"))) {
    // uapi/linux/fs.h.facts tells of <linux/fs.h>; syscalls.facts and hand/syscalls-*.facts of system calls.
    const std::filesystem::path relative = std::filesystem::relative(file.path, directory);
    const bool is_calls = relative.filename().string().starts_with("syscalls");
    const std::string inside =
        relative.parent_path().empty() ? relative.string() : relative.lexically_relative(*relative.begin()).string();
    const Result<void> parsed = is_calls ? parse_call_facts(file.text, facts)
                                         : parse_header_facts(file.text, inside.substr(0, inside.size() - 6), facts);
    if (!parsed.has_value()) return fail(Error{ErrorCode::Malformed, 0, file.path + ":" + parsed.error().message, ""});
  }
  return facts;
}

}  // namespace tether::desc
