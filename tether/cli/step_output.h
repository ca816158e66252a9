#pragma once
// StepOutput: what `tether step` tells of a stepped thread, as lines of text or of JSON, and the file of addresses.
//
// Names are looked up in the process's symbols, which are read again when it has mapped something new.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/stepper.h"
#include "tether/disasm/disassembler.h"
#include "tether/symbol/symbolizer.h"

namespace tether::cli {

/// Symbols of a process that changes.
class ProcessNames {
 public:
  explicit ProcessNames(Pid pid) : pid_(pid) {}
  /// "main+0x4"; empty if nothing is known.
  std::string name_of(RemoteAddr address);
  /// What an expression of addresses is worth now, `registers` being the thread's. Errors: those of ValueExpression.
  Result<RemoteAddr> resolve(std::string_view text, const GeneralRegisters& registers, Abi abi);
  /// The process executes another program.
  void forget();

 private:
  symbol::Symbolizer* symbolizer();
  Pid pid_;
  std::optional<symbol::Symbolizer> symbolizer_;
  std::unordered_set<std::uint64_t> unknown_pages_;  ///< with nothing in them, as was looked up
};

struct StepOutputOptions {
  enum class Format : std::uint8_t { Text, Json, Nothing } format = Format::Text;
  std::optional<std::string> file;  ///< absent: `otherwise`; "-": standard output
  std::FILE* otherwise = stdout;
  std::optional<std::string> trace_file;
  enum class TraceFormat : std::uint8_t {
    Text,    ///< "0x401000\n"
    Binary,  ///< eight bytes each, little-endian
  } trace_format = TraceFormat::Text;
};

class StepOutput {
 public:
  /// Errors: those of fopen(3) for the files.
  static Result<StepOutput> open(const StepOutputOptions& options);

  /// Io if it cannot be written.
  Result<void> show(const Stepper::Happening& happening, Tid tid, ProcessNames& names);
  /// How it ended: why, and where the thread stands if it still does.
  Result<void> conclude(std::uint64_t executed, std::string_view why, const Stepper::Upcoming* upcoming,
                        ProcessNames& names);
  /// Before something that may take long.
  Result<void> flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const;
  };
  using File = std::unique_ptr<std::FILE, Close>;
  StepOutput(StepOutputOptions options, disasm::Disassembler disassembler)
      : options_(std::move(options)), disassembler_(std::move(disassembler)) {}
  std::string text_of(const Stepper::Happening& happening, ProcessNames& names) const;
  std::string json_of(const Stepper::Happening& happening, Tid tid, ProcessNames& names) const;
  std::string instruction_text(const Stepper::Executed& done, ProcessNames& names) const;
  Result<void> put(std::FILE* file, std::string_view text);

  StepOutputOptions options_;
  disasm::Disassembler disassembler_;
  File file_;
  File trace_;
};

}  // namespace tether::cli
