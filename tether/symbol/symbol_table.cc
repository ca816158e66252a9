#include "tether/symbol/internal/symbol_table.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <unordered_map>

namespace tether::symbol {

namespace {

/// The ends of the sections of one ELF file, by index.
class SectionEnds {
 public:
  std::uint64_t end_of(Elf* elf, GElf_Word section, GElf_Addr bias, std::uint64_t otherwise) {
    std::vector<std::uint64_t>& ends = ends_[elf];
    if (ends.empty()) {
      ends.push_back(0);
      for (Elf_Scn* scn = elf_nextscn(elf, nullptr); scn != nullptr; scn = elf_nextscn(elf, scn)) {
        GElf_Shdr header{};
        ends.push_back(gelf_getshdr(scn, &header) != nullptr ? header.sh_addr + header.sh_size : 0);
      }
    }
    return section < ends.size() && ends[section] != 0 ? ends[section] + bias : otherwise;
  }

 private:
  std::unordered_map<Elf*, std::vector<std::uint64_t>> ends_;
};

bool is_of_use(const GElf_Sym& symbol, GElf_Word section, const char* name) {
  const unsigned char type = GELF_ST_TYPE(symbol.st_info);
  return section != SHN_UNDEF && section != SHN_ABS && name[0] != '\0' &&
         (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE || type == STT_GNU_IFUNC || type == STT_COMMON);
}

/// The preferred of two symbols at one address comes last.
int rank(const TableEntry& entry) {
  const bool is_named_for_people = entry.name[0] != '_' && entry.name[0] != '.' && entry.name[0] != '$';
  return (entry.type != STT_NOTYPE ? 8 : 0) + (entry.size != 0 ? 4 : 0) + (entry.binding == STB_GLOBAL ? 2 : 0) +
         (entry.binding == STB_WEAK ? 1 : 0) + (is_named_for_people ? 1 : 0);
}

}  // namespace

std::string_view TableEntry::base_name() const {
  const char* at = std::strchr(name, '@');
  return at == nullptr || at == name ? std::string_view(name)
                                     : std::string_view(name, static_cast<std::size_t>(at - name));
}

std::string_view TableEntry::version() const {
  std::string_view rest = std::string_view(name).substr(base_name().size());
  while (rest.starts_with('@')) rest.remove_prefix(1);
  return rest;
}

SymbolTable SymbolTable::read(Dwfl_Module* module) {
  SymbolTable table;
  Dwarf_Addr module_end = 0;
  dwfl_module_info(module, nullptr, nullptr, &module_end, nullptr, nullptr, nullptr, nullptr);
  const int count = dwfl_module_getsymtab(module);
  SectionEnds sections;
  table.entries_.reserve(count > 0 ? static_cast<std::size_t>(count) : 0);
  for (int i = 1; i < count; ++i) {  // 0 is the undefined symbol
    GElf_Sym symbol{};
    GElf_Addr address = 0, bias = 0;
    GElf_Word section = SHN_UNDEF;
    Elf* elf = nullptr;
    const char* name = dwfl_module_getsym_info(module, i, &symbol, &address, &section, &elf, &bias);
    if (name == nullptr || !is_of_use(symbol, section, name)) continue;
    const std::uint64_t end =
        symbol.st_size != 0 ? address + symbol.st_size : sections.end_of(elf, section, bias, module_end);
    table.entries_.push_back({.address = address,
                              .end = end,
                              .size = symbol.st_size,
                              .name = name,
                              .type = static_cast<unsigned char>(GELF_ST_TYPE(symbol.st_info)),
                              .binding = static_cast<unsigned char>(GELF_ST_BIND(symbol.st_info))});
  }
  std::ranges::sort(table.entries_, {}, [](const TableEntry& e) { return std::tuple(e.address, rank(e)); });
  return table;
}

const TableEntry* SymbolTable::find(RemoteAddr addr) const {
  // Symbols nest but seldom overlap otherwise: the innermost one that contains the address lies a few entries before
  // it.
  constexpr int kMostSteps = 64;
  auto at = std::ranges::upper_bound(entries_, addr.value, {}, &TableEntry::address);
  const TableEntry* sizeless = nullptr;
  for (int step = 0; at != entries_.begin() && step < kMostSteps; ++step) {
    const TableEntry& entry = *--at;
    if (addr.value >= entry.end && !(entry.size == 0 && addr.value == entry.address)) continue;
    if (entry.size != 0) return &entry;
    if (sizeless == nullptr) sizeless = &entry;
  }
  return sizeless;
}

}  // namespace tether::symbol
