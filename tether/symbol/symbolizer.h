#pragma once
// Symbolizer: what the addresses of a process are called, and where its names lie.
//
// It reads the process's maps once (and again on refresh()), a file's symbols when an address or a name leads to that
// file, and its DWARF only when lines are asked for. Files are found as the process itself has them: in its mount
// namespace, deleted or replaced since. Not thread-safe.
//
//   Symbolizer symbolizer = TETHER_TRY(Symbolizer::open(pid, std::make_unique<sys::ProcessMemory>(tid)));
//   symbolizer.locate(pc, Symbolizer::Detail::Lines);      // libc.so.6, "malloc"+0x10, malloc/malloc.c:3287
//   symbolizer.find_symbol("libc:malloc");                 // its address
//   symbolizer.find_line("server.c", 120);                 // where that line's code begins

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/base/ids.h"
#include "tether/base/memory_reader.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/symbol/module_map.h"

namespace tether::symbol {

/// A function as its source shows it, at the place that is being executed there.
struct SourceFrame {
  std::string function;  ///< demangled; empty if DWARF does not say
  std::string file;      ///< as the compiler was told; empty if unknown
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool is_inlined = false;  ///< its code lies within that of the next frame
};

struct Location {
  RemoteAddr address;
  std::string module;               ///< Module::name; empty: the address is in none
  std::uint64_t module_offset = 0;  ///< from Module::base
  std::string symbol;               ///< as the file has it, without its version; empty: none contains the address
  std::uint64_t symbol_offset = 0;
  std::uint64_t symbol_size = 0;    ///< 0: the file does not say
  std::vector<SourceFrame> source;  ///< with Detail::Lines and DWARF: the innermost inlined function first

  /// "malloc+0x10", "server+0x2310" without a symbol, "0x7f…" without a module. Symbols demangled, without parameters.
  std::string text() const;
};

struct FoundSymbol {
  enum class Kind : std::uint8_t {
    Function,
    Object,
    IndirectFunction,  ///< GNU_IFUNC: `address` is that of its resolver, unless `is_resolved`
    Other,
  };
  std::string name;     ///< without its version
  std::string version;  ///< "GLIBC_2.14", or empty
  std::string module;   ///< Module::name
  RemoteAddr address;
  std::uint64_t size = 0;  ///< 0: the file does not say
  Kind kind = Kind::Other;
  bool is_local = false;  ///< STB_LOCAL: static in its source
  /// False: a version that is kept for programs which were linked against it long ago; new ones get another of this
  /// name.
  bool is_default = true;
  bool is_resolved = false;  ///< of an IndirectFunction: `address` is that of the function that was chosen
};

/// A section of a file, where it lies in the process.
struct FoundSection {
  std::string module;  ///< Module::name
  RemoteAddr start;
  std::uint64_t size = 0;
};

class Symbolizer {
 public:
  /// Reads the maps of a live process. `memory` is read for what no file has: the vDSO, files that cannot be opened,
  /// the choice of indirect functions. Errors: those of procfs::read_maps().
  static Result<Symbolizer> open(Pid pid, std::unique_ptr<MemoryReader> memory);
  Symbolizer(Symbolizer&&) noexcept;
  Symbolizer& operator=(Symbolizer&&) noexcept;
  ~Symbolizer();

  /// Reads the maps again: finds what was loaded meanwhile, forgets what was unloaded, keeps the rest.
  Result<void> refresh();

  std::span<const Module> modules() const;
  std::span<const procfs::Mapping> maps() const;
  Pid pid() const;

  /// Of the program itself; X86_64 if it cannot be read.
  Abi abi() const;

  enum class Detail : std::uint8_t { Symbol, Lines };
  /// Never fails: what is not known stays empty. For a return address, ask for the byte before it.
  Location locate(RemoteAddr addr, Detail detail);

  /// All symbols of this name: `name`, `module:name` (as find_module_named), `name@VERSION`; a C++ name as demangled,
  /// with or without its parameters. Global before local, default versions before others, then in the order of the
  /// modules. Empty if there is none.
  std::vector<FoundSymbol> find_symbols(std::string_view name);
  /// The first of them. NotFound, with the nearest name where one is near.
  Result<FoundSymbol> find_symbol(std::string_view name);

  /// The sections of this name that are in memory, of all modules.
  std::vector<FoundSection> find_sections(std::string_view name);

  /// Where the code of a source line begins: each run of instructions that the compiler made of it (inlined or cloned
  /// code has several). If the line has none, the next line that has. `file` is a path or its last parts. NotFound if
  /// no module has DWARF of that file, Malformed for line 0.
  Result<std::vector<RemoteAddr>> find_line(std::string_view file, std::uint32_t line);

  struct State;  ///< what this room works on (internal/symbolizer_state.h)

 private:
  friend class Unwinder;
  explicit Symbolizer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tether::symbol
