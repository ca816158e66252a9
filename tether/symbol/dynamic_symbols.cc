#include "tether/symbol/internal/dynamic_symbols.h"

#include <elfutils/libdwfl.h>
#include <gelf.h>

#include <cstddef>
#include <span>

namespace tether::symbol {

namespace {

constexpr GElf_Versym kHiddenBit = 0x8000;  // of a version that is not the default (LSB, Symbol Versioning)

Elf_Scn* find_section(Elf* elf, GElf_Word type, GElf_Shdr& header) {
  for (Elf_Scn* scn = elf_nextscn(elf, nullptr); scn != nullptr; scn = elf_nextscn(elf, scn))
    if (gelf_getshdr(scn, &header) != nullptr && header.sh_type == type) return scn;
  return nullptr;
}

/// The name of version `index` in .gnu.version_d.
std::string version_name(Elf* elf, GElf_Versym index) {
  GElf_Shdr header{};
  Elf_Scn* scn = find_section(elf, SHT_GNU_verdef, header);
  Elf_Data* data = scn != nullptr ? elf_getdata(scn, nullptr) : nullptr;
  if (data == nullptr) return {};
  int offset = 0;
  for (GElf_Word left = header.sh_info; left > 0; --left) {
    GElf_Verdef definition{};
    GElf_Verdaux name{};
    if (gelf_getverdef(data, offset, &definition) == nullptr) return {};
    if (definition.vd_ndx == index && gelf_getverdaux(data, offset + static_cast<int>(definition.vd_aux), &name)) {
      const char* text = elf_strptr(elf, header.sh_link, name.vda_name);
      return text != nullptr ? std::string(text) : std::string();
    }
    if (definition.vd_next == 0) return {};
    offset += static_cast<int>(definition.vd_next);
  }
  return {};
}

bool is_irelative(const GElf_Ehdr& header, GElf_Xword type) {
  return header.e_machine == EM_X86_64 ? type == R_X86_64_IRELATIVE
                                       : header.e_machine == EM_386 && type == R_386_IRELATIVE;
}

/// The place of a relocation that calls `resolver` (an address of the file), in one section of relocations. In i386's
/// files the resolver stood where the result now is (REL, not RELA), so the file is asked for it.
class Relocations {
 public:
  Relocations(Elf* elf, const GElf_Ehdr& header) : elf_(elf), header_(header) {}

  std::optional<GElf_Addr> find_place(std::uint64_t resolver) const {
    for (Elf_Scn* scn = elf_nextscn(elf_, nullptr); scn != nullptr; scn = elf_nextscn(elf_, scn)) {
      GElf_Shdr section{};
      if (gelf_getshdr(scn, &section) == nullptr || section.sh_entsize == 0) continue;
      if (section.sh_type != SHT_RELA && section.sh_type != SHT_REL) continue;
      Elf_Data* data = elf_getdata(scn, nullptr);
      if (data == nullptr) continue;
      const int count = static_cast<int>(section.sh_size / section.sh_entsize);
      for (int i = 0; i < count; ++i)
        if (const auto place = place_of(data, i, section.sh_type, resolver)) return place;
    }
    return std::nullopt;
  }

 private:
  std::optional<GElf_Addr> place_of(Elf_Data* data, int index, GElf_Word type, std::uint64_t resolver) const {
    if (type == SHT_RELA) {
      GElf_Rela rela{};
      if (gelf_getrela(data, index, &rela) != nullptr && is_irelative(header_, GELF_R_TYPE(rela.r_info)) &&
          static_cast<std::uint64_t>(rela.r_addend) == resolver)
        return rela.r_offset;
      return std::nullopt;
    }
    GElf_Rel rel{};
    if (gelf_getrel(data, index, &rel) != nullptr && is_irelative(header_, GELF_R_TYPE(rel.r_info)) &&
        word_in_file(rel.r_offset) == resolver)
      return rel.r_offset;
    return std::nullopt;
  }

  std::optional<std::uint32_t> word_in_file(GElf_Addr addr) const {
    for (Elf_Scn* scn = elf_nextscn(elf_, nullptr); scn != nullptr; scn = elf_nextscn(elf_, scn)) {
      GElf_Shdr section{};
      if (gelf_getshdr(scn, &section) == nullptr || section.sh_type != SHT_PROGBITS) continue;
      if (addr < section.sh_addr || addr + sizeof(std::uint32_t) > section.sh_addr + section.sh_size) continue;
      const Elf_Data* data = elf_rawdata(scn, nullptr);
      if (data == nullptr || data->d_buf == nullptr) return std::nullopt;
      const auto* bytes = static_cast<const unsigned char*>(data->d_buf) + (addr - section.sh_addr);
      return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[3]} << 24;
    }
    return std::nullopt;
  }

  Elf* elf_;
  GElf_Ehdr header_;
};

}  // namespace

SymbolVersion find_symbol_version(LoadedModule& module, std::string_view name, RemoteAddr addr) {
  GElf_Addr bias = 0;
  Elf* elf = module.elf(bias);
  if (elf == nullptr) return {};
  GElf_Shdr symbols_header{}, versions_header{};
  Elf_Scn* symbols = find_section(elf, SHT_DYNSYM, symbols_header);
  Elf_Scn* versions = find_section(elf, SHT_GNU_versym, versions_header);
  if (symbols == nullptr || versions == nullptr || symbols_header.sh_entsize == 0) return {};
  Elf_Data* symbols_data = elf_getdata(symbols, nullptr);
  Elf_Data* versions_data = elf_getdata(versions, nullptr);
  const int count = static_cast<int>(symbols_header.sh_size / symbols_header.sh_entsize);
  for (int i = 1; i < count; ++i) {
    GElf_Sym symbol{};
    GElf_Versym version = 0;
    if (gelf_getsym(symbols_data, i, &symbol) == nullptr || symbol.st_value + bias != addr.value) continue;
    const char* text = elf_strptr(elf, symbols_header.sh_link, symbol.st_name);
    if (text == nullptr || name != text || gelf_getversym(versions_data, i, &version) == nullptr) continue;
    return {.name = version_name(elf, version & static_cast<GElf_Versym>(~kHiddenBit)),
            .is_default = (version & kHiddenBit) == 0};
  }
  return {};
}

std::optional<RemoteAddr> find_resolved(LoadedModule& module, RemoteAddr resolver, MemoryReader& memory) {
  GElf_Addr bias = 0;
  Elf* elf = module.elf(bias);
  GElf_Ehdr header{};
  if (elf == nullptr || gelf_getehdr(elf, &header) == nullptr) return std::nullopt;
  const auto place = Relocations(elf, header).find_place(resolver.value - bias);
  if (!place) return std::nullopt;
  std::uint64_t chosen = 0;
  const std::size_t width = header.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
  if (!memory.read_exactly(RemoteAddr(*place + bias), std::as_writable_bytes(std::span(&chosen, 1)).first(width)))
    return std::nullopt;
  // Before its relocation a place holds the resolver, or its address in the file.
  if (chosen == 0 || chosen == resolver.value || chosen == resolver.value - bias) return std::nullopt;
  return RemoteAddr(chosen);
}

}  // namespace tether::symbol
