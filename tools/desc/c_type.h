#pragma once
// CType: what the C type of an argument, a member or a pointee tells the resolver.

#include <string>
#include <string_view>

#include "tether/arch/abi.h"

namespace tether::desc {

struct Member;

struct CType {
  std::string name;    ///< without const, __user and the like; of a pointer: the pointee's
  unsigned width = 0;  ///< bytes; 0: nothing is known
  bool is_signed = false;
  bool is_pointer = false;
  bool is_member = false;      ///< of a struct: its bytes lie in memory and end where the member ends
  unsigned element_width = 0;  ///< of an array member; else 0

  bool is_known() const { return width != 0; }
  bool is_struct() const { return !is_pointer && (name.starts_with("struct ") || name.starts_with("union ")); }
  /// Without "struct " or "union ".
  std::string struct_name() const { return is_struct() ? name.substr(name.find(' ') + 1) : name; }
  CType pointee(Abi abi) const;
  /// Of an array member, the type of its elements; of anything else, the same.
  CType element() const;
};

/// "const char __user *"; an empty text is no knowledge.
CType parse_c_type(std::string_view text, Abi abi);
CType c_type_of(const Member& member, Abi abi);
/// Of the memory that a union's name stands for.
CType c_type_of_union(std::string_view name, Abi abi);

}  // namespace tether::desc
