#include "tether/decode/internal/other_events.h"

#include <array>
#include <cstring>
#include <optional>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/names.h"

namespace tether::decode {
namespace {

using What = decltype(Event::what);

std::string_view chunk_text(RawEventView record, ChunkKind kind) {
  for (auto chunk = record.chunks(); !chunk.at_end(); chunk.next())
    if ((*chunk).kind == kind) return as_text((*chunk).bytes);
  return {};
}

std::optional<std::uint64_t> instruction_pointer_of(RawEventView record) {
  std::uint64_t address = 0;
  const std::string_view bytes = chunk_text(record, ChunkKind::InstructionPointer);
  if (bytes.size() != sizeof address) return std::nullopt;
  std::memcpy(&address, bytes.data(), sizeof address);
  return address;
}

What decode_signal(const Tables& tables, RawEventView record, Arena& arena) {
  const auto raw = record.payload<RawSignal>();
  SignalEvent event;
  event.signal = Signal(static_cast<std::int32_t>(raw.signal));
  event.name = signal_name(event.signal);
  event.instruction_pointer = instruction_pointer_of(record);
  event.info.kind = ValueKind::Record;
  if (raw.has_info != 0) {
    const LeafContext context{tables, record.header().abi, arena};
    event.info = siginfo_value(context, raw.siginfo, Abi::X86_64, chunk_text(record, ChunkKind::ProcessName));
  }
  return event;
}

What decode_group_stop(const Tables&, RawEventView record, Arena&) {
  const Signal signal(record.payload<RawStatus>().value);
  return StoppedEvent{signal, signal_name(signal), instruction_pointer_of(record)};
}

What decode_exited(const Tables&, RawEventView record, Arena&) {
  return ExitedEvent{record.payload<RawStatus>().value};
}

What decode_killed(const Tables&, RawEventView record, Arena&) {
  const auto raw = record.payload<RawStatus>();
  const Signal signal(raw.value);
  return KilledEvent{signal, signal_name(signal), raw.core_dumped != 0};
}

What decode_attached(const Tables&, RawEventView record, Arena&) {
  AttachedEvent event;
  if (const auto parent = record.payload<RawTask>().tid; parent != 0)
    event.parent = Tid(static_cast<std::int32_t>(parent));
  return event;
}

What decode_detached(const Tables&, RawEventView, Arena&) {
  return DetachedEvent{};
}

What decode_superseded(const Tables&, RawEventView record, Arena&) {
  return SupersededEvent{Tid(static_cast<std::int32_t>(record.payload<RawTask>().tid))};
}

What decode_notice(const Tables&, RawEventView record, Arena&) {
  return NoticeEvent{chunk_text(record, ChunkKind::Text)};
}

using DecodeFunction = What (*)(const Tables&, RawEventView, Arena&);

constexpr auto kDecoders = [] {
  std::array<DecodeFunction, static_cast<std::size_t>(RawKind::Notice) + 1> decoders{};
  decoders.fill(decode_notice);
  const auto set = [&](RawKind kind, DecodeFunction decode) { decoders[static_cast<std::size_t>(kind)] = decode; };
  set(RawKind::Signal, decode_signal);
  set(RawKind::GroupStop, decode_group_stop);
  set(RawKind::Exited, decode_exited);
  set(RawKind::Killed, decode_killed);
  set(RawKind::Attached, decode_attached);
  set(RawKind::Detached, decode_detached);
  set(RawKind::Superseded, decode_superseded);
  return decoders;
}();

}  // namespace

Origin origin_of(RawEventView record) {
  const RawHeader header = record.header();
  Origin origin{.tid = Tid(header.tid), .pid = Pid(header.pid), .time_ns = header.time_ns, .command = {}};
  if (header.chunk_count != 0) origin.command = chunk_text(record, ChunkKind::Comm);
  return origin;
}

Event decode_other(const Tables& tables, RawEventView record, Arena& arena) {
  const auto kind = static_cast<std::size_t>(record.header().kind);
  return {.origin = origin_of(record), .what = kDecoders[kind < kDecoders.size() ? kind : 0](tables, record, arena)};
}

}  // namespace tether::decode
