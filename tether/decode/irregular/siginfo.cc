// siginfo_t: a union whose member follows from the signal and from si_code, in two layouts.
//
// After si_signo, si_errno and si_code the union begins at 16 in the 64-bit layout (its pointers need alignment) and at
// 12 in the 32-bit one; longs, pointers and clock_t have the size of a word (asm-generic/siginfo.h;
// arch/x86/include/asm/compat.h).

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/number.h"
#include "tether/decode/internal/signal_names.h"

namespace tether::decode {
namespace {

constexpr std::int32_t kSiUser = 0;  // the SI_* codes: asm-generic/siginfo.h
constexpr std::int32_t kSiKernel = 0x80;
constexpr std::int32_t kSiQueue = -1;
constexpr std::int32_t kSiTimer = -2;
constexpr std::int32_t kSiMesgq = -3;
constexpr std::int32_t kSiSigio = -5;
constexpr std::int32_t kSiTkill = -6;
constexpr std::int32_t kNsigpoll = 6;  // the last of the POLL_* codes

enum : std::uint32_t {
  kSigill = 4,
  kSigtrap = 5,
  kSigbus = 7,
  kSigfpe = 8,
  kSigsegv = 11,
  kSigchld = 17,
  kSigpoll = 29,
  kSigsys = 31
};

struct CodeSet {
  std::uint32_t signal;
  std::string_view set;  ///< of the descriptions
};
constexpr CodeSet kCodeSets[] = {{kSigill, "sigill_codes"},   {kSigfpe, "sigfpe_codes"},   {kSigsegv, "sigsegv_codes"},
                                 {kSigbus, "sigbus_codes"},   {kSigtrap, "sigtrap_codes"}, {kSigchld, "sigchld_codes"},
                                 {kSigpoll, "sigpoll_codes"}, {kSigsys, "sigsys_codes"}};

constexpr std::size_t union_offset(Abi layout) {
  return layout == Abi::X86_64 ? 16 : 12;
}

/// The union's members, as offsets in words or bytes from its start.
class Reader {
 public:
  Reader(const LeafContext& context, std::span<const std::byte> bytes, Abi layout, std::string_view pid_name)
      : context_(context), bytes_(bytes), pid_name_(pid_name), word_(word_size(layout)), union_(union_offset(layout)) {}

  std::uint64_t head(std::size_t index) const { return load(4 * index, 4); }
  std::uint64_t number(std::size_t offset, unsigned width) const { return load(union_ + offset, width); }
  unsigned word() const { return word_; }

  void add(std::string_view label, Value value) {
    if (count_ < fields_.size()) fields_[count_++] = labelled(label, value);
  }
  void add_signed(std::string_view label, std::size_t offset) {
    add(label, integer(sign_extend(number(offset, 4), 4), NumberStyle::Signed));
  }
  void add_pid(std::string_view label, std::size_t offset) {
    Value pid = integer(sign_extend(number(offset, 4), 4), NumberStyle::Signed);
    pid.is_pid = true;
    pid.name = pid_name_;
    add(label, pid);
  }
  void add_owner(std::size_t offset) {
    add("si_uid", owner_leaf(context_, {.type = {}, .number = number(offset, 4), .width = 4}));
  }
  void add_address(std::string_view label, std::size_t offset) { add(label, address(number(offset, word_))); }

  /// sigval: an int and a pointer share it, and nothing says which is meant.
  void add_value(std::size_t offset) {
    add_signed("si_int", offset);
    add_address("si_ptr", offset);
  }
  /// The field of ticks (100 a second: USER_HZ on x86).
  void add_ticks(std::string_view label, std::size_t offset) {
    const std::uint64_t ticks = sign_extend(number(offset, word_), word_);
    Value value = integer(ticks, NumberStyle::Signed);
    if (ticks != 0 && static_cast<std::int64_t>(ticks) > 0) {
      std::string note = std::to_string(ticks / 100) + "." + std::to_string(100 + ticks % 100).substr(1) + " s";
      value.note = context_.arena.copy(note);
    }
    add(label, value);
  }

  Value finish() const { return record_value(context_.arena, std::span(fields_).first(count_)); }

 private:
  static Value address(std::uint64_t number) {
    Value value;
    value.kind = ValueKind::Address;
    value.number = number;
    return value;
  }
  std::uint64_t load(std::size_t offset, unsigned width) const {
    return offset + width <= bytes_.size() ? load_number(bytes_.data() + offset, width) : 0;
  }

  const LeafContext& context_;
  std::span<const std::byte> bytes_;
  std::string_view pid_name_;
  unsigned word_;
  std::size_t union_;
  std::array<Value, 12> fields_;
  std::size_t count_ = 0;
};

/// True for signals that have codes of their own.
bool has_codes(std::uint32_t signal) {
  return std::ranges::any_of(kCodeSets, [&](const CodeSet& row) { return row.signal == signal; });
}

/// True for what a descriptor sent: SIGPOLL, or the signal that fcntl(2) chose in its place by F_SETSIG. That one has
/// SIGPOLL's codes, or SI_SIGIO where it has codes of its own (kernel/signal.c, siginfo_layout; fs/fcntl.c).
bool is_from_descriptor(std::uint32_t signal, std::int32_t code) {
  if (code == kSiSigio) return true;
  if (code <= kSiUser || code >= kSiKernel) return false;
  return signal == kSigpoll || (code <= kNsigpoll && !has_codes(signal));
}

Value code_value(const LeafContext& context, std::uint32_t signal, std::uint64_t code) {
  std::string_view name = find_name(context.tables, "si_codes", code);
  for (const CodeSet& row : kCodeSets)
    if (name.empty() && row.signal == signal) name = find_name(context.tables, row.set, code);
  if (name.empty() && is_from_descriptor(signal, static_cast<std::int32_t>(code)))
    name = find_name(context.tables, "sigpoll_codes", code);
  if (name.empty()) return integer(code, NumberStyle::Hex);
  return enumerator(context.arena, code, name, {});
}

void add_child(Reader& reader, const LeafContext& context, std::int32_t code) {
  constexpr std::int32_t kCldExited = 1;
  reader.add_pid("si_pid", 0);
  reader.add_owner(4);
  const std::uint64_t status = reader.number(8, 4);
  reader.add("si_status", code == kCldExited ? integer(sign_extend(status, 4), NumberStyle::Signed)
                                             : signal_value(context.arena, status, 4));
  const std::size_t ticks = reader.word() == 8 ? 16 : 12;
  reader.add_ticks("si_utime", ticks);
  reader.add_ticks("si_stime", ticks + reader.word());
}

void add_fault(Reader& reader, std::uint32_t signal, std::int32_t code) {
  constexpr std::int32_t kSegvBnderr = 3;
  constexpr std::int32_t kSegvPkuerr = 4;
  const std::size_t word = reader.word();
  reader.add_address("si_addr", 0);
  if (signal == kSigsegv && code == kSegvBnderr) {
    reader.add_address("si_lower", 2 * word);
    reader.add_address("si_upper", 3 * word);
  }
  if (signal == kSigsegv && code == kSegvPkuerr)
    reader.add("si_pkey", integer(reader.number(2 * word, 4), NumberStyle::Unsigned));
}

void add_poll(Reader& reader, const LeafContext& context) {
  const std::uint64_t band = reader.number(0, reader.word());
  const TypeId events = find_named_type(context.tables, "poll_events");
  const TypeNode& type = context.tables.types[events];
  reader.add("si_band", events != 0 && type.op == TypeOp::Flags
                            ? flags_value(context, context.tables.sets[type.a], band, reader.word())
                            : integer(band, NumberStyle::Signed));
  reader.add_signed("si_fd", reader.word());
}

void add_seccomp(Reader& reader, const LeafContext& context) {
  const std::uint64_t arch = reader.number(reader.word() + 4, 4);
  const std::uint64_t number = reader.number(reader.word(), 4);
  reader.add_address("si_call_addr", 0);
  const bool known = context.tables.has_call(number);
  const std::string name = known ? "__NR_" + std::string(context.tables.string(context.tables.calls[number].name)) : "";
  reader.add("si_syscall", known ? enumerator(context.arena, number, context.arena.copy(name), {})
                                 : integer(number, NumberStyle::Unsigned));
  const std::string_view arch_name = find_name(context.tables, "audit_arch", arch);
  reader.add("si_arch", arch_name.empty() ? integer(arch, NumberStyle::Hex)
                                          : enumerator(context.arena, arch, arch_name, "AUDIT_ARCH_???"));
}

/// What a process or the kernel sent on purpose: told by the code alone, whatever the signal.
bool add_sent(Reader& reader, std::int32_t code) {
  switch (code) {
    case kSiUser:
    case kSiTkill:
      reader.add_pid("si_pid", 0);
      reader.add_owner(4);
      return true;
    case kSiQueue:
    case kSiMesgq:
      reader.add_pid("si_pid", 0);
      reader.add_owner(4);
      reader.add_value(8);
      return true;
    case kSiTimer:
      reader.add("si_timerid", integer(reader.number(0, 4), NumberStyle::Hex));
      reader.add_signed("si_overrun", 4);
      reader.add_value(8);
      return true;
    case kSiKernel:
      return false;
    default:
      if (code > 0) return false;
      reader.add_pid("si_pid", 0);  // any other negative code: sent by rt_sigqueueinfo(2)
      reader.add_owner(4);
      reader.add_value(8);
      return true;
  }
}

}  // namespace

std::int32_t siginfo_pid(std::span<const std::byte> bytes, Abi layout) {
  const std::size_t at = union_offset(layout);
  return at + 4 <= bytes.size() ? static_cast<std::int32_t>(load_number(bytes.data() + at, 4)) : 0;
}

Value siginfo_value(const LeafContext& context, std::span<const std::byte> bytes, Abi layout, std::string_view name) {
  Reader reader(context, bytes, layout, name);
  const auto signal = static_cast<std::uint32_t>(reader.head(0));
  const auto error = static_cast<std::uint32_t>(reader.head(1));
  const auto code = static_cast<std::int32_t>(reader.head(2));
  // waitid(2) says "no child" by a zeroed siginfo.
  if (signal == 0) return reader.finish();
  reader.add("si_signo", signal_value(context.arena, signal, 4));
  reader.add("si_code", code_value(context, signal, reader.head(2)));
  if (error != 0) {
    const std::string_view name = find_name(context.tables, "errno_names", error);
    reader.add("si_errno",
               name.empty() ? integer(error, NumberStyle::Unsigned) : enumerator(context.arena, error, name, {}));
  }
  if (is_from_descriptor(signal, code)) {
    add_poll(reader, context);
    return reader.finish();
  }
  if (add_sent(reader, code)) return reader.finish();
  switch (signal) {
    case kSigchld:
      add_child(reader, context, code);
      break;
    case kSigill:
    case kSigfpe:
    case kSigsegv:
    case kSigbus:
    case kSigtrap:
      add_fault(reader, signal, code);
      break;
    case kSigsys:
      add_seccomp(reader, context);
      break;
    default:
      if (code == kSiKernel) break;
      reader.add_pid("si_pid", 0);
      reader.add_owner(4);
      reader.add_value(8);
      break;
  }
  return reader.finish();
}

Value siginfo_leaf(const LeafContext& context, const Leaf& leaf) {
  return siginfo_value(context, leaf.bytes, context.abi, leaf.text);
}

}  // namespace tether::decode
