#include "tether/arch/register_catalog.h"

#include <asm/processor-flags.h>
#include <asm/sigcontext.h>

#include <algorithm>
#include <utility>

namespace tether {

namespace {

constexpr std::uint32_t kX87Bytes = 10;
constexpr std::uint32_t kX87Stride = 16;
constexpr std::uint32_t kXmmBytes = 16;
constexpr std::uint32_t kYmmHighBytes = 16;
constexpr std::uint32_t kZmmHighBytes = 32;
constexpr std::uint32_t kZmmBytes = 64;
constexpr std::uint32_t kMaskBytes = 8;

constexpr bool is_segment(std::string_view name) {
  return name.size() == 2 && name[1] == 's';
}

void add_general(std::vector<Register>& all, Abi abi) {
  for (const bool wants_segments : {false, true})
    for (const RegisterName& r : register_names(abi)) {
      const bool is_base = r.name.ends_with("_base");
      if ((is_segment(r.name) || is_base) != wants_segments) continue;
      all.push_back(
          {.name = std::string(r.name),
           .group = wants_segments ? RegisterGroup::Segment : RegisterGroup::General,
           .kind = r.name == "eflags" ? RegisterKind::Flags : RegisterKind::Integer,
           .set = RegisterSet::General,
           .pieces = {{.offset = r.word * std::uint32_t{sizeof(std::uint64_t)}, .size = r.bits / std::uint32_t{8}}}});
    }
}

Register extended(std::string name, RegisterGroup group, RegisterKind kind, std::vector<RegisterPiece> pieces) {
  return {
      .name = std::move(name), .group = group, .kind = kind, .set = RegisterSet::Xstate, .pieces = std::move(pieces)};
}

#define TETHER_PIECE(member)                                                       \
  RegisterPiece {                                                                  \
    offsetof(_fpstate_64, member), sizeof(_fpstate_64::member), XstateFeature::X87 \
  }

void add_x87(std::vector<Register>& all) {
  const std::uint32_t base = offsetof(_fpstate_64, st_space);
  for (std::uint32_t i = 0; i < 8; ++i)
    all.push_back(extended("st" + std::to_string(i), RegisterGroup::X87, RegisterKind::Float,
                           {{base + i * kX87Stride, kX87Bytes, XstateFeature::X87}}));
  const std::pair<const char*, RegisterPiece> controls[] = {{"fctrl", TETHER_PIECE(cwd)}, {"fstat", TETHER_PIECE(swd)},
                                                            {"ftag", TETHER_PIECE(twd)},  {"fop", TETHER_PIECE(fop)},
                                                            {"fip", TETHER_PIECE(rip)},   {"fdp", TETHER_PIECE(rdp)}};
  for (const auto& [name, piece] : controls)
    all.push_back(extended(name, RegisterGroup::X87, RegisterKind::Integer, {piece}));
}

RegisterPiece xmm_piece(std::uint32_t i) {
  return {static_cast<std::uint32_t>(offsetof(_fpstate_64, xmm_space)) + i * kXmmBytes, kXmmBytes, XstateFeature::Sse};
}

void add_sse(std::vector<Register>& all, std::uint32_t count) {
  RegisterPiece control = TETHER_PIECE(mxcsr);
  control.feature = XstateFeature::Sse;
  all.push_back(extended("mxcsr", RegisterGroup::Sse, RegisterKind::Flags, {control}));
  for (std::uint32_t i = 0; i < count; ++i)
    all.push_back(extended("xmm" + std::to_string(i), RegisterGroup::Sse, RegisterKind::Vector, {xmm_piece(i)}));
}

#undef TETHER_PIECE

std::vector<RegisterPiece> ymm_pieces(const XstateLayout& layout, std::uint32_t i) {
  return {xmm_piece(i), {layout.offset(XstateFeature::Avx) + i * kYmmHighBytes, kYmmHighBytes, XstateFeature::Avx}};
}

void add_avx(std::vector<Register>& all, const XstateLayout& layout, std::uint32_t count) {
  if (!layout.has(XstateFeature::Avx)) return;
  for (std::uint32_t i = 0; i < count; ++i)
    all.push_back(extended("ymm" + std::to_string(i), RegisterGroup::Avx, RegisterKind::Vector, ymm_pieces(layout, i)));
}

void add_avx512(std::vector<Register>& all, const XstateLayout& layout, Abi abi, std::uint32_t count) {
  if (!layout.has(XstateFeature::ZmmHigh) || !layout.has(XstateFeature::Avx)) return;
  const auto add = [&](std::uint32_t i, std::vector<RegisterPiece> pieces) {
    all.push_back(extended("zmm" + std::to_string(i), RegisterGroup::Avx512, RegisterKind::Vector, std::move(pieces)));
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    auto pieces = ymm_pieces(layout, i);
    pieces.push_back(
        {layout.offset(XstateFeature::ZmmHigh) + i * kZmmHighBytes, kZmmHighBytes, XstateFeature::ZmmHigh});
    add(i, std::move(pieces));
  }
  if (abi == Abi::X86_64 && layout.has(XstateFeature::HighZmm))
    for (std::uint32_t i = 0; i < 16; ++i)
      add(16 + i, {{layout.offset(XstateFeature::HighZmm) + i * kZmmBytes, kZmmBytes, XstateFeature::HighZmm}});
  if (!layout.has(XstateFeature::Opmask)) return;
  for (std::uint32_t i = 0; i < 8; ++i)
    all.push_back(
        extended("k" + std::to_string(i), RegisterGroup::Avx512, RegisterKind::Integer,
                 {{layout.offset(XstateFeature::Opmask) + i * kMaskBytes, kMaskBytes, XstateFeature::Opmask}}));
}

void add_debug(std::vector<Register>& all, Abi abi) {
  for (const std::uint32_t i : {0, 1, 2, 3, 6, 7})
    all.push_back({.name = "dr" + std::to_string(i),
                   .group = RegisterGroup::Debug,
                   .kind = RegisterKind::Integer,
                   .set = RegisterSet::Debug,
                   .pieces = {{.offset = i * std::uint32_t{sizeof(std::uint64_t)}, .size = word_size(abi)}}});
}

/// The 16 and 8 bit names that i386 has, and the 32 bit ones that x86-64 adds.
std::vector<SubRegister> make_parts(Abi abi) {
  std::vector<SubRegister> parts;
  const std::string wide = abi == Abi::X86_64 ? "r" : "e";
  for (const std::string letter : {"a", "b", "c", "d"}) {
    const std::string whole = wide + letter + "x";
    if (abi == Abi::X86_64) parts.push_back({"e" + letter + "x", whole, 0, 4});
    parts.push_back({letter + "x", whole, 0, 2});
    parts.push_back({letter + "l", whole, 0, 1});
    parts.push_back({letter + "h", whole, 1, 1});
  }
  for (const std::string name : {"si", "di", "bp", "sp"}) {
    const std::string whole = wide + name;
    if (abi == Abi::X86_64) parts.push_back({"e" + name, whole, 0, 4});
    parts.push_back({name, whole, 0, 2});
    if (abi == Abi::X86_64) parts.push_back({name + "l", whole, 0, 1});
  }
  if (abi == Abi::I386) return parts;
  for (int i = 8; i < 16; ++i) {
    const std::string whole = "r" + std::to_string(i);
    parts.push_back({whole + "d", whole, 0, 4});
    parts.push_back({whole + "w", whole, 0, 2});
    parts.push_back({whole + "b", whole, 0, 1});
  }
  parts.push_back({"rflags", "eflags", 0, 4});
  return parts;
}

/// The set's bytes; empty for an extended state that was not read.
std::span<std::byte> bytes_of(RegisterImage& image, RegisterSet set) {
  switch (set) {
    case RegisterSet::General:
      return std::as_writable_bytes(std::span(image.general.words));
    case RegisterSet::Xstate:
      return image.xstate;
    case RegisterSet::Debug:
      break;
  }
  return std::as_writable_bytes(std::span(image.debug));
}
std::span<const std::byte> bytes_of(const RegisterImage& image, RegisterSet set) {
  return bytes_of(const_cast<RegisterImage&>(image), set);  // the same bytes, given out as const
}

bool fits(std::span<const std::byte> set, const RegisterPiece& piece) {
  return std::size_t{piece.offset} + piece.size <= set.size();
}

}  // namespace

std::string_view name_of(RegisterGroup group) {
  static constexpr std::string_view kNames[kRegisterGroups] = {"general", "segment", "x87",  "sse",
                                                               "avx",     "avx512",  "debug"};
  return kNames[static_cast<std::size_t>(group)];
}

std::size_t Register::size() const {
  std::size_t sum = 0;
  for (const RegisterPiece& piece : pieces) sum += piece.size;
  return sum;
}

RegisterCatalog RegisterCatalog::make(Abi abi, const XstateLayout& layout) {
  RegisterCatalog catalog;
  catalog.abi_ = abi;
  const std::uint32_t vectors = abi == Abi::X86_64 ? 16 : 8;
  add_general(catalog.registers_, abi);
  add_x87(catalog.registers_);
  add_sse(catalog.registers_, vectors);
  add_avx(catalog.registers_, layout, vectors);
  add_avx512(catalog.registers_, layout, abi, vectors);
  add_debug(catalog.registers_, abi);
  catalog.parts_ = make_parts(abi);
  return catalog;
}

const Register* RegisterCatalog::find(std::string_view name) const {
  const auto found = std::ranges::find(registers_, name, &Register::name);
  return found == registers_.end() ? nullptr : &*found;
}

const SubRegister* RegisterCatalog::find_part(std::string_view name) const {
  const auto found = std::ranges::find(parts_, name, &SubRegister::name);
  return found == parts_.end() ? nullptr : &*found;
}

std::vector<std::string_view> RegisterCatalog::names() const {
  std::vector<std::string_view> all;
  for (const Register& r : registers_) all.push_back(r.name);
  for (const SubRegister& part : parts_) all.push_back(part.name);
  return all;
}

std::vector<std::byte> load(const RegisterImage& image, const Register& reg) {
  const auto set = bytes_of(image, reg.set);
  std::vector<std::byte> bytes;
  for (const RegisterPiece& piece : reg.pieces) {
    const auto from = fits(set, piece) ? set.subspan(piece.offset, piece.size) : std::span<const std::byte>();
    bytes.insert(bytes.end(), from.begin(), from.end());
    bytes.resize(bytes.size() + piece.size - from.size());
  }
  return bytes;
}

void store(RegisterImage& image, const Register& reg, std::span<const std::byte> bytes) {
  const auto set = bytes_of(image, reg.set);
  for (const RegisterPiece& piece : reg.pieces) {
    const auto part = bytes.first(std::min<std::size_t>(piece.size, bytes.size()));
    bytes = bytes.subspan(part.size());
    if (!fits(set, piece)) continue;
    std::ranges::copy(part, set.subspan(piece.offset).begin());
    if (reg.set == RegisterSet::Xstate) mark_in_use(image.xstate, piece.feature);
  }
}

std::span<const FlagName> flag_names(std::string_view reg) {
  static constexpr FlagName kEflags[] = {
      {"CF", X86_EFLAGS_CF}, {"PF", X86_EFLAGS_PF},   {"AF", X86_EFLAGS_AF},   {"ZF", X86_EFLAGS_ZF},
      {"SF", X86_EFLAGS_SF}, {"TF", X86_EFLAGS_TF},   {"IF", X86_EFLAGS_IF},   {"DF", X86_EFLAGS_DF},
      {"OF", X86_EFLAGS_OF}, {"NT", X86_EFLAGS_NT},   {"RF", X86_EFLAGS_RF},   {"VM", X86_EFLAGS_VM},
      {"AC", X86_EFLAGS_AC}, {"VIF", X86_EFLAGS_VIF}, {"VIP", X86_EFLAGS_VIP}, {"ID", X86_EFLAGS_ID}};
  // Intel SDM vol. 1, 10.2.3; no header has them.
  static constexpr FlagName kMxcsr[] = {{"IE", 0x1},    {"DE", 0x2},    {"ZE", 0x4},    {"OE", 0x8},
                                        {"UE", 0x10},   {"PE", 0x20},   {"DAZ", 0x40},  {"IM", 0x80},
                                        {"DM", 0x100},  {"ZM", 0x200},  {"OM", 0x400},  {"UM", 0x800},
                                        {"PM", 0x1000}, {"RD", 0x2000}, {"RU", 0x4000}, {"FTZ", 0x8000}};
  if (reg == "eflags") return kEflags;
  if (reg == "mxcsr") return kMxcsr;
  return {};
}

std::string flags_text(std::string_view reg, std::uint64_t value) {
  std::string text;
  for (const FlagName& flag : flag_names(reg)) {
    if ((value & flag.mask) == 0) continue;
    if (!text.empty()) text += " ";
    text += flag.name;
  }
  return text;
}

}  // namespace tether
