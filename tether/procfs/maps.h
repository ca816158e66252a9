#pragma once
// /proc/PID/maps: the address space of a process, mapping after mapping (proc(5)).
//
//   const std::vector<Mapping> maps = TETHER_TRY(procfs::read_maps(tid));
//   for (const Mapping& m : maps)
//     if (m.kind == MappingKind::Heap) …

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"

namespace tether::procfs {

/// By the last field of the line.
enum class MappingKind : std::uint8_t {
  Anonymous,  ///< no name, or one that the program gave it: [anon:…] (PR_SET_VMA_ANON_NAME)
  File,       ///< a file, also a deleted one, a memfd or shared memory
  Heap,       ///< [heap]: what brk(2) made
  Stack,      ///< [stack]: the main thread's
  Vdso,       ///< [vdso]
  Vvar,       ///< [vvar], [vvar_vclock]: the data of the vDSO, unreadable from outside
  Vsyscall,   ///< [vsyscall]
  Other,      ///< any other name in brackets
};

struct Mapping {
  RemoteAddr start;
  RemoteAddr end;  ///< the first address behind it
  bool is_readable = false;
  bool is_writable = false;
  bool is_executable = false;
  bool is_shared = false;  ///< MAP_SHARED; else private, copied on write
  std::uint64_t offset = 0;  ///< in the file, in bytes
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::uint64_t inode = 0;  ///< 0: no file
  /// The file as the process's own root shows it, without the kernel's " (deleted)" and with the newlines that it
  /// writes as \012; or the name in brackets; or empty.
  std::string path;
  MappingKind kind = MappingKind::Anonymous;
  bool is_deleted = false;  ///< the path names the file no longer

  std::uint64_t size() const { return end.value - start.value; }
  bool contains(RemoteAddr addr) const { return start <= addr && addr < end; }
  /// Whether both show parts of one file. Two of no file do not.
  bool is_same_file(const Mapping& other) const {
    return inode != 0 && inode == other.inode && device_major == other.device_major &&
           device_minor == other.device_minor && path == other.path;
  }
};

/// Malformed if a line is none of such a file, naming the line. Empty lines are passed over.
Result<std::vector<Mapping>> parse_maps(std::string_view text);

/// Ascending by address. One that is mapped or unmapped meanwhile may be missing or there twice (proc(5)). Errors:
/// NotFound, TraceeGone if there is no such task; PermissionDenied without the right to ptrace(2) it.
Result<std::vector<Mapping>> read_maps(Tid tid);

/// The mapping that contains an address, of ascending ones; null if none does.
const Mapping* find_mapping(std::span<const Mapping> maps, RemoteAddr addr);

}  // namespace tether::procfs
