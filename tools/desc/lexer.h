#pragma once
// Lexer: a description's text as tokens.

#include <cstdint>
#include <string>
#include <vector>

#include "tools/desc/diagnostics.h"

namespace tether::desc {

struct Token {
  enum class Kind : std::uint8_t { End, Name, Number, String, Header, Punctuation } kind = Kind::End;
  std::string text;          ///< String, Header: without the quotes or angle brackets
  std::uint64_t number = 0;  ///< Number
  int line = 0;
  int column = 0;  ///< from 1
  bool first_on_line = false;
};

/// Always ends with a token of kind End. Names may contain `*` (patterns over constants). What is no token is reported
/// and left out.
std::vector<Token> lex(const std::string& file, const std::string& text, Diagnostics& diagnostics);

}  // namespace tether::desc
