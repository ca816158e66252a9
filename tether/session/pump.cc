#include "tether/session/pump.h"

#include <algorithm>
#include <utility>

namespace tether {

namespace {

bool touches(const EventFilter& filter, const Value& value) {
  const auto names = [&](std::string_view path) {
    return std::find(filter.paths.begin(), filter.paths.end(), path) != filter.paths.end();
  };
  switch (value.kind) {
    case ValueKind::String:
      return value.is_path && names(value.bytes());
    case ValueKind::Descriptor:
      return names(value.name) || (filter.fds && filter.fds->contains(Fd(static_cast<std::int32_t>(value.number))));
    case ValueKind::List:
    case ValueKind::Record:
    case ValueKind::Change:
    case ValueKind::Call:
      return std::ranges::any_of(value.children(), [&](const Value& child) { return touches(filter, child); });
    default:
      return false;
  }
}

/// True for what a person calls an event: a call, once even if it is told in two parts, a signal, a stop, an end. That
/// tether came and went is none.
bool counts(const Event& event) {
  if (const auto* call = std::get_if<SyscallEvent>(&event.what)) return call->phase != Phase::Exit;
  return !std::holds_alternative<AttachedEvent>(event.what) && !std::holds_alternative<DetachedEvent>(event.what) &&
         !std::holds_alternative<NoticeEvent>(event.what);
}

}  // namespace

std::optional<Signal> find_signal(RawEventView record) {
  switch (record.header().kind) {
    case RawKind::Signal:
      return Signal(static_cast<std::int32_t>(record.payload<RawSignal>().signal));
    case RawKind::GroupStop:
      return Signal(record.payload<RawStatus>().value);
    default:
      return std::nullopt;
  }
}

Pump::Pump(const decode::DecodeOptions& options, EventFilter filter, Sink& sink)
    : decoder_(options),
      filter_(std::move(filter)),
      sink_(sink),
      selects_calls_(!filter_.calls.is_all()),
      whole_only_(sink.wants_whole_calls()) {}

Result<void> Pump::send(const Event& event) {
  if (counts(event)) ++events_;
  auto result = sink_.accept(event);
  arena_.clear();
  return result;
}

Result<void> Pump::accept(std::span<const std::byte> bytes) {
  const RawEventView record(bytes);
  const RawHeader header = record.header();
  switch (header.kind) {
    case RawKind::SyscallEntry:
      return on_entry(record);
    case RawKind::SyscallExit:
      return on_exit(record);
    case RawKind::Superseded:
      return on_superseded(record);
    case RawKind::Exited:
    case RawKind::Killed:
    case RawKind::Detached:
      TETHER_CHECK(end_lost_call(Tid(header.tid)));
      calls_.erase(Tid(header.tid));
      break;
    default:
      if (is_signal_filtered_out(record)) return ok();
      break;
  }
  TETHER_CHECK(show_kept());
  return send(decoder_.other(record, arena_));
}

Result<void> Pump::on_entry(RawEventView record) {
  const Tid tid(record.header().tid);
  if (is_call_filtered_out(record)) return ok();
  TETHER_CHECK(show_kept());
  OpenCall& call = calls_[tid];
  const auto bytes = record.bytes();
  call.entry.assign(bytes.begin(), bytes.end());
  call.is_open = true;
  call.is_shown = false;
  if (!whole_only_) kept_ = tid;
  return ok();
}

Result<void> Pump::on_exit(RawEventView record) {
  const Tid tid(record.header().tid);
  const auto found = calls_.find(tid);
  if (found == calls_.end() || !found->second.is_open) return ok();  // filtered out at its entry
  OpenCall& call = found->second;
  call.is_open = false;
  const RawEventView entry{std::span<const std::byte>(call.entry)};
  if (call.is_shown) {
    TETHER_CHECK(show_kept());
    return send(decoder_.exit(entry, record, arena_, call.args_shown));
  }
  if (kept_ == tid) kept_ = Tid();
  return send(decoder_.whole(entry, record, arena_));
}

/// The exec'ing thread's call goes on under its leader's id; whatever the leader was doing has no end.
Result<void> Pump::on_superseded(RawEventView record) {
  const Tid leader(record.header().tid);
  const Tid former(static_cast<std::int32_t>(record.payload<RawTask>().tid));
  TETHER_CHECK(show_kept());
  TETHER_CHECK(end_lost_call(leader));
  TETHER_CHECK(send(decoder_.other(record, arena_)));
  if (auto call = calls_.extract(former)) {
    calls_.erase(leader);
    call.key() = leader;
    calls_.insert(std::move(call));
  }
  return ok();
}

Result<void> Pump::show_kept() {
  if (kept_ == Tid()) return ok();
  OpenCall& call = calls_[std::exchange(kept_, Tid())];
  const Event event = decoder_.enter(RawEventView(std::span<const std::byte>(call.entry)), arena_);
  call.is_shown = true;
  call.args_shown = std::get<SyscallEvent>(event.what).args.size();
  return send(event);
}

Result<void> Pump::end_lost_call(Tid tid) {
  const auto found = calls_.find(tid);
  if (found == calls_.end() || !found->second.is_open) return ok();
  OpenCall& call = found->second;
  call.is_open = false;
  const RawEventView entry{std::span<const std::byte>(call.entry)};
  if (kept_ == tid) kept_ = Tid();
  TETHER_CHECK(show_kept());
  return send(call.is_shown ? decoder_.lost(entry, arena_, call.args_shown) : decoder_.enter_whole(entry, arena_));
}

bool Pump::is_signal_filtered_out(RawEventView record) const {
  const auto signal = find_signal(record);
  return signal && !filter_.signals.contains(*signal);
}

bool Pump::is_call_filtered_out(RawEventView entry) {
  if (selects_calls_ && !filter_.calls.contains(decoder_.call_of(entry))) return true;
  if (!filter_.is_by_touch()) return false;
  const Event event = decoder_.enter_whole(entry, arena_);
  const auto& args = std::get<SyscallEvent>(event.what).args;
  const bool shown = std::ranges::any_of(args, [&](const Value& arg) { return touches(filter_, arg); });
  arena_.clear();
  return !shown;
}

Result<void> Pump::idle() {
  TETHER_CHECK(show_kept());
  return sink_.flush();
}

Result<void> Pump::finish() {
  std::vector<Tid> open;
  for (const auto& [tid, call] : calls_)
    if (call.is_open) open.push_back(tid);
  std::ranges::sort(open);
  for (const Tid tid : open) TETHER_CHECK(end_lost_call(tid));
  return sink_.flush();
}

}  // namespace tether
