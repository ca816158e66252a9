// Classic BPF (linux/filter.h): programs as the macros that C code writes them with.

#include <array>
#include <string>
#include <vector>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/number.h"

namespace tether::decode {
namespace {

constexpr std::size_t kInstructionSize = 8;      // struct sock_filter
constexpr std::size_t kMostInstructions = 4096;  // BPF_MAXINSNS

enum : unsigned { kLd = 0, kLdx = 1, kSt = 2, kStx = 3, kAlu = 4, kJmp = 5, kRet = 6, kMisc = 7 };

constexpr std::string_view kClasses[] = {"BPF_LD",  "BPF_LDX", "BPF_ST",  "BPF_STX",
                                         "BPF_ALU", "BPF_JMP", "BPF_RET", "BPF_MISC"};
constexpr std::string_view kSizes[] = {"BPF_W", "BPF_H", "BPF_B", ""};
constexpr std::string_view kModes[] = {"BPF_IMM", "BPF_ABS", "BPF_IND", "BPF_MEM", "BPF_LEN", "BPF_MSH", "", ""};
constexpr std::string_view kOperations[] = {"BPF_ADD", "BPF_SUB", "BPF_MUL", "BPF_DIV", "BPF_OR",  "BPF_AND",
                                            "BPF_LSH", "BPF_RSH", "BPF_NEG", "BPF_MOD", "BPF_XOR", "",
                                            "",        "",        "",        ""};
constexpr std::string_view kJumps[] = {"BPF_JA", "BPF_JEQ", "BPF_JGT", "BPF_JGE", "BPF_JSET", "", "", "",
                                       "",       "",        "",        "",        "",         "", "", ""};

/// The code's parts, or-ed; what has no name remains a number.
Value code_value(Arena& arena, unsigned code) {
  std::array<std::string_view, 3> names;
  std::size_t count = 0;
  unsigned named = code & 7;
  names[count++] = kClasses[code & 7];
  const auto add = [&](std::string_view name, unsigned bits) {
    if (name.empty()) return;
    names[count++] = name;
    named |= bits;
  };
  const std::string_view source = (code & 8) != 0 ? "BPF_X" : "BPF_K";
  switch (code & 7) {
    case kLd:
    case kLdx:
      add(kSizes[(code >> 3) & 3], code & 0x18);
      add(kModes[(code >> 5) & 7], code & 0xe0);
      break;
    case kAlu:
      add(source, code & 8);
      add(kOperations[(code >> 4) & 15], code & 0xf0);
      break;
    case kJmp:
      add(source, code & 8);
      add(kJumps[(code >> 4) & 15], code & 0xf0);
      break;
    case kRet:
      add((code & 0x18) == 0x10 ? "BPF_A" : source, code & 0x18);
      break;
    case kMisc:
      if ((code & 0xf8) == 0x80) add("BPF_TXA", 0x80);
      if ((code & 0xf8) == 0) add("BPF_TAX", 0);
      break;
    default:
      break;
  }
  const auto kept = arena.make_array<std::string_view>(count);
  std::copy(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count), kept.begin());
  Symbols symbols;
  symbols.names = kept;
  symbols.remainder = code & ~named;
  Value value;
  value.kind = ValueKind::Symbols;
  value.style = NumberStyle::Hex;
  value.number = code;
  value.symbols_ = arena.make(symbols);
  return value;
}

Value instruction_value(Arena& arena, const std::byte* from) {
  const auto code = static_cast<unsigned>(load_number(from, 2));
  const std::uint64_t if_true = load_number(from + 2, 1);
  const std::uint64_t if_false = load_number(from + 3, 1);
  const Value operand = integer(load_number(from + 4, 4), NumberStyle::Hex);
  if (if_true == 0 && if_false == 0) {
    const Value parts[] = {code_value(arena, code), operand};
    return call_value(arena, 0, "BPF_STMT", parts);
  }
  const Value parts[] = {code_value(arena, code), operand, integer(if_true, NumberStyle::Hex),
                         integer(if_false, NumberStyle::Hex)};
  return call_value(arena, 0, "BPF_JUMP", parts);
}

}  // namespace

/// One instruction if the type has an instruction's width, else all that are there.
Value bpf_program_leaf(const LeafContext& context, const Leaf& leaf) {
  if (leaf.type.width == kInstructionSize && leaf.bytes.size() >= kInstructionSize)
    return instruction_value(context.arena, leaf.bytes.data());
  std::vector<Value> program;
  for (std::size_t at = 0; at + kInstructionSize <= leaf.bytes.size() && program.size() < kMostInstructions;
       at += kInstructionSize)
    program.push_back(instruction_value(context.arena, leaf.bytes.data() + at));
  return list_value(context.arena, program);
}

}  // namespace tether::decode
