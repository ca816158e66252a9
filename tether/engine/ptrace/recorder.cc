#include "tether/engine/ptrace/recorder.h"

#include "tether/base/clock.h"
#include "tether/procfs/task.h"

namespace tether {

void Recorder::begin(RawKind kind, Abi abi, Tid tid, Pid pid) {
  builder_.begin(kind, abi, tid, pid, options_.times ? monotonic_ns() : 0);
}

std::span<const std::byte> Recorder::finish(Tid tid) {
  if (options_.comms) {
    const std::string comm = procfs::read_comm(tid);
    builder_.add_chunk(ChunkKind::Comm, static_cast<std::uint64_t>(tid.value), std::as_bytes(std::span(comm)));
  }
  return builder_.finish();
}

std::span<const std::byte> Recorder::syscall_entry(Tid tid, Pid pid, const PendingCall& call) {
  begin(RawKind::SyscallEntry, call.abi, tid, pid);
  builder_.set_payload(call.entry);
  tracee_.set_tid(tid);
  policy_.capture_entry(call.abi, call.entry, tracee_, builder_);
  return finish(tid);
}

std::span<const std::byte> Recorder::syscall_exit(Tid tid, Pid pid, const PendingCall& call,
                                                  const RawSyscallExit& exit) {
  begin(RawKind::SyscallExit, call.abi, tid, pid);
  builder_.set_payload(exit);
  tracee_.set_tid(tid);
  policy_.capture_exit(call.abi, call.entry, exit, tracee_, builder_);
  return finish(tid);
}

std::span<const std::byte> Recorder::signal(Pid pid, const SignalDeliveryStop& stop) {
  RawSignal raw{.signal = static_cast<std::uint32_t>(stop.signal().value)};
  if (const auto info = stop.info(); info.has_value()) {
    raw.has_info = 1;
    std::memcpy(raw.siginfo, info->data(), info->size());
  }
  begin(RawKind::Signal, Abi::X86_64, stop.tid(), pid);
  builder_.set_payload(raw);
  return finish(stop.tid());
}

std::span<const std::byte> Recorder::status(RawKind kind, Tid tid, Pid pid, const RawStatus& status) {
  begin(kind, Abi::X86_64, tid, pid);
  builder_.set_payload(status);
  return finish(tid);
}

std::span<const std::byte> Recorder::task(RawKind kind, Tid tid, Pid pid, Tid other) {
  begin(kind, Abi::X86_64, tid, pid);
  builder_.set_payload(RawTask{.tid = other.value});
  return finish(tid);
}

std::span<const std::byte> Recorder::bare(RawKind kind, Tid tid, Pid pid) {
  begin(kind, Abi::X86_64, tid, pid);
  return finish(tid);
}

}  // namespace tether
