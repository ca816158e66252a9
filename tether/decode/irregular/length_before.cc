// A length that the kernel reads and then changes, in a struct that else is only output: recvmsg(2)'s msg_namelen, the
// iov_len of PTRACE_GETREGSET. It follows an address, and what it was before is in the entry's record:
// {…, iov_len=4096 => 216}. If the call failed, that is all that is known: {msg_namelen=128}.

#include <linux/ptrace.h>

#include "tether/decode/internal/irregular.h"

namespace tether::decode {
namespace {

/// The members of `record`, that of the length as before => after.
std::span<const Value> with_change(Arena& arena, const Value& record, const Value& before) {
  const auto members = arena.make_array<Value>(record.count);
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i] = record.children()[i];
    if (members[i].label != before.label || members[i].kind != ValueKind::Integer) continue;
    if (members[i].number == before.number) continue;
    const auto change = arena.make_array<Value>(2);
    change[0] = before;
    change[1] = members[i];
    members[i].kind = ValueKind::Change;
    members[i].count = 2;
    members[i].children_ = change.data();
  }
  return members;
}

/// What there was to see before a call that failed.
Value known_before(Arena& arena, const LengthBefore& length, std::uint64_t pointer, const Value& before) {
  if (length.pointer_member.empty()) return record_value(arena, std::span(&before, 1));
  Value address;
  address.kind = ValueKind::Address;
  address.number = pointer;
  const Value members[] = {labelled(length.pointer_member, address), before};
  return record_value(arena, members);
}

}  // namespace

std::optional<LengthBefore> find_length_before(Irregular irregular, Abi abi, const CallRegisters& registers) {
  std::optional<LengthBefore> length;
  if (irregular == Irregular::Recvmsg)
    length = LengthBefore{.argument = 1, .member = "msg_namelen", .width = 4, .style = NumberStyle::Signed};
  if (irregular == Irregular::Ptrace && zero_extend(registers.args[0], word_size(abi)) == PTRACE_GETREGSET)
    length = LengthBefore{.argument = 3, .pointer_member = "iov_base", .member = "iov_len", .width = word_size(abi)};
  if (!length) return std::nullopt;
  length->address = zero_extend(registers.args[length->argument], word_size(abi));
  if (length->address == 0) return std::nullopt;
  return length;
}

void decode_length_before(const LengthBefore& length, bool failed, ReplayMemory& memory, ValueTree& tree) {
  if (tree.values().size() <= length.argument) return;
  const unsigned word = word_size(tree.context().abi);
  const Bytes bytes = memory.fetch(length.address, word + length.width);
  if (bytes.size < word + length.width) return;
  const std::byte* from = memory.at(bytes);
  Arena& arena = tree.context().arena;
  const std::uint64_t number = load_number(from + word, length.width);
  const bool is_signed = length.style == NumberStyle::Signed;
  const Value before =
      labelled(length.member, integer(is_signed ? sign_extend(number, length.width) : number, length.style));
  Value& whole = tree.values()[length.argument];
  if (failed)
    whole = labelled(whole.label, known_before(arena, length, load_number(from, word), before));
  else if (whole.kind == ValueKind::Record)
    whole.children_ = with_change(arena, whole, before).data();
}

}  // namespace tether::decode
