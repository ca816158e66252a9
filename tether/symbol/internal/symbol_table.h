#pragma once
// SymbolTable: the symbols of one file at their addresses in the process, ordered for looking up an address.

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "tether/base/remote_addr.h"

namespace tether::symbol {

struct TableEntry {
  std::uint64_t address;
  std::uint64_t end;      ///< of a symbol without a size: the end of its section
  std::uint64_t size;     ///< 0: the file does not say
  const char* name;       ///< lies in the ELF file's string table
  unsigned char type;     ///< STT_*
  unsigned char binding;  ///< STB_*

  /// The name without "@VERSION" or "@@VERSION", which link editors write into .symtab.
  std::string_view base_name() const;
  std::string_view version() const;
};

class SymbolTable {
 public:
  /// All that a module's files have: .symtab of the file or of its separate debug file, .gnu_debugdata, .dynsym.
  static SymbolTable read(Dwfl_Module* module);

  /// The symbol whose bytes contain the address; of several the smallest, global before local. Null if none.
  const TableEntry* find(RemoteAddr addr) const;

  const std::vector<TableEntry>& entries() const { return entries_; }

 private:
  std::vector<TableEntry> entries_;
};

}  // namespace tether::symbol
