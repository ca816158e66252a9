#include "tether/sink/text/data_text.h"

#include <cstdint>
#include <string_view>

namespace tether {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kBytesPerLine = 16;
constexpr std::size_t kLeastOffsetDigits = 5;

void append_hex_offset(std::string& out, std::size_t offset) {
  char digits[2 * sizeof offset];
  std::size_t count = 0;
  for (; offset != 0 || count < kLeastOffsetDigits; offset >>= 4) digits[count++] = kHexDigits[offset & 0xf];
  while (count != 0) out.push_back(digits[--count]);
}

void append_dump_line(std::string& out, std::size_t offset, std::string_view bytes) {
  out.append(" | ");
  append_hex_offset(out, offset);
  out.push_back(' ');
  for (std::size_t i = 0; i < kBytesPerLine; ++i) {
    if (i == kBytesPerLine / 2) out.push_back(' ');
    if (i >= bytes.size()) {
      out.append("   ");
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    out.push_back(' ');
    out.push_back(kHexDigits[byte >> 4]);
    out.push_back(kHexDigits[byte & 0xf]);
  }
  out.append("  ");
  for (const char c : bytes) out.push_back(c >= ' ' && c <= '~' ? c : '.');
  out.append(kBytesPerLine - bytes.size(), ' ');
  out.append(" |\n");
}

void append_piece(std::string& out, const DataPiece& piece) {
  if (piece.is_in_vector)
    out.append(" * ")
        .append(std::to_string(piece.length))
        .append(" bytes in buffer ")
        .append(std::to_string(piece.buffer))
        .append("\n");
  for (std::size_t at = 0; at < piece.bytes.size(); at += kBytesPerLine)
    append_dump_line(out, at, piece.bytes.substr(at, kBytesPerLine));
  if (piece.bytes.size() < piece.length)
    out.append(" * ")
        .append(std::to_string(piece.length - piece.bytes.size()))
        .append(" more bytes were not captured\n");
}

}  // namespace

void append_data(std::string& out, std::span<const DataPiece> pieces) {
  const DataPiece* last = nullptr;
  for (const DataPiece& piece : pieces) {
    if (piece.is_in_message && (last == nullptr || last->message != piece.message))
      out.append(" = ")
          .append(std::to_string(piece.buffer_count))
          .append(" buffers in vector ")
          .append(std::to_string(piece.message))
          .append("\n");
    append_piece(out, piece);
    last = &piece;
  }
}

}  // namespace tether
