#pragma once
// JSON for verbs with --json: one document on one line, keys in the order in which they are meant to be read.
//
//   Json page = {{"schema", 1}, {"pid", pid.value}, {"name", json_text(name)}};
//   return print_json(page);

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tether/base/remote_addr.h"

namespace tether::cli {

using Json = nlohmann::ordered_json;

/// A string that came from a process: as it is if it is UTF-8, else {"base64": "…"}.
Json json_text(std::string_view bytes);

/// "0x7f0012340000": programs that hold numbers as doubles would lose the low bits of a number.
Json json_hex(std::uint64_t number);
inline Json json_address(RemoteAddr addr) {
  return json_hex(addr.value);
}

/// The document and a newline, in ASCII, so that no terminal is driven by it.
std::string json_line(const Json& document);

/// Writes that to standard output. Returns 0, or kFailed if it cannot be written.
int print_json(const Json& document);

}  // namespace tether::cli
