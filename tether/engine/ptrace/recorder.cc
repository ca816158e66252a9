#include "tether/engine/ptrace/recorder.h"

#include <signal.h>

#include <cstring>

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

void Recorder::add_instruction_pointer(Tid tid) {
  if (!options_.instruction_pointers) return;
  const auto info = sys::syscall_info(tid);
  if (!info.has_value()) return;
  builder_.add_chunk(ChunkKind::InstructionPointer, 0, std::as_bytes(std::span(&info->instruction_pointer, 1)));
}

/// The name of whoever si_pid is; where the signal has none, nobody will look for it.
void Recorder::add_sender(Tid tid, const RawSignal& raw) {
  siginfo_t info;
  std::memcpy(&info, raw.siginfo, sizeof info);
  if (!options_.comms || raw.has_info == 0 || info.si_pid <= 0) return;
  tracee_.set_tid(tid);
  char name[64];
  const std::size_t length = tracee_.read_process_name(Pid(info.si_pid), name);
  if (length == 0) return;
  builder_.add_chunk(ChunkKind::ProcessName, static_cast<std::uint64_t>(info.si_pid),
                     std::as_bytes(std::span(name).first(length)));
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
  add_sender(stop.tid(), raw);
  add_instruction_pointer(stop.tid());
  return finish(stop.tid());
}

std::span<const std::byte> Recorder::status(RawKind kind, Tid tid, Pid pid, const RawStatus& status) {
  begin(kind, Abi::X86_64, tid, pid);
  builder_.set_payload(status);
  if (kind == RawKind::GroupStop) add_instruction_pointer(tid);
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
