#include "tether/control/breakpoint_place.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "tether/symbol/module_map.h"

namespace tether {

using symbol::FoundSymbol;
using symbol::Symbolizer;

namespace {

struct Prefix {
  std::string_view text;
  BreakpointPlace::Kind kind;
};
constexpr Prefix kPrefixes[] = {{"hw:", BreakpointPlace::Kind::HardwareCode},
                                {"rw:", BreakpointPlace::Kind::ReadOrWrite},
                                {"w:", BreakpointPlace::Kind::Write}};

std::optional<std::uint64_t> parse_place_number(std::string_view text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  if (is_hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, is_hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

bool is_size(std::uint64_t size) {
  return size == 1 || size == 2 || size == 4 || size == 8;
}

Error malformed_place(std::string_view text, std::string_view why) {
  return {.code = ErrorCode::Malformed,
          .message = "'" + std::string(text) + "' is no place for a breakpoint: " + std::string(why),
          .hint = "malloc, libc:malloc, main+8, 0x401136, server.c:42, hw:ADDRESS, w:ADDRESS/SIZE, rw:ADDRESS/SIZE"};
}

/// "base+offset"; an offset of 0 if there is none.
struct Sum {
  std::string_view base;
  std::uint64_t offset = 0;
  bool has_offset = false;
};
Sum split_sum(std::string_view text) {
  const std::size_t plus = text.rfind('+');
  if (plus == std::string_view::npos || plus == 0) return {.base = text};
  const auto offset = parse_place_number(text.substr(plus + 1));
  if (!offset) return {.base = text};  // operator+
  return {.base = text.substr(0, plus), .offset = *offset, .has_offset = true};
}

/// A function that is chosen when the program is linked at run time lies nowhere before that.
bool is_place(const FoundSymbol& symbol, const BreakpointPlace& place) {
  if (place.is_data()) return symbol.kind != FoundSymbol::Kind::IndirectFunction;
  return symbol.kind == FoundSymbol::Kind::Function ||
         (symbol.kind == FoundSymbol::Kind::IndirectFunction && symbol.is_resolved);
}

std::vector<FoundSymbol> find_all(const BreakpointPlace& place, std::string_view name, Symbolizer& symbolizer) {
  std::vector<FoundSymbol> found = symbolizer.find_symbols(name);
  std::erase_if(found, [&](const FoundSymbol& symbol) { return !is_place(symbol, place); });
  const bool has_global = std::ranges::any_of(found, [](const FoundSymbol& symbol) { return !symbol.is_local; });
  if (has_global) std::erase_if(found, [](const FoundSymbol& symbol) { return symbol.is_local; });
  if (place.is_data() && found.size() > 1) found.resize(1);
  return found;
}

std::uint8_t size_of(const BreakpointPlace& place, std::uint64_t symbol_size) {
  constexpr std::uint8_t kUsual = 4;
  if (!place.is_data()) return 1;
  if (place.size != 0) return place.size;
  return is_size(symbol_size) ? static_cast<std::uint8_t>(symbol_size) : kUsual;
}

Result<std::vector<ResolvedPlace>> find_places(const BreakpointPlace& place, Symbolizer& symbolizer) {
  std::vector<ResolvedPlace> places;
  if (const auto number = parse_place_number(place.where)) {
    places.push_back({RemoteAddr(*number), size_of(place, 0)});
    return places;
  }
  const std::size_t colon = place.where.rfind(':');
  if (colon != std::string::npos && colon != 0) {
    const auto line = parse_place_number(std::string_view(place.where).substr(colon + 1));
    if (line) {
      for (const RemoteAddr address : TETHER_TRY(
               symbolizer.find_line(std::string_view(place.where).substr(0, colon), static_cast<std::uint32_t>(*line))))
        places.push_back({address, size_of(place, 0)});
      return places;
    }
  }
  const Sum sum = split_sum(place.where);
  for (const FoundSymbol& symbol : find_all(place, sum.base, symbolizer))
    places.push_back({symbol.address + sum.offset, size_of(place, sum.has_offset ? 0 : symbol.size)});
  if (!places.empty()) return places;
  if (const auto* module = symbol::find_module_named(symbolizer.modules(), sum.base);
      module != nullptr && sum.has_offset) {
    places.push_back({module->base + sum.offset, size_of(place, 0)});
    return places;
  }
  const FoundSymbol other = TETHER_TRY(symbolizer.find_symbol(sum.base));
  const bool is_unchosen = other.kind == FoundSymbol::Kind::IndirectFunction;
  return fail({.code = ErrorCode::NotFound,
               .message = "'" + std::string(sum.base) + "' in " + other.module +
                          (is_unchosen ? " has not been resolved by the dynamic linker yet" : " is data, not code"),
               .hint = is_unchosen ? "" : "w:" + place.where + " stops at writes to it"});
}

}  // namespace

bool BreakpointPlace::is_number() const {
  return parse_place_number(where).has_value();
}

Result<BreakpointPlace> parse_place(std::string_view text) {
  BreakpointPlace place{.text = std::string(text), .where = std::string(text)};
  for (const Prefix& prefix : kPrefixes) {
    if (!text.starts_with(prefix.text)) continue;
    place.kind = prefix.kind;
    place.where.erase(0, prefix.text.size());
    break;
  }
  if (const std::size_t slash = place.where.rfind('/'); place.is_data() && slash != std::string::npos) {
    const auto size = parse_place_number(std::string_view(place.where).substr(slash + 1));
    if (!size || !is_size(*size)) return fail(malformed_place(text, "the size to watch is 1, 2, 4 or 8 bytes"));
    place.size = static_cast<std::uint8_t>(*size);
    place.where.erase(slash);
  }
  if (place.where.empty()) return fail(malformed_place(text, "nothing says where"));
  return place;
}

Result<std::vector<ResolvedPlace>> resolve_place(const BreakpointPlace& place, Symbolizer& symbolizer) {
  std::vector<ResolvedPlace> places = TETHER_TRY(find_places(place, symbolizer));
  std::ranges::sort(places, {}, &ResolvedPlace::address);
  const auto doubles = std::ranges::unique(places, {}, &ResolvedPlace::address);
  places.erase(doubles.begin(), doubles.end());
  for (const ResolvedPlace& found : places)
    if (found.address.value % found.size != 0)
      return fail(malformed_place(place.text, "its address is no multiple of the " + std::to_string(found.size) +
                                                  " bytes, as the processor wants it; watch fewer bytes"));
  return places;
}

}  // namespace tether
