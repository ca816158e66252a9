// Kinds that are numbers: counts, ids, limits, versions.

#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/futex.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/number.h"
#include "tether/decode/names.h"

namespace tether::decode {

Value signed_leaf(const LeafContext&, const Leaf& leaf) {
  return integer(sign_extend(leaf.number, leaf.width), NumberStyle::Signed);
}

Value unsigned_leaf(const LeafContext&, const Leaf& leaf) {
  return integer(leaf.number, NumberStyle::Unsigned);
}

Value hex_leaf(const LeafContext&, const Leaf& leaf) {
  return integer(leaf.number, NumberStyle::Hex);
}

/// -ENOENT, as the kernel's functions return it; any other number is itself.
Value error_leaf(const LeafContext& context, const Leaf& leaf) {
  const std::uint64_t number = sign_extend(leaf.number, leaf.width);
  const std::string_view name = errno_name(Errno(-static_cast<std::int32_t>(number)));
  if (name.empty()) return integer(number, NumberStyle::Signed);
  Value value = enumerator(context.arena, number, context.arena.copy("-" + std::string(name)), {});
  value.style = NumberStyle::Signed;
  return value;
}

/// 1<<CAP_CHOWN|1<<CAP_KILL. Since their version 2 the sets have a second word (linux/capability.h); of version 1 there
/// is nothing where it would be.
Value capability_set_leaf(const LeafContext& context, const Leaf& leaf) {
  constexpr std::size_t kUpper = 12;  // struct __user_cap_data_struct
  std::uint64_t set = leaf.number;
  if (leaf.bytes.size() >= kUpper + 4) set |= load_number(leaf.bytes.data() + kUpper, 4) << 32;
  std::vector<std::string_view> names;
  Symbols symbols{.remainder = set};
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t flag = std::uint64_t{1} << bit;
    const std::string_view name = find_name(context.tables, "capabilities", bit);
    if ((set & flag) == 0 || name.empty()) continue;
    names.push_back(context.arena.copy("1<<" + std::string(name)));
    symbols.remainder &= ~flag;
  }
  const auto kept = context.arena.make_array<std::string_view>(names.size());
  std::ranges::copy(names, kept.begin());
  symbols.names = kept;
  Value value;
  value.kind = ValueKind::Symbols;
  value.style = NumberStyle::Hex;
  value.number = set;
  value.symbols_ = context.arena.make(symbols);
  return value;
}

Value octal_leaf(const LeafContext&, const Leaf& leaf) {
  return integer(leaf.number, NumberStyle::Octal);
}

Value address_leaf(const LeafContext&, const Leaf& leaf) {
  Value value;
  value.kind = ValueKind::Address;
  value.number = leaf.number;
  return value;
}

/// mmap2's unit is a page of 4096 bytes, whatever the machine's is (mmap2(2)).
Value pages_leaf(const LeafContext&, const Leaf& leaf) {
  return integer(leaf.number << 12, NumberStyle::Hex);
}

/// A mask of 32 groups, always eight digits: nl_groups=00000001.
Value hex8_leaf(const LeafContext& context, const Leaf& leaf) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 8> text;
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = kDigits[(leaf.number >> (28 - 4 * i)) & 15];
  return verbatim(context.arena, leaf.number, {text.data(), text.size()});
}

Value pid_leaf(const LeafContext&, const Leaf& leaf) {
  Value value = integer(sign_extend(leaf.number, leaf.width), NumberStyle::Signed);
  value.is_pid = true;
  value.name = leaf.text;
  return value;
}

/// A uid or gid: unsigned, but the "leave as it is" of chown(2) is -1 in any width.
Value owner_leaf(const LeafContext&, const Leaf& leaf) {
  const std::uint64_t number = zero_extend(leaf.number, leaf.width > 4 ? 4 : leaf.width);
  if (sign_extend(number, leaf.width > 4 ? 4 : leaf.width) == ~std::uint64_t{0})
    return integer(~std::uint64_t{0}, NumberStyle::Signed);
  return integer(number, NumberStyle::Unsigned);
}

/// RLIM_INFINITY, 8192*1024, or a number.
Value rlim_leaf(const LeafContext& context, const Leaf& leaf) {
  const auto named = [&](std::string_view name) {
    Value value = enumerator(context.arena, leaf.number, name, {});
    value.style = NumberStyle::Unsigned;
    return value;
  };
  if (leaf.number == zero_extend(~std::uint64_t{0}, leaf.width))
    return named(leaf.width == 8 ? "RLIM64_INFINITY" : "RLIM_INFINITY");
  if (leaf.number <= 1024 || leaf.number % 1024 != 0) return integer(leaf.number, NumberStyle::Unsigned);
  std::array<char, 32> text;
  char* end = std::to_chars(text.data(), text.data() + text.size(), leaf.number / 1024).ptr;
  for (const char c : std::string_view("*1024")) *end++ = c;
  return named(context.arena.copy({text.data(), static_cast<std::size_t>(end - text.data())}));
}

/// A class above thirteen bits of priority (linux/ioprio.h).
Value ioprio_leaf(const LeafContext& context, const Leaf& leaf) {
  constexpr unsigned kClassShift = 13;
  const std::uint64_t io_class = leaf.number >> kClassShift;
  const Value parts[] = {
      enumerator(context.arena, io_class, find_name(context.tables, "ioprio_classes", io_class), "IOPRIO_CLASS_???"),
      integer(leaf.number & ((1u << kClassShift) - 1), NumberStyle::Unsigned)};
  return call_value(context.arena, leaf.number, "IOPRIO_PRIO_VALUE", parts);
}

/// A command above eight bits of the kind of quota (linux/quota.h).
Value quota_command_leaf(const LeafContext& context, const Leaf& leaf) {
  constexpr unsigned kCommandShift = 8;
  const std::uint64_t command = leaf.number >> kCommandShift;
  const std::uint64_t type = leaf.number & ((1u << kCommandShift) - 1);
  const Value parts[] = {
      enumerator(context.arena, command, find_name(context.tables, "quota_commands", command), "Q_???"),
      enumerator(context.arena, type, find_name(context.tables, "quota_types", type), "???QUOTA")};
  return call_value(context.arena, leaf.number, "QCMD", parts);
}

Value kernel_version_leaf(const LeafContext& context, const Leaf& leaf) {
  const Value parts[] = {integer((leaf.number >> 16) & 0xffff, NumberStyle::Unsigned),
                         integer((leaf.number >> 8) & 0xff, NumberStyle::Unsigned),
                         integer(leaf.number & 0xff, NumberStyle::Unsigned)};
  return call_value(context.arena, leaf.number, "KERNEL_VERSION", parts);
}

/// The union epoll_data: what the program meant is unknown, so both views of it are given.
Value epoll_data_leaf(const LeafContext& context, const Leaf& leaf) {
  const Value views[] = {labelled("u32", integer(zero_extend(leaf.number, 4), NumberStyle::Unsigned)),
                         labelled("u64", integer(leaf.number, NumberStyle::Unsigned))};
  return record_value(context.arena, views);
}

/// __NR_getppid of the reader's own ABI; of the other one the number tells more: 45 /* brk */. x32's numbers are
/// x86-64's with a mark.
Value syscall_number_leaf(const LeafContext& context, const Leaf& leaf) {
  constexpr std::uint64_t kIsX32 = 0x40000000;  // __X32_SYSCALL_BIT (asm/unistd.h)
  Value value = integer(leaf.number, NumberStyle::Unsigned);
  const auto abi = static_cast<std::uint32_t>(leaf.parameter) == AUDIT_ARCH_I386     ? Abi::I386
                   : static_cast<std::uint32_t>(leaf.parameter) == AUDIT_ARCH_X86_64 ? Abi::X86_64
                                                                                     : context.abi;
  const bool is_x32 = abi == Abi::X86_64 && (leaf.number & kIsX32) != 0;
  const std::uint64_t number = is_x32 ? leaf.number & ~kIsX32 : leaf.number;
  if (number > UINT32_MAX) return value;
  const std::string_view name = call_name({.abi = abi, .number = static_cast<std::uint32_t>(number)});
  if (name.empty()) return value;
  if (abi == context.abi && !is_x32)
    return enumerator(context.arena, leaf.number, context.arena.copy("__NR_" + std::string(name)), {});
  value.note = name;
  return value;
}

/// What FUTEX_WAKE_OP does at the second address, and with what it compares what was there (futex(2)).
Value futex_op_word_leaf(const LeafContext& context, const Leaf& leaf) {
  const auto hex = [](std::uint64_t number) { return number == 0 ? std::string("0") : fmt::format("{:#x}", number); };
  const auto bits = [&](unsigned shift, unsigned width) { return (leaf.number >> shift) & ((1U << width) - 1); };
  const auto named = [&](std::string_view set, std::string_view tag, std::uint64_t number, unsigned shift) {
    const std::string_view name = find_name(context.tables, set, number);
    return name.empty() ? fmt::format("{:#x}<<{} /* {} */", number, shift, tag) : fmt::format("{}<<{}", name, shift);
  };
  std::vector<std::string> parts;
  if ((bits(28, 4) & FUTEX_OP_OPARG_SHIFT) != 0) parts.emplace_back("FUTEX_OP_OPARG_SHIFT<<28");
  parts.push_back(named("futex_operations", "FUTEX_OP_???", bits(28, 3), 28));
  parts.push_back(hex(bits(12, 12)) + "<<12");
  parts.push_back(named("futex_comparisons", "FUTEX_OP_CMP_???", bits(24, 4), 24));
  parts.push_back(hex(bits(0, 12)));
  const auto names = context.arena.make_array<std::string_view>(parts.size());
  std::ranges::transform(parts, names.begin(), [&](const std::string& part) { return context.arena.copy(part); });
  Symbols symbols;
  symbols.names = names;
  Value value = integer(leaf.number, NumberStyle::Hex);
  value.kind = ValueKind::Symbols;
  value.symbols_ = context.arena.make(symbols);
  return value;
}

}  // namespace tether::decode
