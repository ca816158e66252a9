// tether-desc: facts and descriptions → tables. The commands, one function each.

#include <cerrno>
#include <fstream>
#include <iostream>

#include "tools/desc/command_line.h"
#include "tools/desc/emitter.h"
#include "tools/desc/parser.h"
#include "tools/desc/reports.h"
#include "tools/desc/resolver.h"
#include "tools/desc/source_files.h"

namespace tether::desc {
namespace {

struct Sources {
  Facts facts;
  Descriptions descriptions;
  Diagnostics diagnostics;
};

template <class T>
Result<T> with_hint(Result<T> result, std::string_view hint) {
  if (!result.has_value()) return fail(std::move(result).error().with_hint(hint));
  return result;
}

Result<Sources> read_sources(const CommandLine& line) {
  Sources sources{.facts = TETHER_TRY(with_hint(read_facts(line.facts),
                                                "--facts DIR names the directory of facts; the default is ./facts"))};
  for (const SourceFile& file :
       TETHER_TRY(with_hint(read_source_files(line.descriptions, ".desc"),
                            "--descriptions DIR names the directory of *.desc; the default is ./descriptions")))
    parse_description(file.path, file.text, sources.descriptions, sources.diagnostics);
  return sources;
}

Result<void> write_file(const std::filesystem::path& directory, const std::string& name, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail(errno_error(error.value(), "making the directory " + directory.string()));
  std::ofstream out(directory / name, std::ios::binary);
  out << text;
  out.close();
  if (!out) return fail(errno_error(errno, "writing " + (directory / name).string()));
  return ok();
}

std::string audit(const CommandLine& line, const Sources& sources, const Survey& survey) {
  std::string text;
  if (line.wants_calls) text += audit_calls(sources.facts, sources.descriptions);
  if (line.wants_constants) text += audit_constants(sources.facts, sources.descriptions, survey);
  if (line.wants_ioctls) text += audit_ioctls(sources.facts, survey);
  return text;
}

/// The exit status.
Result<int> run(const CommandLine& line) {
  if (line.command == Command::Help) {
    std::cout << help_text();
    return 0;
  }
  Sources sources = TETHER_TRY(read_sources(line));
  const Resolved resolved = resolve(sources.facts, sources.descriptions, sources.diagnostics);
  for (const std::string& message : sources.diagnostics.messages()) std::cerr << message << '\n';
  if (!sources.diagnostics.empty()) return 1;
  if (line.command == Command::Compile)
    TETHER_CHECK(write_file(line.output, "tables.cc", emit_tables(resolved.tables)));
  if (line.command == Command::Audit) std::cout << audit(line, sources, resolved.survey);
  if (line.command == Command::Expand) std::cout << expand_sets(resolved.survey);
  return 0;
}

int main_of(std::span<const std::string_view> arguments) {
  constexpr int kFailed = 125;
  const auto line = parse_command_line(arguments);
  const auto status = line.has_value() ? run(*line) : Result<int>(std::unexpect, line.error());
  if (status.has_value()) return *status;
  std::cerr << "tether-desc: " << status.error().message << '\n';
  if (!status.error().hint.empty()) std::cerr << "  " << status.error().hint << '\n';
  return kFailed;
}

}  // namespace
}  // namespace tether::desc

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  return tether::desc::main_of(arguments);
}
