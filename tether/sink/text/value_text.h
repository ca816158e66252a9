#pragma once
// Values as strace prints them.
//
//   append_value(out, value, {});       // {st_mode=S_IFREG|0644, st_size=7, ...}
//
// Appends to a buffer and does nothing else, for this is the hot path of a trace. Whatever a Value contains, only
// printable ASCII is appended (and the palette's own sequences). Values of any shape are taken: a child that should be
// there and is not prints as nothing.

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "tether/event/value.h"
#include "tether/sink/text/palette.h"
#include "tether/sink/text/string_text.h"

namespace tether {

/// strace's -X.
enum class ConstantStyle : std::uint8_t {
  Names,    ///< abbrev: O_WRONLY|O_CREAT|O_TRUNC
  Numbers,  ///< raw: 0x241
  Both,     ///< verbose: 0x241 /* O_WRONLY|O_CREAT|O_TRUNC */
};

/// What is told of descriptors, where the events tell it (strace's -e decode-fds=).
struct DescriptorParts {
  bool path = false;    ///< what any descriptor refers to
  bool socket = false;  ///< both ends of sockets
  bool dev = false;     ///< numbers of devices, and their paths
  bool pidfd = false;   ///< processes of pidfds

  static constexpr DescriptorParts all() { return {.path = true, .socket = true, .dev = true, .pidfd = true}; }
};

struct ValueTextOptions {
  ConstantStyle constants = ConstantStyle::Names;
  StringStyle strings = StringStyle::Octal;
  bool arg_names = false;  ///< -N: dfd=AT_FDCWD
  DescriptorParts descriptors = DescriptorParts::all();
  std::optional<Palette> palette;
};

void append_value(std::string& out, const Value& value, const ValueTextOptions& options);

/// A call's arguments, separated by ", ".
void append_arguments(std::string& out, std::span<const Value> args, const ValueTextOptions& options);

}  // namespace tether
