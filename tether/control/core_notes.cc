#include "tether/control/internal/core_notes.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/procfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "tether/procfs/stat.h"
#include "tether/procfs/status.h"
#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"

namespace tether::internal {

namespace {

// The layouts of <sys/procfs.h>, which that header has for the width that it is compiled for alone. `Long` is the
// program's unsigned long, `Id` what its kernel interface calls a uid_t (__kernel_uid_t), `kWords` its registers.
template <class Long, std::size_t kWords>
struct PrStatus {
  std::int32_t signal = 0, code = 0, error = 0;
  std::int16_t current_signal = 0;
  Long pending = 0, blocked = 0;
  std::int32_t pid = 0, parent = 0, group = 0, session = 0;
  std::array<Long, 8> times{};
  std::array<Long, kWords> registers{};
  std::int32_t has_floating_point = 1;
};
template <class Long, class Id>
struct PrPsInfo {
  char state = 0, state_name = 0, is_zombie = 0, nice = 0;
  Long flags = 0;
  Id uid = 0, gid = 0;
  std::int32_t pid = 0, parent = 0, group = 0, session = 0;
  std::array<char, 16> name{};
  std::array<char, ELF_PRARGSZ> arguments{};
};
using PrStatus64 = PrStatus<std::uint64_t, ELF_NGREG>;
using PrPsInfo64 = PrPsInfo<std::uint64_t, std::uint32_t>;
static_assert(sizeof(PrStatus64) == sizeof(elf_prstatus) && sizeof(PrPsInfo64) == sizeof(elf_prpsinfo));
using PrStatus32 = PrStatus<std::uint32_t, 17>;  // arch/x86/include/asm/elf.h, struct user_regs_struct32
using PrPsInfo32 = PrPsInfo<std::uint32_t, std::uint16_t>;

void pad(std::string& out) {
  out.resize((out.size() + 3) / 4 * 4, '\0');
}

void append_note(std::string& out, std::string_view name, std::uint32_t type, std::string_view contents) {
  const Elf64_Nhdr head{.n_namesz = static_cast<Elf64_Word>(name.size() + 1),
                        .n_descsz = static_cast<Elf64_Word>(contents.size()),
                        .n_type = type};  // Elf32_Nhdr is the same
  out.append(reinterpret_cast<const char*>(&head), sizeof head);
  out.append(name);
  out.push_back('\0');
  pad(out);
  out.append(contents);
  pad(out);
}

template <class T>
std::string_view bytes_of(const T& object) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

/// A register set as the kernel gives it; empty where it has none.
std::string register_set(Tid tid, std::uint32_t type) {
  std::string bytes(16384, '\0');  // AMX is the largest part of an xstate: 8 KiB
  const auto got = sys::register_set(tid, type, std::as_writable_bytes(std::span(bytes)));
  bytes.resize(got.has_value() ? *got : 0);
  return bytes;
}

std::string read_file(Pid pid, std::string_view name) {
  auto text = procfs::read_text_file(procfs::living_path(pid, name));
  return text.has_value() ? std::move(*text) : std::string();
}

template <class Status>
std::string thread_status(const ThreadImage& thread) {
  Status status;
  const Tid tid = thread.tid;
  status.pid = tid.value;
  if (const auto known = procfs::read_status(tid); known.has_value()) {
    status.parent = known->parent.value;
    status.pending = static_cast<decltype(status.pending)>(known->signals_pending);
    status.blocked = static_cast<decltype(status.blocked)>(known->signals_blocked);
  }
  if (const auto stat = procfs::read_task_stat(tid); stat.has_value()) {
    status.group = stat->process_group;
    status.session = stat->session;
  }
  status.current_signal = static_cast<std::int16_t>(thread.signal.value);
  status.signal = status.current_signal;
  const std::string& registers = thread.general;
  std::memcpy(status.registers.data(), registers.data(), std::min(registers.size(), sizeof status.registers));
  return std::string(bytes_of(status));
}

template <class Info>
std::string process_info(Pid pid) {
  Info info;
  info.pid = pid.value;
  if (const auto status = procfs::read_status(leader_of(pid)); status.has_value()) {
    info.parent = status->parent.value;
    info.uid = static_cast<decltype(info.uid)>(status->uid);
    info.state_name = status->state;
  }
  if (const auto stat = procfs::read_stat(pid); stat.has_value()) {
    info.group = stat->process_group;
    info.session = stat->session;
    info.nice = static_cast<char>(stat->nice);
    std::memcpy(info.name.data(), stat->name.data(), std::min(stat->name.size(), info.name.size() - 1));
  }
  std::string arguments = read_file(pid, "cmdline");
  if (!arguments.empty()) arguments.pop_back();
  std::ranges::replace(arguments, '\0', ' ');
  std::memcpy(info.arguments.data(), arguments.data(), std::min(arguments.size(), info.arguments.size() - 1));
  return std::string(bytes_of(info));
}

/// NT_FILE: how many, the unit of the offsets, then where each file is mapped, then their names.
template <class Long>
std::string mapped_files(const std::vector<procfs::Mapping>& maps) {
  const auto page = static_cast<Long>(::sysconf(_SC_PAGESIZE));
  std::vector<Long> numbers = {0, page};
  std::string names;
  for (const procfs::Mapping& mapping : maps) {
    if (mapping.kind != procfs::MappingKind::File) continue;
    ++numbers[0];
    numbers.push_back(static_cast<Long>(mapping.start.value));
    numbers.push_back(static_cast<Long>(mapping.end.value));
    numbers.push_back(static_cast<Long>(mapping.offset / page));
    names += mapping.path;
    names += '\0';
  }
  return std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Long)) + names;
}

template <class Long, class Status, class Info>
std::string notes_of(Pid pid, const std::vector<ThreadImage>& threads, const std::vector<procfs::Mapping>& maps) {
  constexpr std::string_view kCore = "CORE";
  constexpr std::string_view kLinux = "LINUX";
  std::string notes;
  for (const ThreadImage& thread : threads) {
    append_note(notes, kCore, NT_PRSTATUS, thread_status<Status>(thread));
    if (&thread == &threads.front()) {
      append_note(notes, kCore, NT_PRPSINFO, process_info<Info>(pid));
      append_note(notes, kCore, NT_SIGINFO, bytes_of(thread.signal_info));
      append_note(notes, kCore, NT_AUXV, read_file(pid, "auxv"));
      append_note(notes, kCore, NT_FILE, mapped_files<Long>(maps));
    }
    append_note(notes, kCore, NT_FPREGSET, thread.floating_point);
    if (sizeof(Long) == sizeof(std::uint32_t)) append_note(notes, kLinux, NT_PRXFPREG, thread.extended_floating_point);
    if (!thread.extended.empty()) append_note(notes, kLinux, NT_X86_XSTATE, thread.extended);
  }
  return notes;
}

}  // namespace

std::vector<ThreadImage> copy_threads(HeldProcess& held) {
  std::vector<ThreadImage> threads;
  for (const HeldTask& task : held.tasks()) {
    const Tid tid = task.tid();
    ThreadImage thread{.tid = tid,
                       .general = register_set(tid, NT_PRSTATUS),
                       .floating_point = register_set(tid, NT_PRFPREG),
                       .extended_floating_point = register_set(tid, NT_PRXFPREG),
                       .extended = register_set(tid, NT_X86_XSTATE)};
    if (const auto* signalled = std::get_if<SignalDeliveryStop>(&task.stop())) {
      thread.signal = signalled->signal();
      if (auto info = signalled->info(); info.has_value()) thread.signal_info = *info;
    }
    threads.push_back(std::move(thread));
  }
  return threads;
}

Result<std::string> core_notes(Pid pid, const std::vector<ThreadImage>& threads,
                               const std::vector<procfs::Mapping>& maps, std::size_t word) {
  if (threads.empty())
    return fail({.code = ErrorCode::Busy, .message = "no thread of the process could be held", .hint = {}});
  return word == sizeof(std::uint64_t) ? notes_of<std::uint64_t, PrStatus64, PrPsInfo64>(pid, threads, maps)
                                       : notes_of<std::uint32_t, PrStatus32, PrPsInfo32>(pid, threads, maps);
}

std::string snapshot_note(const std::string& life) {
  std::string note;
  append_note(note, "TETHER", 1, life);
  return note;
}

}  // namespace tether::internal
