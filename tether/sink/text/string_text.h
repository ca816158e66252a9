#pragma once
// What a tracee wrote, as printable ASCII: quoted strings, paths in angle brackets, names.
//
// A traced program must not be able to drive the user's terminal, or to forge lines: every byte that is not printable
// ASCII is escaped, wherever it stands.
//
//   append_quoted(out, "a\033[2J\n", {});        // "a\33[2J\n"

#include <cstdint>
#include <string>
#include <string_view>

namespace tether {

/// How bytes that are not printable ASCII are shown (strace's -x, --strings-in-hex).
enum class StringStyle : std::uint8_t {
  Octal,               ///< \33, \0; the default
  HexEscapes,          ///< \x1b: --strings-in-hex=non-ascii-chars
  HexNonAsciiStrings,  ///< a string that holds such bytes, white space aside, is all hex: -x
  HexStrings,          ///< all strings: -xx
};

struct QuoteOptions {
  StringStyle style = StringStyle::Octal;
  bool escapes_angles = false;  ///< for text within < and >
};

/// The escaped bytes, without quotes. An octal escape is as short as what follows it allows.
void append_escaped(std::string& out, std::string_view bytes, QuoteOptions options);

/// The same between double quotes.
inline void append_quoted(std::string& out, std::string_view bytes, QuoteOptions options) {
  out.push_back('"');
  append_escaped(out, bytes, options);
  out.push_back('"');
}

/// `text` as it is, but for bytes that are not printable ASCII: for text in which quotes and backslashes are notation.
void append_printable(std::string& out, std::string_view text);

/// What a descriptor refers to, in angle brackets: </etc/passwd>, <pipe:[123]>, </tmp/x>(deleted). Details that are in
/// such brackets themselves stand behind the path, </dev/null<char 1:3>>; others in its place, <pid:12>.
void append_descriptor_path(std::string& out, std::string_view path, std::string_view details, StringStyle style);

}  // namespace tether
