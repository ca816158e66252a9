#include "tether/control/clean_memory.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <utility>

#include "tether/arch/breakpoint_instruction.h"
#include "tether/base/hexadecimal.h"
#include "tether/disasm/disassembler.h"
#include "tether/procfs/task.h"
#include "tether/procfs/word_size.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace {

const MemoryChange& insertion(const JournalEntry& entry) {
  return std::get<MemoryChange>(entry.change);
}

/// What the breakpoint stands in: the whole instruction, or one byte if that cannot be made out.
std::size_t length_of_instruction(Pid pid, RemoteAddr address) {
  const auto word = procfs::read_word_size(procfs::living_task_of(pid));
  const auto disassembler = disasm::Disassembler::open();
  if (!word.has_value() || !disassembler.has_value()) return 1;
  std::array<std::byte, disasm::Instruction::kMostBytes> code;
  const std::size_t got = CleanMemory(pid).read_some(address, code);
  const Abi abi = *word == word_size(Abi::I386) ? Abi::I386 : Abi::X86_64;
  const auto instruction = disassembler->decode(std::span(code).first(got), address, abi);
  return instruction.has_value() ? instruction->length : 1;
}

bool is_in_place(Pid pid, RemoteAddr address) {
  std::byte byte{};
  return sys::read_process_memory(procfs::living_task_of(pid), address, std::span(&byte, 1)) == 1 &&
         byte == arch::kBreakpointInstruction;
}

Error breakpoint_there(Pid pid, const JournalEntry& entry) {
  const std::string maker = std::to_string(entry.maker.value);
  return {.code = ErrorCode::Busy,
          .message = "a breakpoint of `" + entry.command + "` stands at " + hex(insertion(entry).address.value),
          .hint = is_maker_alive(entry)
                      ? "end that first; it is process " + maker
                      : "it was killed: `tether undo " + std::to_string(pid.value) + "` takes it out"};
}

}  // namespace

CleanMemory::CleanMemory(Pid pid, Tid tid) : pid_(pid), tid_(tid), journal_(journal_path(pid).value_or("")) {
  if (has_journal_changed()) read_planted();
}

/// It is only ever appended to.
bool CleanMemory::has_journal_changed() {
  struct stat status;
  const std::int64_t size = ::stat(journal_.c_str(), &status) == 0 ? status.st_size : -1;
  return std::exchange(journal_size_, size) != size;
}

void CleanMemory::read_planted() {
  planted_.clear();
  const auto entries = read_journal(pid_);
  if (!entries.has_value()) return;
  for (const JournalEntry& entry : planted_in(*entries))
    planted_.push_back({insertion(entry).address, insertion(entry).before.front()});
}

void CleanMemory::hide(RemoteAddr addr, std::span<std::byte> bytes) const {
  for (const Byte& one : planted_) {
    const std::uint64_t offset = one.address.value - addr.value;
    if (offset < bytes.size() && bytes[offset] == arch::kBreakpointInstruction) bytes[offset] = one.original;
  }
}

std::size_t CleanMemory::read_some(RemoteAddr addr, std::span<std::byte> out) {
  constexpr std::size_t kFew = 64;  // for an instruction, looking is cheaper than asking about the journal
  const std::size_t got = sys::read_process_memory(tid_, addr, out);
  const auto bytes = out.first(got);
  if (got <= kFew && std::ranges::find(bytes, arch::kBreakpointInstruction) == bytes.end()) return got;
  // What was there before the memory was read may have been taken out since, and the other way about.
  hide(addr, bytes);
  if (has_journal_changed()) {
    read_planted();
    hide(addr, bytes);
  }
  return got;
}

std::vector<JournalEntry> planted_in(const std::vector<JournalEntry>& entries) {
  std::vector<JournalEntry> planted;
  std::ranges::copy_if(entries, std::back_inserter(planted), [](const JournalEntry& entry) {
    const auto* change = std::get_if<MemoryChange>(&entry.change);
    const bool may_be_there = entry.outcome == Outcome::Made || entry.outcome == Outcome::Intended;
    return change != nullptr && may_be_there && change->kind == MemoryChange::Kind::Breakpoint &&
           !change->before.empty();
  });
  return planted;
}

Result<void> refuse_planted(Pid pid, RemoteAddr address, std::size_t size) {
  const auto entries = read_journal(pid);
  if (!entries.has_value()) return ok();  // then none of this user's has written one down
  for (const JournalEntry& entry : planted_in(*entries)) {
    const RemoteAddr at = insertion(entry).address;
    const bool may_reach = at < address + size && address < at + disasm::Instruction::kMostBytes;
    if (may_reach && is_in_place(pid, at) && address < at + length_of_instruction(pid, at))
      return fail(breakpoint_there(pid, entry));
  }
  return ok();
}

Result<Bytes> read_bytes(Pid pid, RemoteAddr address, std::size_t size) {
  Bytes bytes(size);
  const std::size_t got = sys::read_process_memory(procfs::living_task_of(pid), address, bytes);
  if (got == size) return bytes;
  return fail(
      {.code = ErrorCode::NotFound,
       .sys_errno = EFAULT,
       .message = "process " + std::to_string(pid.value) + " has no readable memory at " + hex(address.value + got),
       .hint = "`tether mem maps " + std::to_string(pid.value) + "` shows what it has"});
}

Result<Bytes> read_replaceable(Pid pid, RemoteAddr address, std::size_t size) {
  TETHER_CHECK(refuse_planted(pid, address, size));
  return read_bytes(pid, address, size);
}

}  // namespace tether
