#include "tether/arch/sub_registers.h"

#include <algorithm>
#include <string>

namespace tether {

namespace {

struct Family {
  std::string_view part;
  std::string_view x86_64;
  std::string_view i386;  ///< empty: i386 has no such part
  std::uint8_t shift;
  std::uint8_t bits;
};

// Intel SDM vol. 1, 3.4.1 and table 3-2.
constexpr Family kFamilies[] = {
    {"eax", "rax", "", 0, 32},   {"ebx", "rbx", "", 0, 32},   {"ecx", "rcx", "", 0, 32},
    {"edx", "rdx", "", 0, 32},   {"esi", "rsi", "", 0, 32},   {"edi", "rdi", "", 0, 32},
    {"ebp", "rbp", "", 0, 32},   {"esp", "rsp", "", 0, 32},   {"eip", "rip", "", 0, 32},
    {"ax", "rax", "eax", 0, 16}, {"bx", "rbx", "ebx", 0, 16}, {"cx", "rcx", "ecx", 0, 16},
    {"dx", "rdx", "edx", 0, 16}, {"si", "rsi", "esi", 0, 16}, {"di", "rdi", "edi", 0, 16},
    {"bp", "rbp", "ebp", 0, 16}, {"sp", "rsp", "esp", 0, 16}, {"al", "rax", "eax", 0, 8},
    {"bl", "rbx", "ebx", 0, 8},  {"cl", "rcx", "ecx", 0, 8},  {"dl", "rdx", "edx", 0, 8},
    {"ah", "rax", "eax", 8, 8},  {"bh", "rbx", "ebx", 8, 8},  {"ch", "rcx", "ecx", 8, 8},
    {"dh", "rdx", "edx", 8, 8},  {"sil", "rsi", "", 0, 8},    {"dil", "rdi", "", 0, 8},
    {"bpl", "rbp", "", 0, 8},    {"spl", "rsp", "", 0, 8},    {"rflags", "eflags", "", 0, 32},
};

/// r8d, r8w, r8b … r15b.
std::optional<RegisterPart> find_numbered_part(std::string_view name) {
  if (name.size() < 3 || name.front() != 'r') return std::nullopt;
  for (const RegisterName& whole : register_names(Abi::X86_64)) {
    if (whole.name != name.substr(0, name.size() - 1) || whole.name[1] < '0' || whole.name[1] > '9') continue;
    switch (name.back()) {
      case 'd':
        return RegisterPart{.whole = whole.name, .shift = 0, .bits = 32};
      case 'w':
        return RegisterPart{.whole = whole.name, .shift = 0, .bits = 16};
      case 'b':
        return RegisterPart{.whole = whole.name, .shift = 0, .bits = 8};
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<RegisterPart> find_register_part(Abi abi, std::string_view name) {
  const auto found = std::ranges::find(kFamilies, name, &Family::part);
  if (found != std::end(kFamilies)) {
    const std::string_view whole = abi == Abi::X86_64 ? found->x86_64 : found->i386;
    if (whole.empty()) return std::nullopt;
    return RegisterPart{.whole = whole, .shift = found->shift, .bits = found->bits};
  }
  return abi == Abi::X86_64 ? find_numbered_part(name) : std::nullopt;
}

std::optional<std::uint64_t> find_register_value(const GeneralRegisters& registers, Abi abi, std::string_view name) {
  if (const auto whole = find_register(registers, abi, name)) return whole;
  const auto part = find_register_part(abi, name);
  if (!part) return std::nullopt;
  const std::uint64_t mask = (std::uint64_t{1} << part->bits) - 1;
  return (find_register(registers, abi, part->whole).value_or(0) >> part->shift) & mask;
}

bool is_register_name(std::string_view name) {
  for (const Abi abi : {Abi::X86_64, Abi::I386})
    if (find_register_part(abi, name) ||
        std::ranges::find(register_names(abi), name, &RegisterName::name) != register_names(abi).end())
      return true;
  return false;
}

}  // namespace tether
