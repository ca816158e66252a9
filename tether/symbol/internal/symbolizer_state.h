#pragma once
// Symbolizer::State: the process's maps, its modules, and elfutils' view of them.

#include <elfutils/libdwfl.h>

#include <map>
#include <memory>
#include <vector>

#include "tether/symbol/internal/loaded_module.h"
#include "tether/symbol/symbolizer.h"

namespace tether::symbol {

struct Symbolizer::State {
  State(Pid of, std::unique_ptr<MemoryReader> reader)
      : pid(of), memory(std::move(reader)), dwfl(dwfl_begin(&file_callbacks())) {}
  ~State() { dwfl_end(dwfl); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Tells elfutils of the modules that `maps` show; those that it knows stay as they are.
  void report();

  /// Those of `modules`, at the same index.
  LoadedModule& loaded_of(const Module& module) { return *loaded[static_cast<std::size_t>(&module - modules.data())]; }
  LoadedModule* find_loaded(RemoteAddr addr) {
    const Module* module = find_module(modules, addr);
    return module != nullptr ? &loaded_of(*module) : nullptr;
  }
  /// The program's own module: the first, for position-independent and other programs. Null if there are no modules.
  LoadedModule* program() { return loaded.empty() ? nullptr : loaded.front().get(); }

  Pid pid;
  std::unique_ptr<MemoryReader> memory;
  Dwfl* dwfl;
  bool is_attached = false;   ///< Unwinder has told elfutils how threads are read
  void* unwinding = nullptr;  ///< what Unwinder's callbacks work on while they run
  std::vector<procfs::Mapping> maps;
  std::vector<Module> modules;
  std::vector<std::unique_ptr<LoadedModule>> loaded;
};

}  // namespace tether::symbol
