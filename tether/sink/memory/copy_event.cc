#include "tether/sink/memory/copy_event.h"

#include <algorithm>
#include <span>

namespace tether {

namespace {

const Symbols* copy_symbols(const Symbols* symbols, Arena& arena) {
  if (symbols == nullptr) return nullptr;
  Symbols copy = *symbols;
  copy.unknown_tag = arena.copy(symbols->unknown_tag);
  const auto names = arena.make_array<std::string_view>(symbols->names.size());
  std::ranges::transform(symbols->names, names.begin(), [&](std::string_view name) { return arena.copy(name); });
  copy.names = names;
  return arena.make(copy);
}

std::span<const Value> copy_values(std::span<const Value> values, Arena& arena) {
  const auto copies = arena.make_array<Value>(values.size());
  std::ranges::transform(values, copies.begin(), [&](const Value& value) { return copy_value(value, arena); });
  return copies;
}

SyscallEvent copy(SyscallEvent event, Arena& arena) {
  event.name = arena.copy(event.name);
  event.args = copy_values(event.args, arena);
  const auto data = arena.make_array<DataPiece>(event.data.size());
  std::ranges::transform(event.data, data.begin(), [&](DataPiece piece) {
    piece.bytes = arena.copy(piece.bytes);
    return piece;
  });
  event.data = data;
  SyscallResult& result = event.result;
  result.error_name = arena.copy(result.error_name);
  result.error_text = arena.copy(result.error_text);
  result.note = arena.copy(result.note);
  if (result.decoded != nullptr) result.decoded = arena.make(copy_value(*result.decoded, arena));
  return event;
}

SignalEvent copy(SignalEvent event, Arena& arena) {
  event.name = arena.copy(event.name);
  event.info = copy_value(event.info, arena);
  return event;
}

StoppedEvent copy(StoppedEvent event, Arena& arena) {
  event.name = arena.copy(event.name);
  return event;
}

KilledEvent copy(KilledEvent event, Arena& arena) {
  event.name = arena.copy(event.name);
  return event;
}

NoticeEvent copy(NoticeEvent event, Arena& arena) {
  event.text = arena.copy(event.text);
  return event;
}

// These refer to nothing.
ExitedEvent copy(ExitedEvent event, Arena&) {
  return event;
}
AttachedEvent copy(AttachedEvent event, Arena&) {
  return event;
}
DetachedEvent copy(DetachedEvent event, Arena&) {
  return event;
}
SupersededEvent copy(SupersededEvent event, Arena&) {
  return event;
}

}  // namespace

Value copy_value(const Value& value, Arena& arena) {
  Value copy = value;
  copy.name = arena.copy(value.name);
  copy.label = arena.copy(value.label);
  copy.note = arena.copy(value.note);
  switch (value.kind) {  // which member of the union is the one in use
    case ValueKind::String:
      copy.bytes_ = arena.copy(value.bytes()).data();
      break;
    case ValueKind::List:
    case ValueKind::Record:
    case ValueKind::Change:
    case ValueKind::Call:
      copy.children_ = copy_values(value.children(), arena).data();
      break;
    case ValueKind::Symbols:
    case ValueKind::Descriptor:
    case ValueKind::SignalSet:
    case ValueKind::Timestamp:
      copy.symbols_ = copy_symbols(value.symbols_, arena);
      break;
    case ValueKind::Integer:
    case ValueKind::Address:
    case ValueKind::WaitStatus:
    case ValueKind::Verbatim:
    case ValueKind::Elided:
      copy.children_ = nullptr;
      break;
  }
  return copy;
}

Event copy_event(const Event& event, Arena& arena) {
  Event result{.origin = event.origin, .what = DetachedEvent{}};
  result.origin.command = arena.copy(event.origin.command);
  std::visit([&](const auto& what) { result.what = copy(what, arena); }, event.what);
  return result;
}

}  // namespace tether
