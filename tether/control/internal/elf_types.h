#pragma once
// Elf32, Elf64: elf(5)'s structures by class, for what reads or writes core files of both.

#include <elf.h>

namespace tether::internal {

struct Elf64 {
  using Header = Elf64_Ehdr;
  using Program = Elf64_Phdr;
  using Section = Elf64_Shdr;
  using Offset = Elf64_Off;
  static constexpr unsigned char kClass = ELFCLASS64;
  static constexpr Elf64_Half kMachine = EM_X86_64;
};

struct Elf32 {
  using Header = Elf32_Ehdr;
  using Program = Elf32_Phdr;
  using Section = Elf32_Shdr;
  using Offset = Elf32_Off;
  static constexpr unsigned char kClass = ELFCLASS32;
  static constexpr Elf32_Half kMachine = EM_386;
};

}  // namespace tether::internal
