#include "tether/control/value_type.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include "tether/base/round_up.h"

namespace tether {

namespace {

using TypeKind = ValueType::Kind;

constexpr std::uint64_t kMostCount = std::uint64_t{1} << 32;
constexpr int kDeepest = 16;

struct NamedType {
  std::string_view name;
  TypeKind kind;
  std::size_t width;  ///< 0: as wide as a pointer
};

constexpr NamedType kNames[] = {
    {"u8", TypeKind::Unsigned, 1},
    {"u16", TypeKind::Unsigned, 2},
    {"u32", TypeKind::Unsigned, 4},
    {"u64", TypeKind::Unsigned, 8},
    {"i8", TypeKind::Signed, 1},
    {"i16", TypeKind::Signed, 2},
    {"i32", TypeKind::Signed, 4},
    {"i64", TypeKind::Signed, 8},
    {"f32", TypeKind::Float, 4},
    {"f64", TypeKind::Float, 8},
    {"ptr", TypeKind::Pointer, 0},
    {"str", TypeKind::Text, 1},
    {"wstr", TypeKind::WideText, sizeof(wchar_t)},
};

class TypeParser {
 public:
  TypeParser(std::string_view text, std::size_t word) : text_(text), word_(word) {}

  Result<ValueType> whole() {
    ValueType type = TETHER_TRY(one(0));
    skip_blanks();
    if (at_ != text_.size()) return fail(wrong("what follows the type is not understood"));
    return type;
  }

 private:
  Error wrong(std::string_view what) const {
    return {.code = ErrorCode::Malformed,
            .message =
                "type '" + std::string(text_) + "', at character " + std::to_string(at_ + 1) + ": " + std::string(what),
            .hint = "u8 to u64, i8 to i64, f32, f64, ptr, str and wstr, with [COUNT]; {name:type,...} is a structure"};
  }
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char wanted) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  std::string_view word() {
    skip_blanks();
    const std::size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'))
      ++at_;
    return text_.substr(start, at_ - start);
  }

  Result<ValueType> one(int depth) {
    if (depth > kDeepest) return fail(wrong("structures within structures beyond measure"));
    ValueType type;
    if (take('{')) {
      type = TETHER_TRY(structure(depth, Layout::Aligned));
    } else {
      const std::size_t start = at_;
      const std::string_view name = word();
      if (name == "packed" && take('{')) {
        type = TETHER_TRY(structure(depth, Layout::Packed));
      } else {
        const auto* const found = std::ranges::find(kNames, name, &NamedType::name);
        if (found == std::end(kNames)) {
          at_ = start;
          return fail(wrong("no type of that name"));
        }
        type.kind = found->kind;
        type.width = found->width != 0 ? found->width : word_;
        type.alignment = std::min(type.width, word_);
      }
    }
    if (take('[')) {
      type.count = TETHER_TRY(count());
      if (!take(']')) return fail(wrong("a ] is missing"));
    }
    return type;
  }

  Result<std::uint64_t> count() {
    const std::string_view digits = word();
    std::uint64_t number = 0;
    const auto [end, err] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || err != std::errc() || end != digits.data() + digits.size() || number == 0 ||
        number > kMostCount)
      return fail(wrong("the count is to be a number from 1 to " + std::to_string(kMostCount)));
    return number;
  }

  enum class Layout : std::uint8_t { Aligned, Packed };

  Result<ValueType> structure(int depth, Layout layout) {
    ValueType whole{.kind = TypeKind::Structure, .width = 0};
    do {
      StructField field;
      field.name = std::string(word());
      if (field.name.empty() || !take(':')) return fail(wrong("a field is NAME:TYPE"));
      field.type = TETHER_TRY(one(depth + 1));
      const auto size = size_of(field.type);
      if (!size) return fail(wrong("a text within a structure needs its length: str[16]; or is it a ptr?"));
      if (*size > kMostCount || whole.width > kMostCount) return fail(wrong("the structure is too large"));
      if (layout == Layout::Packed) field.type.alignment = 1;
      field.offset = round_up(whole.width, field.type.alignment);
      whole.width = field.offset + *size;
      whole.alignment = std::max(whole.alignment, field.type.alignment);
      whole.fields.push_back(std::move(field));
    } while (take(','));
    if (!take('}')) return fail(wrong("a } or a , is missing"));
    whole.width = round_up(whole.width, whole.alignment);
    return whole;
  }

  std::string_view text_;
  std::size_t word_;
  std::size_t at_ = 0;
};

Error not_a_number(std::string_view text, const ValueType& type) {
  std::string range;
  const unsigned bits = static_cast<unsigned>(type.width) * 8;
  if (type.kind == TypeKind::Signed)
    range = ": " + std::to_string(std::numeric_limits<std::int64_t>::min() >> (64 - bits)) + " to " +
            std::to_string(std::numeric_limits<std::int64_t>::max() >> (64 - bits));
  else if (type.kind != TypeKind::Float)
    range = ": 0 to " + std::to_string(std::numeric_limits<std::uint64_t>::max() >> (64 - bits));
  ValueType single = type;
  single.count.reset();
  return {.code = ErrorCode::Malformed,
          .message = "'" + std::string(text) + "' is no " + name_of(single) + range,
          .hint = {}};
}

template <class Real>
Number read_real(const std::byte* bytes) {
  Real value;
  std::memcpy(&value, bytes, sizeof value);
  return {.kind = TypeKind::Float, .bits = 0, .real = static_cast<double>(value), .width = sizeof value};
}

Result<Number> parse_real(std::string_view text, const ValueType& type) {
  double value = 0;
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const auto [end, err] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (err != std::errc() || end != digits.data() + digits.size()) return fail(not_a_number(text, type));
  if (type.width == sizeof(float)) value = static_cast<double>(static_cast<float>(value));
  return Number{.kind = TypeKind::Float, .bits = 0, .real = value, .width = type.width};
}

}  // namespace

Result<ValueType> parse_value_type(std::string_view text, std::size_t word) {
  return TypeParser(text, word).whole();
}

std::optional<std::uint64_t> size_of(const ValueType& type) {
  if (!type.count && type.is_text()) return std::nullopt;
  return type.width * type.count.value_or(1);
}

std::string name_of(const ValueType& type) {
  std::string name = "structure";
  for (const NamedType& known : kNames)
    if (known.kind == type.kind && (known.width == type.width || known.width == 0)) name = known.name;
  return type.count ? name + "[" + std::to_string(*type.count) + "]" : name;
}

Number read_number(const ValueType& type, const std::byte* bytes) {
  if (type.kind == TypeKind::Float)
    return type.width == sizeof(float) ? read_real<float>(bytes) : read_real<double>(bytes);
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes, type.width);
  const auto unused = static_cast<unsigned>(64 - type.width * 8);
  if (type.kind == TypeKind::Signed)
    bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused);
  return {.kind = type.kind, .bits = bits, .real = 0, .width = type.width};
}

Result<Number> parse_number(std::string_view text, const ValueType& type) {
  if (type.kind == TypeKind::Float) return parse_real(text, type);
  std::string_view digits = text;
  const bool is_negative = digits.starts_with('-');
  if (is_negative || digits.starts_with('+')) digits.remove_prefix(1);
  const bool is_hex = digits.starts_with("0x") || digits.starts_with("0X");
  if (is_hex) digits.remove_prefix(2);
  std::uint64_t magnitude = 0;
  const auto [end, err] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, is_hex ? 16 : 10);
  if (err != std::errc() || end != digits.data() + digits.size()) return fail(not_a_number(text, type));
  const auto bits = static_cast<unsigned>(type.width * 8);
  const bool is_signed = type.kind == TypeKind::Signed;
  // The most that fits: 2^bits - 1, or 2^(bits - 1) - 1 and one more below zero.
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max() >> (64 - bits + (is_signed ? 1 : 0));
  if (is_signed && is_negative) ++most;
  if (magnitude > most || (is_negative && !is_signed && magnitude != 0)) return fail(not_a_number(text, type));
  return Number{.kind = type.kind, .bits = is_negative ? ~magnitude + 1 : magnitude, .real = 0, .width = type.width};
}

Bytes bytes_of(const Number& number, const ValueType& type) {
  Bytes bytes(type.width);
  if (type.kind == TypeKind::Float && type.width == sizeof(float)) {
    const auto value = static_cast<float>(number.real);
    std::memcpy(bytes.data(), &value, sizeof value);
  } else if (type.kind == TypeKind::Float) {
    std::memcpy(bytes.data(), &number.real, sizeof number.real);
  } else {
    std::memcpy(bytes.data(), &number.bits, type.width);
  }
  return bytes;
}

int compare(const Number& a, const Number& b) {
  if (a.kind == TypeKind::Float) {
    if (std::isnan(a.real) || std::isnan(b.real))
      return static_cast<int>(std::isnan(a.real)) - static_cast<int>(std::isnan(b.real));
    return static_cast<int>(a.real > b.real) - static_cast<int>(a.real < b.real);
  }
  if (a.kind == TypeKind::Signed) {
    const auto x = static_cast<std::int64_t>(a.bits);
    const auto y = static_cast<std::int64_t>(b.bits);
    return static_cast<int>(x > y) - static_cast<int>(x < y);
  }
  return static_cast<int>(a.bits > b.bits) - static_cast<int>(a.bits < b.bits);
}

std::string format_number(const Number& number) {
  char text[64];
  auto* const end = std::end(text);
  if (number.kind == TypeKind::Float && number.width == sizeof(float))
    return {text, std::to_chars(std::begin(text), end, static_cast<float>(number.real)).ptr};
  if (number.kind == TypeKind::Float) return {text, std::to_chars(std::begin(text), end, number.real).ptr};
  if (number.kind == TypeKind::Signed)
    return {text, std::to_chars(std::begin(text), end, static_cast<std::int64_t>(number.bits)).ptr};
  if (number.kind == TypeKind::Unsigned) return {text, std::to_chars(std::begin(text), end, number.bits).ptr};
  text[0] = '0';
  text[1] = 'x';
  return {text, std::to_chars(std::begin(text) + 2, end, number.bits, 16).ptr};
}

}  // namespace tether
