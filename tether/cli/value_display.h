#pragma once
// Values in memory as text and as JSON, by their type (control/value_type.h).

#include <span>
#include <string>

#include "tether/base/remote_addr.h"
#include "tether/cli/json_output.h"
#include "tether/control/value_type.h"

namespace tether::cli {

/// One element of `type` (its count set aside): "42", "\"text\"", "{id = 1, next = 0x0}". Texts end at their NUL.
/// `bytes` holds at least the element; of a text that ends at its NUL, as much as there is.
std::string display_value(const ValueType& type, std::span<const std::byte> bytes);

/// The same for JSON: a number (beyond 2^53 a string of its digits), a text (bytes that are no UTF-8 as {"hex": …}), an
/// array, an object; pointers are strings, "0x7f00".
Json value_to_json(const ValueType& type, std::span<const std::byte> bytes);

/// Lines like hexdump -C's: address, 16 bytes, the same as characters. Lines that repeat the one before are left out
/// and a `*` stands for them; the last line is the address behind.
std::string display_bytes(RemoteAddr address, std::span<const std::byte> bytes);

/// "0x7f0012345678".
std::string display_address(RemoteAddr address);

}  // namespace tether::cli
