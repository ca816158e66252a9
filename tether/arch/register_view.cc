#include "tether/arch/register_view.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <utility>

#include "tether/base/nearest_name.h"

namespace tether {

namespace {

using Type = RegisterView::Type;

constexpr std::size_t kExtendedBytes = 10;  // x87's own format

struct LaneType {
  std::string_view name;
  Type type;
  std::uint32_t width;
};
constexpr LaneType kLaneTypes[] = {
    {"u8", Type::Decimal, 1},  {"u16", Type::Decimal, 2},    {"u32", Type::Decimal, 4},
    {"u64", Type::Decimal, 8}, {"u128", Type::Unsigned, 16}, {"i8", Type::Signed, 1},
    {"i16", Type::Signed, 2},  {"i32", Type::Signed, 4},     {"i64", Type::Signed, 8},
    {"f32", Type::Float, 4},   {"f64", Type::Float, 8},      {"f80", Type::Float, kExtendedBytes},
};

std::string lower(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return small;
}

std::unexpected<Error> malformed(std::string message, std::string hint) {
  return fail({.code = ErrorCode::Malformed, .message = std::move(message), .hint = std::move(hint)});
}

Result<RegisterView> find_whole(const RegisterCatalog& catalog, std::string_view name) {
  const std::string small = lower(name);
  if (const Register* reg = catalog.find(small)) return whole_view(*reg);
  if (const SubRegister* part = catalog.find_part(small)) {
    RegisterView view = whole_view(*catalog.find(part->whole));
    view.offset = part->offset;
    view.width = part->size;
    return view;
  }
  return fail({.code = ErrorCode::NotFound,
               .message = "'" + std::string(name) + "' is no register of " + std::string(abi_name(catalog.abi())) +
                          did_you_mean(small, catalog.names()),
               .hint = "`tether regs --help` tells the names"});
}

/// `suffix`: what stands behind the dot, without an index.
Result<RegisterView> narrow(RegisterView view, std::string_view suffix) {
  const auto lane = std::ranges::find(kLaneTypes, lower(suffix), &LaneType::name);
  if (lane != std::end(kLaneTypes)) {
    const std::uint32_t size = view.width * view.count;
    if (size % lane->width != 0)
      return malformed("'" + view.text + "' cannot be cut into " + std::string(lane->name) + ": it has " +
                           std::to_string(size) + (size == 1 ? " byte" : " bytes"),
                       {});
    view.type = lane->type;
    view.width = lane->width;
    view.count = size / lane->width;
    return view;
  }
  for (const FlagName& flag : flag_names(view.reg->name)) {
    if (lower(flag.name) != lower(suffix)) continue;
    view.type = Type::Bit;
    view.bit = static_cast<std::uint32_t>(__builtin_ctzll(flag.mask));
    return view;
  }
  return malformed("'" + std::string(suffix) + "' is neither a type nor a flag of " + view.reg->name,
                   "types: u8 u16 u32 u64 u128 i8 i16 i32 i64 f32 f64 f80; flags: eflags.zf, mxcsr.ie");
}

Result<RegisterView> pick(RegisterView view, std::string_view index) {
  std::uint32_t at = 0;
  const auto [end, err] = std::from_chars(index.data(), index.data() + index.size(), at);
  if (err != std::errc() || end != index.data() + index.size())
    return malformed("'" + std::string(index) + "' is no index", "for example xmm0.f32[2]");
  if (at >= view.count || view.type == Type::Bit)
    return malformed(view.text + " has no value " + std::string(index),
                     view.count == 1 ? "it has one value" : "the last is " + std::to_string(view.count - 1));
  view.offset += at * view.width;
  view.count = 1;
  return view;
}

std::uint64_t to_integer(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

template <class T>
std::string number_text(T value) {
  std::array<char, 64> digits;
  return std::string(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

std::string float_text(std::span<const std::byte> bytes) {
  float single = 0;
  double twice = 0;
  long double extended = 0;
  switch (bytes.size()) {
    case sizeof single:
      std::memcpy(&single, bytes.data(), bytes.size());
      return number_text(single);
    case sizeof twice:
      std::memcpy(&twice, bytes.data(), bytes.size());
      return number_text(twice);
    default:
      std::memcpy(&extended, bytes.data(), kExtendedBytes);
      return number_text(extended);
  }
}

std::string signed_text(std::span<const std::byte> bytes) {
  const unsigned unused = 64 - 8 * static_cast<unsigned>(bytes.size());
  return number_text(static_cast<std::int64_t>(to_integer(bytes) << unused) >> unused);
}

std::string value_text(const RegisterView& view, std::span<const std::byte> bytes) {
  switch (view.type) {
    case Type::Unsigned:
      return hex_text(bytes);
    case Type::Decimal:
      return number_text(to_integer(bytes));
    case Type::Signed:
      return signed_text(bytes);
    case Type::Float:
      return float_text(bytes);
    case Type::Flags:
      return hex_text(bytes) + " [" + flags_text(view.reg->name, to_integer(bytes)) + "]";
    case Type::Bit:
      break;
  }
  return (to_integer(bytes) >> view.bit & 1) != 0 ? "1" : "0";
}

}  // namespace

std::string hex_text(std::span<const std::byte> little_endian) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "0x";
  for (std::size_t i = little_endian.size(); i-- > 0;) {
    const auto value = std::to_integer<unsigned>(little_endian[i]);
    text += kDigits[value >> 4];
    text += kDigits[value & 15];
  }
  return text;
}

RegisterView whole_view(const Register& reg) {
  const auto size = static_cast<std::uint32_t>(reg.size());
  const Type type = reg.kind == RegisterKind::Flags   ? Type::Flags
                    : reg.kind == RegisterKind::Float ? Type::Float
                                                      : Type::Unsigned;
  return {.reg = &reg, .text = reg.name, .type = type, .offset = 0, .width = size, .count = 1};
}

Result<RegisterView> parse_register_view(const RegisterCatalog& catalog, std::string_view text) {
  std::string_view rest = text;
  std::optional<std::string_view> index;
  if (const std::size_t open = rest.find('['); open != std::string_view::npos) {
    if (!rest.ends_with(']')) return malformed("'" + std::string(text) + "' lacks a ]", {});
    index = rest.substr(open + 1, rest.size() - open - 2);
    rest = rest.substr(0, open);
  }
  const std::size_t dot = rest.find('.');
  RegisterView view = TETHER_TRY(find_whole(catalog, rest.substr(0, dot)));
  view.text = std::string(rest.substr(0, dot));
  if (dot != std::string_view::npos) view = TETHER_TRY(narrow(std::move(view), rest.substr(dot + 1)));
  view.text = std::string(rest);
  if (index) view = TETHER_TRY(pick(std::move(view), *index));
  view.text = std::string(text);
  return view;
}

std::vector<std::string> format_values(const RegisterView& view, const RegisterImage& image) {
  const auto bytes = load(image, *view.reg);
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < view.count; ++i)
    texts.push_back(value_text(view, std::span(bytes).subspan(view.offset + i * view.width, view.width)));
  return texts;
}

std::string format_view(const RegisterView& view, const RegisterImage& image) {
  const auto values = format_values(view, image);
  if (values.size() == 1) return values.front();
  std::string text = "{";
  for (const std::string& value : values) text += (text.size() == 1 ? "" : ", ") + value;
  return text + "}";
}

}  // namespace tether
