#include "tether/control/restartable_sequence.h"

#include <linux/rseq.h>

#include <cstddef>
#include <span>

#include "tether/arch/x86_64/registers.h"
#include "tether/sys/process_memory.h"
#include "tether/sys/ptrace.h"

namespace tether {

namespace {

template <class T>
std::optional<T> read_object(MemoryReader& memory, RemoteAddr address) {
  T object{};
  if (!memory.read_exactly(address, std::as_writable_bytes(std::span(&object, 1)))) return std::nullopt;
  return object;
}

RestartableSequence sequence_of(const rseq_cs& descriptor) {
  return {.start = RemoteAddr(descriptor.start_ip),
          .end = RemoteAddr(descriptor.start_ip + descriptor.post_commit_offset),
          .abort_handler = RemoteAddr(descriptor.abort_ip)};
}

}  // namespace

std::optional<RemoteAddr> find_sequence_pointer(Tid tid) {
  const auto area = sys::rseq_area(tid);
  if (!area.has_value() || area->address == 0) return std::nullopt;
  return RemoteAddr(area->address) + offsetof(rseq, rseq_cs);
}

std::optional<RestartableSequence> read_sequence(Tid tid, RemoteAddr pointer, RemoteAddr pc) {
  sys::ProcessMemory memory(tid);
  const auto place = read_object<std::uint64_t>(memory, pointer);
  if (!place || *place == 0) return std::nullopt;
  const auto descriptor = read_object<rseq_cs>(memory, RemoteAddr(*place));
  if (!descriptor || !sequence_of(*descriptor).contains(pc)) return std::nullopt;
  return sequence_of(*descriptor);
}

Result<GeneralRegisters> abort_sequence(Tid tid, RemoteAddr pointer, const RestartableSequence& sequence,
                                        const GeneralRegisters& registers) {
  const std::uint64_t none = 0;
  TETHER_CHECK(sys::write_process_memory(tid, pointer, std::as_bytes(std::span(&none, 1))));
  GeneralRegisters after = registers;
  after.words[arch::x86_64::kInstructionPointerWord] = sequence.abort_handler.value;
  return after;
}

std::vector<RestartableSequence> declared_sequences(symbol::Symbolizer& symbolizer, MemoryReader& memory) {
  std::vector<RestartableSequence> sequences;
  const auto add = [&](RemoteAddr place) {
    if (const auto descriptor = read_object<rseq_cs>(memory, place)) sequences.push_back(sequence_of(*descriptor));
  };
  for (const symbol::FoundSection& section : symbolizer.find_sections("__rseq_cs"))
    for (std::uint64_t at = 0; at + sizeof(rseq_cs) <= section.size; at += sizeof(rseq_cs)) add(section.start + at);
  for (const symbol::FoundSection& section : symbolizer.find_sections("__rseq_cs_ptr_array"))
    for (std::uint64_t at = 0; at + sizeof(std::uint64_t) <= section.size; at += sizeof(std::uint64_t))
      if (const auto place = read_object<std::uint64_t>(memory, section.start + at)) add(RemoteAddr(*place));
  return sequences;
}

}  // namespace tether
