#pragma once
// Change: one thing that tether changes in a process, with all that is needed to take it back.
//
// A closed set: what can be changed is a variant, so that the journal's format (journal_format.cc), its text
// (describe.cc) and its undoing (undo.cc) do not compile if one is forgotten.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"

namespace tether {

using Bytes = std::vector<std::byte>;

/// Bytes of memory, code included. `before` and `after` are of one length.
struct MemoryChange {
  RemoteAddr address;
  Bytes before;
  Bytes after;
  enum class Kind : std::uint8_t {
    Data,
    Code,
    Breakpoint,  ///< an instruction's first byte; what reads the memory does not show it (clean_memory.h)
  } kind = Kind::Data;
};

/// A register of one thread, by its name in arch/ ("rax", "xmm0", "mxcsr"), as its little-endian bytes.
struct RegisterChange {
  Tid tid;
  std::string name;
  Bytes before;
  Bytes after;
};

/// A part of the address space: mapped, unmapped, or its protection changed (PROT_* bits).
struct MappingChange {
  enum class Kind : std::uint8_t { Map, Unmap, Protect } kind = Kind::Map;
  RemoteAddr address;
  std::uint64_t length = 0;
  std::uint32_t before = 0;  ///< protection; Protect, Unmap
  std::uint32_t after = 0;   ///< protection; Map, Protect
  Bytes contents;            ///< what was there; Unmap
};

/// What a descriptor was or has become.
struct DescriptorImage {
  std::string link;          ///< where /proc/PID/fd/N pointed: a path, "pipe:[123]"
  std::uint64_t device = 0;  ///< st_dev and st_ino tell whether it is still the same file
  std::uint64_t inode = 0;
  std::uint32_t flags = 0;  ///< O_* as fcntl(F_GETFL) gives them
  std::uint64_t offset = 0;
  bool is_cloexec = false;
  /// Who keeps a copy of the open file description so that it can be given back (keeper.h), and under which number.
  Pid keeper;
  Fd kept_as;
};

/// A descriptor of the process: made, closed, replaced by another, or its state changed.
struct DescriptorChange {
  Fd fd;
  std::optional<DescriptorImage> before;  ///< absent: the number was free
  std::optional<DescriptorImage> after;   ///< absent: it is closed
  enum class Kind : std::uint8_t {
    Replaced,  ///< the number stands for something else
    Modified,  ///< for the same, in another state: offset, flags, close-on-exec
  } kind = Kind::Replaced;
};

/// Something that has a name and a value in text: "rlimit.nofile", "nice", "cwd", "umask", "signal mask" of one thread.
struct SettingChange {
  Tid tid;
  std::string name;
  std::string before;
  std::string after;
};

/// A shared library that was loaded; undone by dlclose(3).
struct LibraryChange {
  std::string path;
  std::uint64_t handle = 0;  ///< what dlopen returned; 0 until it has
};

/// Something that was set in motion and cannot be taken back: a call, a signal. The journal says that it happened.
struct Deed {
  std::string what;
};

using Change =
    std::variant<MemoryChange, RegisterChange, MappingChange, DescriptorChange, SettingChange, LibraryChange, Deed>;

/// DryRun finds out whether a change could be taken back, and changes nothing. What the kernel would refuse (a limit
/// that only root may raise) is not found out.
enum class UndoMode : std::uint8_t { Make, DryRun };

/// One line for people: "memory 0x7f… 4 bytes: 2a 00 00 00 -> 2b 00 00 00".
std::string describe(const Change& change);

/// A JSON object, as the journal has it: {"kind": "memory", "address": "0x7f…", "before": "2a00", "after": "2b00"}.
std::string format_change(const Change& change);

}  // namespace tether
