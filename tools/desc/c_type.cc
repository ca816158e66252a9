#include "tools/desc/c_type.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "tools/desc/layouts.h"

namespace tether::desc {
namespace {

/// Width of an integer type; the ABI's word if 0.
struct Integer {
  std::string_view name;
  unsigned width;
  bool is_signed;
};

// The C types of prototypes that are not a word of either ABI, and the words that are signed. `compat_x` is x on i386.
constexpr auto kIntegers = std::to_array<Integer>({
    {"char", 1, true},
    {"unsigned char", 1, false},
    {"u8", 1, false},
    {"__u8", 1, false},
    {"short", 2, true},
    {"unsigned short", 2, false},
    {"u16", 2, false},
    {"__u16", 2, false},
    {"umode_t", 2, false},
    {"compat_mode_t", 2, false},
    {"old_uid_t", 2, false},
    {"old_gid_t", 2, false},
    {"int", 4, true},
    {"unsigned int", 4, false},
    {"unsigned", 4, false},
    {"uint32_t", 4, false},
    {"u32", 4, false},
    {"__u32", 4, false},
    {"s32", 4, true},
    {"__s32", 4, true},
    {"pid_t", 4, true},
    {"uid_t", 4, false},
    {"gid_t", 4, false},
    {"qid_t", 4, false},
    {"key_t", 4, true},
    {"key_serial_t", 4, true},
    {"mqd_t", 4, true},
    {"timer_t", 4, true},
    {"clockid_t", 4, true},
    {"rwf_t", 4, false},
    {"compat_int_t", 4, true},
    {"compat_uint_t", 4, false},
    {"compat_long_t", 4, true},
    {"compat_ulong_t", 4, false},
    {"compat_size_t", 4, false},
    {"compat_ssize_t", 4, true},
    {"compat_pid_t", 4, true},
    {"compat_off_t", 4, true},
    {"compat_time_t", 4, true},
    {"compat_uptr_t", 4, false},
    {"compat_aio_context_t", 4, false},
    {"enum landlock_rule_type", 4, false},
    {"loff_t", 8, true},
    {"compat_loff_t", 8, true},
    {"u64", 8, false},
    {"__u64", 8, false},
    {"s64", 8, true},
    {"__s64", 8, true},
    {"long long", 8, true},
    {"unsigned long long", 8, false},
    {"long", 0, true},
    {"ssize_t", 0, true},
    {"off_t", 0, true},
    {"time_t", 0, true},
    {"__kernel_old_time_t", 0, true},
});

bool is_qualifier(std::string_view word) {
  return word == "const" || word == "volatile" || word == "__user";
}

}  // namespace

CType CType::pointee(Abi abi) const {
  return is_pointer ? parse_c_type(name, abi) : CType{};
}

CType CType::element() const {
  CType one = *this;
  if (element_width != 0) one.width = element_width;
  one.element_width = 0;
  return one;
}

CType parse_c_type(std::string_view text, Abi abi) {
  CType type;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty() && !is_qualifier(word)) type.name += (type.name.empty() ? "" : " ") + word;
    word.clear();
  };
  for (const char c : text) {
    if (c != ' ' && c != '*') {
      word += c;
      continue;
    }
    end_word();
    type.is_pointer |= c == '*';
  }
  end_word();
  if (type.name.empty()) return {};
  type.width = word_size(abi);
  const auto* integer = std::ranges::find(kIntegers, type.name, &Integer::name);
  if (type.is_pointer || integer == kIntegers.end()) return type;
  if (integer->width != 0) type.width = integer->width;
  type.is_signed = integer->is_signed;
  return type;
}

CType c_type_of(const Member& member, Abi abi) {
  CType type;
  if (member.kind == 'p' || member.kind == 'S')
    type = parse_c_type(member.c_type, abi);
  else
    type = {.width = std::clamp(member.size, 1u, 8u), .is_signed = member.kind == 's'};
  type.is_member = true;
  if (member.is_array() && member.element_count() != 0) type.element_width = member.size / member.element_count();
  return type;
}

CType c_type_of_union(std::string_view name, Abi abi) {
  return {.name = "union " + std::string(name), .width = word_size(abi)};
}

}  // namespace tether::desc
