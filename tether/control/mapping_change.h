#pragma once
// Mapping, unmapping and protecting memory of another process, by system calls that one of its threads makes.
//
//   const RemoteAddr at = TETHER_TRY(map_memory(changes, {.size = 4096, .protection = PROT_READ | PROT_WRITE}));
//   TETHER_CHECK(protect_memory(changes, at, 4096, PROT_READ));

#include <cstdint>
#include <optional>
#include <span>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/changes.h"

namespace tether {

struct MapRequest {
  std::uint64_t size = 0;           ///< rounded up to pages
  std::uint32_t protection = 0;     ///< PROT_* of <sys/mman.h>
  std::optional<RemoteAddr> where;  ///< absent: where the kernel likes. Nothing may be mapped there yet.
  std::span<const std::byte> contents;
};

/// Maps private anonymous memory and puts `contents` at its begin. In a dry run the address is 0. Errors: Malformed for
/// a size of 0 or an address within a page; those of the kernel (ENOMEM, EEXIST); those of RemoteCalls.
Result<RemoteAddr> map_memory(Changes& changes, const MapRequest& request);

/// Unmaps [start, start + size), whole pages. Private anonymous memory of up to 1 MiB is kept in the journal, so that
/// it can be given back; for all else, and for memory that a thread has its stack in, Changes::allow_irrevocable
/// decides. Errors: NotFound if nothing is mapped there.
Result<void> unmap_memory(Changes& changes, RemoteAddr start, std::uint64_t size);

/// Changes the protection of [start, start + size), whole pages that are mapped throughout; one change for each mapping
/// in it. Errors: NotFound for a gap; EACCES for more than the file was opened for.
Result<void> protect_memory(Changes& changes, RemoteAddr start, std::uint64_t size, std::uint32_t protection);

/// Takes one back. Busy if the memory is no longer as the change left it.
Result<void> undo(Pid pid, const MappingChange& change, UndoMode mode);

}  // namespace tether
