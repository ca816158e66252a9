#pragma once
// DecodeOptions: how much of a call is wanted. The same options must be given to the Capturer that copies the bytes and
// to the Decoder that reads them: what was not captured cannot be decoded (it then shows as an address).

#include <array>
#include <cstddef>

#include "tether/arch/abi.h"
#include "tether/event/selection.h"

namespace tether::decode {

struct Tables;

struct DecodeOptions {
  unsigned string_limit = 32;  ///< -s: longest string shown, in bytes; also the most elements of an array
  bool verbose = false;        ///< -v: whole structs, arrays and environments
  bool fd_paths = false;       ///< -y: what descriptors refer to
  bool fd_details = false;     ///< -yy: and devices, both ends of sockets, the process of a pidfd; implies fd_paths
  bool pid_names = false;      ///< -Y: the names of processes

  SyscallSelection whole{};      ///< calls treated as if `verbose` were set (-e abbrev=)
  SyscallSelection addresses{};  ///< calls whose pointers, but for those to text, stay addresses (-e verbose=)
  SyscallSelection raw{};        ///< calls whose arguments are six bare numbers, nothing read (-e raw=)

  FdSelection read_dumps;   ///< descriptors of which all that is read is wanted (-e read=), up to limits.h's bounds
  FdSelection write_dumps;  ///< the same of what is written
  bool has_dumps() const { return !read_dumps.is_none() || !write_dumps.is_none(); }
};

/// The tables of each ABI: the generated ones, or a test's.
struct TableSet {
  std::array<const Tables*, kAbiCount> by_abi{};

  const Tables& of(Abi abi) const { return *by_abi[static_cast<std::size_t>(abi)]; }
};

/// The tables generated from descriptions/.
TableSet built_in_tables();

}  // namespace tether::decode
