// recvmsg(2): msg_namelen is the one member of its msghdr that the kernel reads and then changes, in a struct that else
// is only output. If the call failed it is all that is known: {msg_namelen=128}.

#include "tether/decode/internal/irregular.h"

namespace tether::decode {

void decode_recvmsg(Abi abi, const CallRegisters& registers, bool failed, ReplayMemory& memory, ValueTree& tree) {
  constexpr std::size_t kMessage = 1;
  constexpr std::string_view kMember = "msg_namelen";
  if (registers.args[1] == 0 || tree.values().size() <= kMessage) return;
  const Bytes bytes = memory.fetch(namelen_address(abi, registers), 4);
  if (bytes.size < 4) return;
  Arena& arena = tree.context().arena;
  const Value before =
      labelled(kMember, integer(sign_extend(load_number(memory.at(bytes), 4), 4), NumberStyle::Signed));
  Value& message = tree.values()[kMessage];
  if (failed) {
    message = labelled(message.label, record_value(arena, std::span(&before, 1)));
    return;
  }
  if (message.kind != ValueKind::Record) return;
  const auto members = arena.make_array<Value>(message.count);
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i] = message.children()[i];
    if (members[i].label != kMember || members[i].kind != ValueKind::Integer) continue;
    if (sign_extend(members[i].number, 4) == before.number) continue;
    const auto change = arena.make_array<Value>(2);
    change[0] = before;
    change[1] = members[i];
    members[i].kind = ValueKind::Change;
    members[i].count = 2;
    members[i].children_ = change.data();
  }
  message.children_ = members.data();
}

}  // namespace tether::decode
