#pragma once
// The registers of a thread that is held: all of them read at once, and changed with a way back.
//
//   HeldTask task = TETHER_TRY(HeldTask::seize(tid, {}));
//   const RegisterCatalog& catalog = register_catalog(TETHER_TRY(task.code_abi()));
//   RegisterImage image = TETHER_TRY(read_registers(task, {.xstate = true}));
//   load(image, *catalog.find("ymm3"));
//   TETHER_CHECK(assign_registers(changes, task, assignments, {}));

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/arch/register_catalog.h"
#include "tether/arch/register_view.h"
#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/changes.h"
#include "tether/tracee/hold.h"

namespace tether {

/// All registers of an ABI on this machine.
const RegisterCatalog& register_catalog(Abi abi);

/// Which sets to read, besides the general registers.
struct RegisterSets {
  bool xstate = false;
  bool debug = false;

  void add(RegisterSet set);
};

/// Three system calls at most. Errors: TraceeGone; Unsupported where the kernel has no extended state (it was started
/// with noxsave).
Result<RegisterImage> read_registers(const HeldTask& task, RegisterSets sets);

/// The system call that the thread was interrupted in by being held, and that the kernel will start again: as long as
/// it stands there, some registers are the call's and not the program's.
Result<std::optional<SyscallNr>> find_interrupted_call(const HeldTask& task);

struct AssignOptions {
  /// What to do about registers that an interrupted call needs to be started again. Break: they are changed. If it is
  /// the result or the place to go on at, the call is given up.
  enum class InCall : std::uint8_t { Refuse, Break } in_call = InCall::Refuse;
  ResolveValue resolve;                                  ///< what names and expressions are worth
  std::function<std::string_view(SyscallNr)> name_call;  ///< for messages; empty: numbers
};

/// Makes the assignments in their order, as if at once: nothing is changed if one of them has no such value, or if the
/// kernel does not take it. Errors: those of evaluate(); Busy for an interrupted call; Malformed for what the kernel
/// refuses or does not keep (a reserved bit); those of Changes::make.
Result<void> assign_registers(Changes& changes, HeldTask& task, std::span<const RegisterAssignment> assignments,
                              const AssignOptions& options);

/// Holds the thread and puts the register's former value back. Busy if it holds neither the former nor the new one.
Result<void> undo(Pid pid, const RegisterChange& change, UndoMode mode);

}  // namespace tether
