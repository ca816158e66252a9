#include "tether/cli/address.h"

#include <charconv>
#include <optional>
#include <string>

#include "tether/procfs/maps.h"

namespace tether::cli {

namespace {

constexpr std::size_t kBareHexDigits = 8;

std::optional<std::uint64_t> parse_whole(std::string_view digits, int base) {
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || err != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) return parse_whole(text.substr(2), 16);
  return parse_whole(text, text.size() >= kBareHexDigits ? 16 : 10);
}

Result<RemoteAddr> find_base(Pid pid, std::string_view name) {
  if (const auto number = parse_number(name)) return RemoteAddr(*number);
  for (const procfs::Mapping& mapping : TETHER_TRY(procfs::read_maps(leader_of(pid)))) {
    const std::string_view path = mapping.path;
    if (!name.empty() && (path == name || path.substr(path.rfind('/') + 1) == name)) return mapping.start;
  }
  return fail({.code = ErrorCode::NotFound,
               .message = "'" + std::string(name) + "' is no address, and process " + std::to_string(pid.value) +
                          " has no mapping of that name",
               .hint = "0x7f0012345678, [heap]+16, libc.so.6+0x28a00; `tether mem maps` shows the mappings"});
}

}  // namespace

Result<RemoteAddr> find_address(Pid pid, std::string_view text) {
  const std::size_t sign = text.find_last_of("+-");
  const auto offset = sign == std::string_view::npos ? std::nullopt : parse_number(text.substr(sign + 1));
  if (!offset || sign == 0) return find_base(pid, text);
  const RemoteAddr base = TETHER_TRY(find_base(pid, text.substr(0, sign)));
  return RemoteAddr(text[sign] == '+' ? base.value + *offset : base.value - *offset);
}

}  // namespace tether::cli
