#pragma once
// For tests of this room: Values as text in strace's manner, enough to compare by. The product's text is made by a
// sink.

#include <cstdio>
#include <string>

#include "tether/event/event.h"

namespace tether::decode::testing {

std::string to_text(const Value& value);

inline std::string number_text(std::uint64_t number, NumberStyle style) {
  char text[32];
  switch (style) {
    case NumberStyle::Signed:
      return std::to_string(static_cast<std::int64_t>(number));
    case NumberStyle::Unsigned:
      return std::to_string(number);
    case NumberStyle::Hex:
      std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(number));
      return text;
    case NumberStyle::Octal:
      std::snprintf(text, sizeof text, "%#llo", static_cast<unsigned long long>(number));
      return text;
    case NumberStyle::Mode:
      std::snprintf(text, sizeof text, "%#03llo", static_cast<unsigned long long>(number));
      return text;
  }
  return {};
}

inline std::string quoted(const Value& value) {
  std::string text = std::string(value.name) + "\"";
  for (const char c : value.bytes()) {
    const auto byte = static_cast<unsigned char>(c);
    char escape[8];
    if (value.is_binary || byte < 32 || byte > 126) {
      std::snprintf(escape, sizeof escape, "\\x%02x", byte);
      text += escape;
    } else {
      text += c;
    }
  }
  return text + (value.cut ? "\"..." : "\"");
}

inline std::string symbols_text(const Value& value) {
  const Symbols& symbols = value.symbols();
  std::string text;
  for (const std::string_view name : symbols.names) text += (text.empty() ? "" : "|") + std::string(name);
  if (symbols.remainder == 0 && !symbols.show_remainder && !text.empty()) return text;
  if (!text.empty()) text += '|';
  if (symbols.names.empty() && symbols.remainder != 0 && !symbols.unknown_tag.empty())
    return number_text(symbols.remainder, symbols.remainder_style) + " /* " + std::string(symbols.unknown_tag) + " */";
  return text + number_text(symbols.remainder, symbols.remainder_style);
}

inline std::string children_text(const Value& value) {
  std::string text;
  const bool is_record = value.kind == ValueKind::Record;
  for (const Value& child : value.children()) {
    if (!text.empty()) text += value.spaced ? " " : ", ";
    if (is_record && !child.label.empty()) text += std::string(child.label) + "=";
    text += to_text(child);
  }
  return text;
}

inline std::string bare(const Value& value) {
  switch (value.kind) {
    case ValueKind::Integer:
      return number_text(value.number, value.style) + (value.name.empty() ? "" : "<" + std::string(value.name) + ">");
    case ValueKind::Address:
      return value.number == 0 ? "NULL" : number_text(value.number, NumberStyle::Hex);
    case ValueKind::Symbols:
      return symbols_text(value);
    case ValueKind::String:
      return quoted(value);
    case ValueKind::List:
      return "[" + children_text(value) + "]";
    case ValueKind::Record:
      return "{" + children_text(value) + "}";
    case ValueKind::Change:
      return to_text(value.children()[0]) + " => " + to_text(value.children()[1]);
    case ValueKind::Call:
      return std::string(value.name) + "(" + children_text(value) + ")";
    case ValueKind::Descriptor: {
      const std::string fd = value.symbols_ != nullptr ? std::string(value.symbols().names[0])
                                                       : number_text(value.number, NumberStyle::Signed);
      if (value.name.empty()) return fd;
      const bool is_beside = value.note.empty() || value.note.starts_with('<');
      return fd + "<" + std::string(is_beside ? value.name : std::string_view()) + std::string(value.note) + ">";
    }
    case ValueKind::SignalSet: {
      std::string text = value.inverted ? "~[" : "[";
      for (const std::string_view name : value.symbols().names)
        text += (text.back() == '[' ? "" : " ") + std::string(name.substr(3));
      return text + "]";
    }
    case ValueKind::WaitStatus:
      return "status " + std::to_string(value.number);
    case ValueKind::Timestamp:
      return "@" + number_text(value.number, NumberStyle::Signed) + "." + std::to_string(value.symbols().remainder);
    case ValueKind::Verbatim:
      return std::string(value.name);
    case ValueKind::Elided:
      return "...";
  }
  return {};
}

inline std::string to_text(const Value& value) {
  std::string text = bare(value);
  if (!value.note.empty() && value.kind != ValueKind::Descriptor) text += " /* " + std::string(value.note) + " */";
  return text;
}

/// name(args) = result (note)
inline std::string to_text(const SyscallEvent& event) {
  std::string text = std::string(event.name) + "(";
  for (const Value& arg : event.args) text += (text.back() == '(' ? "" : ", ") + to_text(arg);
  if (event.phase == Phase::Enter) return text + (event.more_args ? ", " : ")");
  text += ") = ";
  const SyscallResult& result = event.result;
  switch (result.kind) {
    case SyscallResult::Kind::Returned:
      text += result.decoded != nullptr ? to_text(*result.decoded) : std::to_string(result.value);
      break;
    case SyscallResult::Kind::Failed:
      text += "-1 " + std::string(result.error_name);
      break;
    case SyscallResult::Kind::Restart:
      text += "? " + std::string(result.error_name);
      break;
    case SyscallResult::Kind::Never:
      text += "?";
      break;
  }
  if (!result.note.empty()) text += " (" + std::string(result.note) + ")";
  return text;
}

}  // namespace tether::decode::testing
