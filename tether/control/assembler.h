#pragma once
// Assembler: instructions in text made into bytes by the system's own assembler (as, ld and objcopy of binutils).
//
//   const Bytes code = TETHER_TRY(assemble("mov eax, 1; ret", {.abi = Abi::X86_64, .at = RemoteAddr(0x401000)}));

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tether/arch/abi.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/change.h"

namespace tether {

struct AssemblyOptions {
  Abi abi = Abi::X86_64;
  RemoteAddr at;  ///< where it will lie: branches to addresses are made relative to that
  /// Where a symbol is that the text names; absent: unknown.
  std::function<std::optional<RemoteAddr>(std::string_view)> find_symbol;
};

/// Intel syntax; instructions are separated by `;`. Errors: Unsupported where there is no assembler; Malformed for text
/// that it does not take, with its reason.
Result<Bytes> assemble(std::string_view text, const AssemblyOptions& options);

}  // namespace tether
