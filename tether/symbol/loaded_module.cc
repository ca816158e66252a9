#include "tether/symbol/internal/loaded_module.h"

#include <gelf.h>

#include <cstring>
#include <string>

#include "tether/symbol/internal/debug_file.h"

namespace tether::symbol {

namespace {

/// dwfl calls this when a module's file is wanted for the first time. It takes the descriptor, or an Elf handle that
/// stands for one; it frees `*file_name` with free(3).
int find_elf(Dwfl_Module*, void** user_data, const char*, Dwarf_Addr, char** file_name, Elf** elf) {
  auto& loaded = *static_cast<LoadedModule*>(*user_data);
  *file_name = nullptr;
  if (!loaded.module.is_vdso()) {
    UniqueFd fd = open_module_file(loaded.pid, loaded.module);
    if (fd.is_open()) {
      *file_name = ::strdup(loaded.module.path().c_str());
      return fd.release();
    }
  }
  loaded.image = read_module_image(loaded.module, *loaded.memory);
  if (!loaded.image.empty()) *elf = elf_memory(reinterpret_cast<char*>(loaded.image.data()), loaded.image.size());
  return -1;
}

int find_debug_file(Dwfl_Module* module, void** user_data, const char*, Dwarf_Addr, const char*, const char* debug_link,
                    GElf_Word, char**) {
  const auto& loaded = *static_cast<const LoadedModule*>(*user_data);
  DebugFileClue clue{.file = loaded.module.path(),
                     .build_id = {},
                     .debug_link = debug_link != nullptr ? std::string(debug_link) : std::string()};
  const unsigned char* id = nullptr;
  GElf_Addr address = 0;
  if (const int size = dwfl_module_build_id(module, &id, &address); size > 0) clue.build_id.assign(id, id + size);
  return open_debug_file(loaded.pid, clue).release();
}

}  // namespace

const SymbolTable& LoadedModule::symbol_table() {
  if (!symbols) symbols = dwfl != nullptr ? SymbolTable::read(dwfl) : SymbolTable();
  return *symbols;
}

std::optional<FoundSection> find_section(LoadedModule& module, std::string_view name) {
  GElf_Addr bias = 0;
  Elf* elf = module.elf(bias);
  std::size_t names = 0;
  if (elf == nullptr || elf_getshdrstrndx(elf, &names) != 0) return std::nullopt;
  for (Elf_Scn* scn = elf_nextscn(elf, nullptr); scn != nullptr; scn = elf_nextscn(elf, scn)) {
    GElf_Shdr header{};
    if (gelf_getshdr(scn, &header) == nullptr || (header.sh_flags & SHF_ALLOC) == 0) continue;
    const char* text = elf_strptr(elf, names, header.sh_name);
    if (text != nullptr && name == text)
      return FoundSection{
          .module = module.module.name, .start = RemoteAddr(header.sh_addr + bias), .size = header.sh_size};
  }
  return std::nullopt;
}

const Dwfl_Callbacks& file_callbacks() {
  static const Dwfl_Callbacks callbacks{
      .find_elf = find_elf, .find_debuginfo = find_debug_file, .section_address = nullptr, .debuginfo_path = nullptr};
  return callbacks;
}

}  // namespace tether::symbol
