#include "tools/desc/command_line.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tools/desc/diagnostics.h"

namespace tether::desc {
namespace {

constexpr auto kCommands = std::to_array<std::pair<std::string_view, Command>>(
    {{"compile", Command::Compile}, {"check", Command::Check}, {"audit", Command::Audit}, {"expand", Command::Expand}});

std::unexpected<Error> misused(std::string message) {
  return fail(Error{ErrorCode::Malformed, 0, std::move(message), "tether-desc --help lists commands and options"});
}

}  // namespace

std::string_view help_text() {
  return "Usage: tether-desc COMMAND [OPTION...]\n"
         "Resolves facts/ and descriptions/ into the tables of tether/decode/tables.h (docs/description-language.md).\n"
         "\n"
         "  compile   writes DIR/tables.cc; the build runs it\n"
         "  check     only says what is wrong\n"
         "  audit     lists what nobody describes yet\n"
         "  expand    prints the members of every set\n"
         "\n"
         "  --facts DIR          default: facts\n"
         "  --descriptions DIR   default: descriptions\n"
         "  --output DIR         compile: where to write\n"
         "  --calls --constants --ioctls   audit: these only\n"
         "  --help\n"
         "\n"
         "Exit status: 0, 1 if the descriptions have errors, 125 if tether-desc could not work.\n";
}

Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments) {
  CommandLine line;
  if (std::ranges::find(arguments, "--help") != arguments.end()) return line;
  if (arguments.empty()) return misused("no command");
  const auto* command = std::ranges::find(kCommands, arguments[0], &std::pair<std::string_view, Command>::first);
  if (command == kCommands.end()) return misused("no command " + quote(arguments[0]));
  line.command = command->second;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view option = arguments[i];
    std::filesystem::path* directory = option == "--facts"          ? &line.facts
                                       : option == "--descriptions" ? &line.descriptions
                                       : option == "--output"       ? &line.output
                                                                    : nullptr;
    bool* choice = option == "--calls"       ? &line.wants_calls
                   : option == "--constants" ? &line.wants_constants
                   : option == "--ioctls"    ? &line.wants_ioctls
                                             : nullptr;
    if (choice != nullptr && line.command == Command::Audit) {
      *choice = true;
    } else if (directory != nullptr && (directory != &line.output || line.command == Command::Compile)) {
      if (++i == arguments.size()) return misused(std::string(option) + " needs a directory");
      *directory = arguments[i];
    } else {
      return misused(std::string(arguments[0]) + " has no option " + quote(option));
    }
  }
  if (line.command == Command::Compile && line.output.empty()) return misused("compile needs --output DIR");
  if (!line.wants_calls && !line.wants_constants && !line.wants_ioctls)
    line.wants_calls = line.wants_constants = line.wants_ioctls = true;
  return line;
}

}  // namespace tether::desc
