#pragma once
// Which types a capture has to walk: those that read memory, look up interfaces, or, if asked for, descriptors and
// processes. Each is found out when it is first asked for, and remembered.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "tether/decode/kind.h"
#include "tether/decode/options.h"
#include "tether/decode/tables.h"

namespace tether::decode {

/// Not thread-safe. The tables must outlive it.
class TypeSurvey {
 public:
  TypeSurvey(const Tables& tables, const DecodeOptions& options)
      : tables_(tables), fd_paths_(options.fd_paths), pid_names_(options.pid_names), state_(tables.types.size()) {}

  /// Whether there is anything to be captured in a value of this type, by following pointers or by asking the kernel.
  bool reads(TypeId id) {
    if (id == 0) return false;
    if (state_[id] != State::Unknown) return state_[id] == State::Reads;
    // A type within itself adds nothing: a cycle is always through a pointer, which reads.
    state_[id] = State::Asked;
    state_[id] = find_out(tables_.types[id]) ? State::Reads : State::Idle;
    return state_[id] == State::Reads;
  }

 private:
  enum class State : std::uint8_t { Unknown, Asked, Idle, Reads };

  bool find_out(const TypeNode& type) {
    switch (type.op) {
      case TypeOp::Pointer:
        return true;
      case TypeOp::Scalar: {
        const auto kind = static_cast<Kind>(type.kind);
        return kind == Kind::IoctlArg || kind == Kind::SockoptValue || kind == Kind::Ifindex ||
               (fd_paths_ && (is_descriptor(kind) || kind == Kind::Fdset)) ||
               (pid_names_ && (kind == Kind::Pid || kind == Kind::Tid || kind == Kind::Siginfo));
      }
      case TypeOp::Array:
        return reads(type.a);
      case TypeOp::If:
        return any({type.b, type.c});
      case TypeOp::Seq:
        return any(tables_.type_lists.subspan(type.a, type.b));
      case TypeOp::Struct:
        return struct_reads(type.a);
      case TypeOp::Records:
        return any({tables_.records[type.a].body}) || struct_reads(tables_.records[type.a].header_struct);
      case TypeOp::Choice:
        return choice_reads(tables_.choices[type.a]);
      default:
        return false;
    }
  }
  bool any(std::span<const TypeId> types) {
    bool result = false;
    for (const TypeId id : types) result = reads(id) || result;
    return result;
  }
  bool any(std::initializer_list<TypeId> types) { return any(std::span(types.begin(), types.size())); }
  bool struct_reads(std::uint32_t index) {
    const StructNode& node = tables_.structs[index];
    bool result = false;
    for (const FieldNode& field : tables_.fields.subspan(node.first_field, node.field_count))
      result = reads(field.type) || result;
    return result;
  }
  bool choice_reads(const ChoiceNode& choice) {
    bool result = reads(choice.otherwise);
    for (const ChoiceCase& c : tables_.cases.subspan(choice.first_case, choice.case_count))
      result = reads(c.type) || result;
    return result;
  }

  const Tables& tables_;
  bool fd_paths_;
  bool pid_names_;
  std::vector<State> state_;
};

}  // namespace tether::decode
