#pragma once
// LoadedModule: a module and what elfutils knows of it, which it reads when it is asked.

#include <elfutils/libdwfl.h>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/memory_reader.h"
#include "tether/symbol/internal/symbol_table.h"
#include "tether/symbol/module_map.h"
#include "tether/symbol/symbolizer.h"

namespace tether::symbol {

struct LoadedModule {
  Module module;
  Pid pid;
  MemoryReader* memory = nullptr;
  Dwfl_Module* dwfl = nullptr;     ///< null: elfutils would not have it; then nothing is known of it
  std::vector<std::byte> image{};  ///< the file's bytes as the process has them mapped, where no file could be opened
  std::optional<SymbolTable> symbols{};

  /// The file's symbols, read at the first call.
  const SymbolTable& symbol_table();

  /// The ELF file and the difference between its addresses and the process's; null if there is none that can be read.
  Elf* elf(GElf_Addr& bias) { return dwfl != nullptr ? dwfl_module_getelf(dwfl, &bias) : nullptr; }
};

/// The module's section of this name; absent if it has none, or none that is in memory.
std::optional<FoundSection> find_section(LoadedModule& module, std::string_view name);

/// What dwfl_begin() is given: finds files as the process has them. A module's user data must be its LoadedModule.
const Dwfl_Callbacks& file_callbacks();

}  // namespace tether::symbol
