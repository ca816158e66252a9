#pragma once
// Kinds: the names that tether/decode/kind.h gives to its kinds, and what the resolver must know about them.

#include <optional>
#include <span>
#include <string_view>

#include "tether/decode/kind.h"

namespace tether::desc {

struct KindName {
  std::string_view name;
  decode::Kind kind;
  std::uint8_t width;  ///< bytes in memory; 0: as many as the C type has
  bool is_text;
};

std::span<const KindName> all_kinds();
/// Null if no kind is called that.
const KindName* find_kind(std::string_view name);

bool is_signed(decode::Kind kind);
/// Its width is its meaning (u16, be32): it must be that of the C type.
bool is_exact(decode::Kind kind);
/// Fills the C type whatever its width: 16-bit user ids of old calls.
bool fills_its_type(decode::Kind kind);
/// Takes no room of its own and may be larger than an integer: a C type's width says nothing about it.
bool is_aggregate(decode::Kind kind);
/// A pointer to it prints without brackets.
bool stands_bare(decode::Kind kind);

/// By its name in `note NAME`.
std::optional<decode::ResultNote> find_note(std::string_view name);

}  // namespace tether::desc
