#pragma once
// Module: one file of code in a process's address space: the program, a shared library, the vDSO. Pure.
//
//   const std::vector<Module> modules = make_modules(maps);
//   if (const Module* libc = find_module_named(modules, "libc")) … libc->base …

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/remote_addr.h"
#include "tether/procfs/maps.h"

namespace tether::symbol {

struct Module {
  std::string name;  ///< the last part of the path: "libc.so.6"; "[vdso]"
  RemoteAddr start;
  RemoteAddr end;   ///< behind its last mapping of the file
  RemoteAddr base;  ///< where the file's first byte lies or would lie: what `module+0x10` counts from
  std::vector<procfs::Mapping> mappings;  ///< those of the file, ascending; not the anonymous ones between

  const std::string& path() const { return mappings.front().path; }
  bool is_deleted() const { return mappings.front().is_deleted; }
  bool is_vdso() const { return mappings.front().kind == procfs::MappingKind::Vdso; }
  bool contains(RemoteAddr addr) const { return start <= addr && addr < end; }
};

/// The modules of an address space, ascending. A file is one if any part of it may be executed; a file that is mapped
/// twice as a whole gives two.
std::vector<Module> make_modules(std::span<const procfs::Mapping> maps);

/// The module that contains an address; null if none does.
const Module* find_module(std::span<const Module> modules, RemoteAddr addr);

/// By path, by file name ("libc.so.6", "[vdso]"), or by the file name up to its ".so" or its version: "libc" for
/// libc.so.6 and for libc-2.31.so. Of several the one that is named most exactly, then the first. Null if none is.
const Module* find_module_named(std::span<const Module> modules, std::string_view name);

}  // namespace tether::symbol
