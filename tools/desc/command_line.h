#pragma once
// The command line of tether-desc.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "tether/base/result.h"

namespace tether::desc {

enum class Command : std::uint8_t { Help, Compile, Check, Audit, Expand };

struct CommandLine {
  Command command = Command::Help;
  std::filesystem::path facts = "facts";
  std::filesystem::path descriptions = "descriptions";
  std::filesystem::path output;                                             ///< compile: the directory of tables.cc
  bool wants_calls = false, wants_constants = false, wants_ioctls = false;  ///< audit: all three if none was chosen
};

std::string_view help_text();

/// `arguments`: without the program's name. Errors: Malformed.
Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments);

}  // namespace tether::desc
