#pragma once
// A seccomp filter that stops only the calls of interest.

#include <vector>

#include "tether/base/bpf_instruction.h"
#include "tether/event/selection.h"

namespace tether {

/// A program that says SECCOMP_RET_TRACE for the selected calls of both ABIs and SECCOMP_RET_ALLOW for all others.
/// Its run time is logarithmic in the number of separate ranges of selected numbers. Never longer than BPF_MAXINSNS.
std::vector<BpfInstruction> make_seccomp_program(const SyscallSelection& selection);

}  // namespace tether
