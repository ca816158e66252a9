#pragma once
// RegisterReport: what `tether regs` read of one thread, and how it is shown.
//
//   RegisterReport report = TETHER_TRY(read_register_report(held, {"xmm0.f32", "debug"}));
//   … the thread goes on …
//   print_text(register_text(report, RegisterHeading::No));

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/arch/register_view.h"
#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/tracee/hold.h"

namespace tether::cli {

struct RegisterReport {
  Pid pid;
  Tid tid;
  std::string name;  ///< of the thread
  Abi abi = Abi::X86_64;
  std::optional<SyscallNr> call;  ///< that it is blocked in
  RegisterImage image;
  std::vector<RegisterView> views;  ///< what is to be shown
  std::string place;                ///< the symbol at the instruction pointer; empty: none, or not asked for
};

/// The views that words name: registers, parts of them, groups (general, segment, x87, sse, avx, avx512, debug, all).
/// No words: general and segment. Errors: those of parse_register_view.
Result<std::vector<RegisterView>> parse_views(const RegisterCatalog& catalog, std::span<const std::string_view> words);

/// Reads what is asked for. Errors: those of parse_views and read_registers.
Result<RegisterReport> read_register_report(const HeldTask& task, Pid pid, std::span<const std::string_view> words);

/// Adds the names and places that take time to find; the thread need not be held.
void complete(RegisterReport& report);

enum class RegisterHeading : bool { No, Yes };
std::string register_text(const RegisterReport& report, RegisterHeading heading);
/// One line.
std::string register_json(const RegisterReport& report);

}  // namespace tether::cli
