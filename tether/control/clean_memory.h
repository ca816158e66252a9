#pragma once
// CleanMemory: the memory of a process as its program has it, for who reads or replaces it from outside: without the
// breakpoint instructions that a tether of this user keeps there.
//
// The process's journal tells where they are: each is written down before it is put into the code. It is asked again
// when it has grown, so a reader may live as long as it likes.
//
//   CleanMemory memory(pid);
//   const std::size_t got = memory.read_some(address, bytes);

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/memory_reader.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/journal.h"
#include "tether/procfs/task.h"

namespace tether {

class CleanMemory final : public MemoryReader {
 public:
  explicit CleanMemory(Pid pid) : CleanMemory(pid, procfs::living_task_of(pid)) {}
  /// `tid` is any task of the process.
  CleanMemory(Pid pid, Tid tid);
  std::size_t read_some(RemoteAddr addr, std::span<std::byte> out) override;

 private:
  struct Byte {
    RemoteAddr address;
    std::byte original;
  };
  bool has_journal_changed();
  void read_planted();
  void hide(RemoteAddr addr, std::span<std::byte> bytes) const;

  Pid pid_;
  Tid tid_;
  std::string journal_;  ///< its path; empty if there can be none
  std::int64_t journal_size_ = -1;
  std::vector<Byte> planted_;
};

/// The breakpoint instructions in a journal that have not been taken out again.
std::vector<JournalEntry> planted_in(const std::vector<JournalEntry>& entries);

/// Errors: Busy if a tether's breakpoint stands in the range, or in an instruction that reaches into it: who replaced
/// that code would replace it below the breakpoint, or would be undone by it.
Result<void> refuse_planted(Pid pid, RemoteAddr address, std::size_t size);

/// The bytes that stand there, breakpoints included. NotFound where not all of them can be read.
Result<Bytes> read_bytes(Pid pid, RemoteAddr address, std::size_t size);

/// The same of what is about to be replaced. Errors: those of refuse_planted(), too.
Result<Bytes> read_replaceable(Pid pid, RemoteAddr address, std::size_t size);

}  // namespace tether
