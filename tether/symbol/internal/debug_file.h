#pragma once
// Opening the files of a process as it has them, and the separate files that debug information was moved to.

#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/memory_reader.h"
#include "tether/base/unique_fd.h"
#include "tether/symbol/module_map.h"

namespace tether::symbol {

/// The file behind a module, by the first of these ways that leads to the very file: /proc/PID/map_files, the path in
/// the process's own root, /proc/PID/exe. Not open if none does.
UniqueFd open_module_file(Pid pid, const Module& module);

/// The bytes of a module's file as far as the process has them mapped, put where they stand in the file. Its section
/// headers are struck out unless they are among them. Empty if not even the ELF header can be read.
std::vector<std::byte> read_module_image(const Module& module, MemoryReader& memory);

/// What leads to a separate debug file.
struct DebugFileClue {
  std::string file;  ///< the module's path
  std::vector<unsigned char> build_id;
  std::string debug_link;  ///< .gnu_debuglink's file name, or empty
};

/// The separate debug file: by build-id below /usr/lib/debug, then by its link beside the file and below
/// /usr/lib/debug, in the process's root, then in ours. One whose build-id is another is passed over. Not open if there
/// is none.
UniqueFd open_debug_file(Pid pid, const DebugFileClue& clue);

}  // namespace tether::symbol
