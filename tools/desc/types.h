#pragma once
// Types: the language's types → type nodes, with structs, unions and records among them.

#include <string>
#include <vector>

#include "tools/desc/expressions.h"
#include "tools/desc/kinds.h"
#include "tools/desc/resolution.h"
#include "tools/desc/sets.h"

namespace tether::desc {

class Types {
 public:
  Types(Resolution& resolution, Sets& sets, Expressions& expressions)
      : r_(resolution), sets_(sets), expressions_(expressions) {}

  /// `c_type`: of the argument, member or pointee that the type describes; unknown where there is none.
  decode::TypeId resolve(const TypePtr& type, const Scope* scope, const CType& c_type);
  /// What is not described: a number, or an address.
  decode::TypeId of_c_type(const CType& c_type);
  /// A C struct wherever it is met: as its `struct` item says, else member by member.
  decode::TypeId of_struct(const std::string& c_name, const Scope* scope);

 private:
  using TypeId = decode::TypeId;

  // types.cc: one per alternative of Type::what.
  TypeId make(const NamedType& type, const Type& whole, const Scope* scope, const CType& c_type);
  TypeId make(const FlagsType& type, const Type& whole, const Scope* scope, const CType& c_type);
  TypeId make(const EnumType& type, const Type& whole, const Scope* scope, const CType& c_type);
  TypeId make(const ChoiceType& type, const Type& whole, const Scope* scope, const CType& c_type);
  TypeId make(const IfType& type, const Type& whole, const Scope* scope, const CType& c_type);
  TypeId make(const RecordType& type, const Type& whole, const Scope* scope, const CType& c_type);
  TypeId make(const SeqType& type, const Type& whole, const Scope* scope, const CType& c_type);
  TypeId make(const SkipType& type, const Type& whole, const Scope* scope, const CType& c_type);
  TypeId make(const PointerType& type, const Type& whole, const Scope* scope, const CType& c_type);
  TypeId with_length(TypeId element, const Type& type, const Scope* scope);
  void add_case(const Case& item, TypeId type, const ChoiceType& choice, std::vector<decode::ChoiceCase>& cases);
  bool enter(const void* item, const std::string& name, const Location& at);

  // named_types.cc: kinds, and what the items of the descriptions name.
  TypeId make_kind(const KindName& kind, const NamedType& type, const Location& at, const Scope* scope,
                   const CType& c_type);
  decode::SetId names_of_numbers(const std::string& set, const Location& at);
  unsigned width_of(const KindName& kind, const Location& at, const CType& c_type);
  void check_parameters(const KindName& kind, const NamedType& type, const Location& at);
  TypeId make_item(const TypeItem& item, const Location& at, const Scope* scope, const CType& c_type);
  TypeId make_item(const BitsItem& item, const Location& at, const Scope* scope, const CType& c_type);
  TypeId make_item(const StructItem& item, const Location& at, const Scope* scope, const CType& c_type);
  TypeId make_item(const UnionItem& item, const Location& at, const Scope* scope, const CType& c_type);
  TypeId make_item(const RecordsItem& item, const Location& at, const Scope* scope, const CType& c_type);
  TypeId nothing_called(const std::string& name, const Location& at);

  // pointers.cc
  TypeId default_pointee(const PointerType& type, const Location& at, const Scope* scope, const CType& c_type);
  void check_dirfd(const PointerType& type, const Location& at);

  // structs.cc
  TypeId plain_struct(const std::string& c_name);
  TypeId plain_member(const Member& member);
  TypeId described_struct(const StructItem& item, const Scope* scope);
  TypeId record(const std::vector<Field>& fields, const Layout& layout, const Scope* outer, const ExprPtr& sized);
  std::vector<decode::FieldNode> make_fields(const std::vector<Field>& fields, const Layout& layout,
                                             const Scope& scope);
  TypeId field_type(const Field& field, const Member& member, const Scope& scope);
  TypeId add_struct(const Layout& layout, const std::vector<decode::FieldNode>& fields, decode::ExprId sized);
  TypeId make_records(const RecordsItem& item, const Layout& header, const Scope* scope);

  Resolution& r_;
  Sets& sets_;
  Expressions& expressions_;
  std::vector<const void*> open_items_;    ///< types, unions and records being resolved
  std::vector<std::string> open_structs_;  ///< C names of described structs being resolved
  std::map<std::string, TypeId> plain_structs_;
};

}  // namespace tether::desc
