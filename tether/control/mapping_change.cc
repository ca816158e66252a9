#include "tether/control/mapping_change.h"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "tether/arch/page.h"
#include "tether/base/hexadecimal.h"
#include "tether/base/round_up.h"
#include "tether/control/clean_memory.h"
#include "tether/control/remote_process.h"
#include "tether/control/scratch.h"
#include "tether/procfs/maps.h"
#include "tether/procfs/task.h"
#include "tether/sys/process_memory.h"
#include "tether/tracee/hold.h"

namespace tether {

namespace {

using procfs::Mapping;
using procfs::MappingKind;

constexpr std::uint64_t kMostKept = 1 << 20;

std::string range_text(RemoteAddr start, std::uint64_t size) {
  return hex(start.value) + "-" + hex(start.value + size);
}

std::uint32_t protection_of(const Mapping& mapping) {
  return static_cast<std::uint32_t>((mapping.is_readable ? PROT_READ : 0) | (mapping.is_writable ? PROT_WRITE : 0) |
                                    (mapping.is_executable ? PROT_EXEC : 0));
}

bool is_plain_anonymous(const Mapping& mapping) {
  return mapping.kind == MappingKind::Anonymous && mapping.inode == 0 && !mapping.is_shared;
}

/// What of [start, end) each mapping has, ascending.
Result<std::vector<Mapping>> pieces_of(Pid pid, RemoteAddr start, RemoteAddr end) {
  std::vector<Mapping> pieces;
  for (Mapping mapping : TETHER_TRY(procfs::read_maps(procfs::living_task_of(pid)))) {
    if (mapping.end <= start || mapping.start >= end) continue;
    mapping.start = std::max(mapping.start, start);
    mapping.end = std::min(mapping.end, end);
    pieces.push_back(std::move(mapping));
  }
  return pieces;
}

bool are_gapless(const std::vector<Mapping>& pieces, RemoteAddr start, RemoteAddr end) {
  RemoteAddr at = start;
  for (const Mapping& piece : pieces) {
    if (piece.start != at) return false;
    at = piece.end;
  }
  return at == end;
}

Result<std::uint64_t> whole_pages(RemoteAddr start, std::uint64_t size) {
  if (start.value % kPageSize != 0)
    return fail({.code = ErrorCode::Malformed,
                 .message = hex(start.value) + " is within a page",
                 .hint = "the page begins at " + hex(start.value / kPageSize * kPageSize)});
  if (size == 0 || size > UINT64_MAX - start.value - kPageSize)
    return fail({.code = ErrorCode::Malformed, .message = "that is no size for a mapping", .hint = {}});
  return round_up<std::uint64_t>(size, kPageSize);
}

Error nothing_there(Pid pid, RemoteAddr start, std::uint64_t size) {
  return {.code = ErrorCode::NotFound,
          .message = range_text(start, size) + " is not mapped, or not all of it",
          .hint = "`tether mem maps " + std::to_string(pid.value) + "` shows what is"};
}

Error not_as_left(const MappingChange& change) {
  return {.code = ErrorCode::Busy,
          .message = "the memory at " + range_text(change.address, change.length) +
                     " is no longer as the change left it: the process has mapped, unmapped or protected there since",
          .hint = "`tether mem maps` shows it"};
}

Result<RemoteAddr> call_mmap(RemoteCalls& calls, RemoteAddr where, std::uint64_t size, std::uint32_t protection) {
  const std::uint64_t flags =
      MAP_PRIVATE | MAP_ANONYMOUS | (where.is_null() ? 0U : static_cast<unsigned>(MAP_FIXED_NOREPLACE));
  const std::int64_t result =
      TETHER_TRY(calls.call(RemoteCall::MmapOrMmap2, {where.value, size, protection, flags, ~std::uint64_t{0}, 0}));
  const RemoteAddr mapped(TETHER_TRY(checked(result, "mapping memory in the process")));
  return mapped;
}

Result<void> call_munmap(RemoteCalls& calls, RemoteAddr start, std::uint64_t size) {
  const std::int64_t result = TETHER_TRY(calls.call(RemoteCall::Munmap, {start.value, size, 0, 0, 0, 0}));
  TETHER_TRY(checked(result, "unmapping " + range_text(start, size)));
  return ok();
}

Result<void> call_mprotect(RemoteCalls& calls, RemoteAddr start, std::uint64_t size, std::uint32_t protection) {
  const std::int64_t result = TETHER_TRY(calls.call(RemoteCall::Mprotect, {start.value, size, protection, 0, 0, 0}));
  TETHER_TRY(checked(result, "protecting " + range_text(start, size)));
  return ok();
}

/// Why what is about to be unmapped could not be given back; empty if it could.
std::string reason_not_kept(const std::vector<Mapping>& pieces) {
  std::uint64_t size = 0;
  for (const Mapping& piece : pieces) {
    if (!piece.path.empty()) return "it is a part of " + piece.path;
    if (!is_plain_anonymous(piece)) return "it is shared memory";
    if (!piece.is_readable && piece.is_writable) return "it cannot be read";
    size += piece.size();
  }
  return size > kMostKept ? "its " + std::to_string(size) + " bytes are too many to be kept in the journal" : "";
}

/// The thread that has its stack, or stands, in the range; empty if none has.
Result<std::string> find_user(Pid pid, RemoteAddr start, RemoteAddr end) {
  HeldProcess held = TETHER_TRY(HeldProcess::seize(pid, {}, HeldProcess::Sleepers::LeaveOut));
  for (const HeldTask& task : held.tasks()) {
    const auto registers = task.registers();
    if (!registers.has_value()) continue;
    for (const char* name : {"rsp", "rip"}) {
      const RemoteAddr at(find_register(*registers, Abi::X86_64, name).value_or(0));
      if (start <= at && at < end)
        return "thread " + std::to_string(task.tid().value) +
               (name[1] == 's' && name[2] == 'p' ? " has its stack" : " runs") + " there";
    }
  }
  return std::string();
}

/// A mapping's bytes, all zeros where it cannot be read (then nobody has written it either).
Bytes contents_of(Pid pid, const Mapping& piece) {
  Bytes bytes(piece.size());
  [[maybe_unused]] const std::size_t got = CleanMemory(pid).read_some(piece.start, bytes);
  return bytes;
}

Result<void> unmap_for_good(Changes& changes, RemoteAddr start, std::uint64_t size, const std::string& why) {
  TETHER_CHECK(changes.allow_irrevocable(why));
  const Deed deed{.what = "unmapped " + range_text(start, size) + " (" + why + ")"};
  return changes.make(deed, [&] {
    return with_remote_calls(changes.pid(), changes.remote_calls(),
                             [&](RemoteCalls& calls) { return call_munmap(calls, start, size); });
  });
}

/// Whether there is anything to be taken back. Busy if the memory is no longer as the change left it.
Result<bool> is_map_there(Pid pid, const MappingChange& change) {
  const RemoteAddr end = change.address + change.length;
  const std::vector<Mapping> pieces = TETHER_TRY(pieces_of(pid, change.address, end));
  if (pieces.empty()) return false;  // the process has unmapped it itself
  const bool is_as_left =
      are_gapless(pieces, change.address, end) && std::ranges::all_of(pieces, [&](const Mapping& piece) {
        return is_plain_anonymous(piece) && protection_of(piece) == change.after;
      });
  if (!is_as_left) return fail(not_as_left(change));
  return true;
}

Result<bool> is_unmap_there(Pid pid, const MappingChange& change) {
  const std::vector<Mapping> pieces = TETHER_TRY(pieces_of(pid, change.address, change.address + change.length));
  if (!pieces.empty()) return fail(not_as_left(change));
  return true;
}

Result<bool> is_protection_there(Pid pid, const MappingChange& change) {
  const RemoteAddr end = change.address + change.length;
  const std::vector<Mapping> pieces = TETHER_TRY(pieces_of(pid, change.address, end));
  const auto all_have = [&](std::uint32_t protection) {
    return std::ranges::all_of(pieces, [=](const Mapping& piece) { return protection_of(piece) == protection; });
  };
  if (!are_gapless(pieces, change.address, end)) return fail(not_as_left(change));
  if (all_have(change.before)) return false;
  if (!all_have(change.after)) return fail(not_as_left(change));
  return true;
}

Result<bool> is_there(Pid pid, const MappingChange& change) {
  switch (change.kind) {
    case MappingChange::Kind::Map:
      return is_map_there(pid, change);
    case MappingChange::Kind::Unmap:
      return is_unmap_there(pid, change);
    case MappingChange::Kind::Protect:
      break;
  }
  return is_protection_there(pid, change);
}

Result<void> map_again(Pid pid, const MappingChange& change, RemoteCalls& calls) {
  TETHER_TRY(call_mmap(calls, change.address, change.length, change.before));
  if (std::ranges::all_of(change.contents, [](std::byte b) { return b == std::byte{0}; })) return ok();
  return sys::write_process_memory(procfs::living_task_of(pid), change.address, change.contents);
}

}  // namespace

Result<RemoteAddr> map_memory(Changes& changes, const MapRequest& request) {
  const RemoteAddr where = request.where.value_or(RemoteAddr());
  const std::uint64_t size = TETHER_TRY(whole_pages(where, request.size));
  MappingChange change{.kind = MappingChange::Kind::Map, .address = where, .length = size, .after = request.protection};
  const auto act = [&]() -> Result<Change> {
    const auto map = [&](RemoteCalls& calls) -> Result<void> {
      change.address = TETHER_TRY(call_mmap(calls, where, size, request.protection));
      if (request.contents.empty()) return ok();
      auto written = sys::write_process_memory(procfs::living_task_of(changes.pid()), change.address, request.contents);
      if (!written.has_value()) TETHER_CHECK(call_munmap(calls, change.address, size));
      return written;
    };
    TETHER_CHECK(with_remote_calls(changes.pid(), changes.remote_calls(), map));
    return Change(change);
  };
  const Change made = TETHER_TRY(changes.make_known(change, act));
  return std::get<MappingChange>(made).address;
}

Result<void> unmap_memory(Changes& changes, RemoteAddr start, std::uint64_t size) {
  size = TETHER_TRY(whole_pages(start, size));
  const std::vector<Mapping> pieces = TETHER_TRY(pieces_of(changes.pid(), start, start + size));
  if (pieces.empty()) return fail(nothing_there(changes.pid(), start, size));
  if (const std::string user = TETHER_TRY(find_user(changes.pid(), start, start + size)); !user.empty())
    return unmap_for_good(changes, start, size, user);
  if (const std::string reason = reason_not_kept(pieces); !reason.empty())
    return unmap_for_good(changes, start, size, reason);
  for (const Mapping& piece : pieces) {
    const MappingChange change{.kind = MappingChange::Kind::Unmap,
                               .address = piece.start,
                               .length = piece.size(),
                               .before = protection_of(piece),
                               .contents = contents_of(changes.pid(), piece)};
    TETHER_CHECK(changes.make(change, [&] {
      return with_remote_calls(changes.pid(), changes.remote_calls(),
                               [&](RemoteCalls& calls) { return call_munmap(calls, change.address, change.length); });
    }));
  }
  return ok();
}

Result<void> protect_memory(Changes& changes, RemoteAddr start, std::uint64_t size, std::uint32_t protection) {
  size = TETHER_TRY(whole_pages(start, size));
  const std::vector<Mapping> pieces = TETHER_TRY(pieces_of(changes.pid(), start, start + size));
  if (!are_gapless(pieces, start, start + size)) return fail(nothing_there(changes.pid(), start, size));
  for (const Mapping& piece : pieces) {
    if (protection_of(piece) == protection) continue;
    const MappingChange change{.kind = MappingChange::Kind::Protect,
                               .address = piece.start,
                               .length = piece.size(),
                               .before = protection_of(piece),
                               .after = protection};
    TETHER_CHECK(changes.make(change, [&] {
      return with_remote_calls(changes.pid(), changes.remote_calls(), [&](RemoteCalls& calls) {
        return call_mprotect(calls, change.address, change.length, protection);
      });
    }));
  }
  return ok();
}

Result<void> undo(Pid pid, const MappingChange& change, UndoMode mode) {
  if (!TETHER_TRY(is_there(pid, change)) || mode == UndoMode::DryRun) return ok();
  return with_remote_calls(pid, {}, [&](RemoteCalls& calls) -> Result<void> {
    if (!TETHER_TRY(is_there(pid, change))) return ok();
    switch (change.kind) {
      case MappingChange::Kind::Map:
        return call_munmap(calls, change.address, change.length);
      case MappingChange::Kind::Unmap:
        return map_again(pid, change, calls);
      case MappingChange::Kind::Protect:
        break;
    }
    return call_mprotect(calls, change.address, change.length, change.before);
  });
}

}  // namespace tether
