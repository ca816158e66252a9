#pragma once
// What DWARF says of addresses and lines, of one module.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/remote_addr.h"
#include "tether/symbol/internal/loaded_module.h"
#include "tether/symbol/symbolizer.h"

namespace tether::symbol {

/// The functions at an address, the innermost inlined one first. Empty without DWARF.
std::vector<SourceFrame> read_source_frames(LoadedModule& module, RemoteAddr addr);

/// Where a line's code begins in this module.
struct LineAddresses {
  std::uint32_t line = 0;  ///< the one asked for, or the next that has code; 0: none
  std::vector<RemoteAddr> addresses;
  bool knows_file = false;  ///< the module has DWARF of the file
};
LineAddresses find_line_addresses(LoadedModule& module, std::string_view file, std::uint32_t line);

/// True if `path` is `file` or ends in "/file".
bool is_path_end(std::string_view path, std::string_view file);

}  // namespace tether::symbol
