#pragma once
// Restartable sequences (rseq(2)) of a thread that stands still.
//
// A thread that is stopped within one does not go on there: the kernel sends it to the sequence's abort handler, which
// begins it again. So nobody gets through a sequence by single steps, and a breakpoint in one is met for ever.
//
//   if (const auto pointer = find_sequence_pointer(tid))
//     if (const auto sequence = read_sequence(tid, *pointer, pc)) …pc lies in it…

#include <cstdint>
#include <optional>
#include <vector>

#include "tether/arch/general_registers.h"
#include "tether/base/ids.h"
#include "tether/base/memory_reader.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/symbol/symbolizer.h"

namespace tether {

struct RestartableSequence {
  RemoteAddr start;
  RemoteAddr end;  ///< behind the instruction that commits
  RemoteAddr abort_handler;

  bool contains(RemoteAddr address) const { return start <= address && address < end; }
};

/// Where a stopped thread's rseq_cs lies, the pointer to the sequence that it is in. nullopt if it has registered none;
/// likewise before Linux 5.13, which does not tell (PTRACE_GET_RSEQ_CONFIGURATION).
std::optional<RemoteAddr> find_sequence_pointer(Tid tid);

/// The sequence that a thread is in which stands at `pc`.
std::optional<RestartableSequence> read_sequence(Tid tid, RemoteAddr pointer, RemoteAddr pc);

/// Does what the kernel does when the thread goes on: it is in none any more. Returns its registers then.
Result<GeneralRegisters> abort_sequence(Tid tid, RemoteAddr pointer, const RestartableSequence& sequence,
                                        const GeneralRegisters& registers);

/// Those that the program's files declare (sections __rseq_cs and __rseq_cs_ptr_array, as librseq makes them).
std::vector<RestartableSequence> declared_sequences(symbol::Symbolizer& symbolizer, MemoryReader& memory);

}  // namespace tether
