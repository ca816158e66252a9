#pragma once
// Resolver: descriptions and facts made into the tables of one ABI.
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "ast.h"
#include "facts.h"
#include "tether/arch/abi.h"
#include "tether/decode/kind.h"
#include "tether/decode/tables.h"

namespace tether::desc {

using namespace tether::decode;

class StringPool {
 public:
  StringPool() { bytes_.push_back('\0'); }
  StringId add(const std::string& s) {
    if (s.empty()) return 0;
    auto [at, is_new] = ids_.emplace(s, static_cast<StringId>(bytes_.size()));
    if (is_new) { bytes_ += s; bytes_.push_back('\0'); }
    return at->second;
  }
  const std::string& bytes() const { return bytes_; }
 private:
  std::string bytes_;
  std::unordered_map<std::string, StringId> ids_;
};

struct Output {
  std::vector<CallNode> calls; std::vector<CallVariant> variants; std::vector<ArgNode> args; std::vector<TypeNode> types;
  std::vector<TypeId> type_lists; std::vector<ExprNode> exprs; std::vector<StructNode> structs; std::vector<FieldNode> fields;
  std::vector<ChoiceNode> choices; std::vector<ChoiceCase> cases; std::vector<RecordsNode> records; std::vector<SetNode> sets;
  std::vector<SetEntry> set_entries; std::vector<BitsNode> bits; std::vector<BitsPart> bits_parts; std::vector<IoctlNode> ioctls;
  std::vector<SockoptNode> sockopts; std::vector<NamedTypeNode> named_types;
};

struct Layout { long size = 0; std::vector<CField> fields; };

class Resolver {
 public:
  Resolver(Abi abi, const Facts& facts, const File& file, StringPool& strings, std::vector<std::string>& errors);
  Output run();

 private:
  struct Scope { const Layout* layout; const Scope* outer; };
  struct CallContext { const std::vector<Argument>* fixed = nullptr; const std::vector<Argument>* variant = nullptr; std::vector<std::string> labels; int fd_arg = -1; };

  void error(const Location& at, const std::string& what);
  std::optional<std::uint64_t> constant(const std::string& name) const;
  std::vector<std::string> expand(const SetExpr& set, const std::vector<std::string>& cases);
  SetId make_set(const SetExpr& set, bool is_flags, const std::vector<std::string>& cases = {});
  SetId make_set(const std::vector<std::string>& names, bool is_flags, const std::string& tag);
  std::uint32_t make_bits(const BitsItem& bits);
  ExprId expression(const ExprPtr& e, const Scope* scope);
  ExprId push(const ExprNode& node);
  TypeId push(const TypeNode& node);
  TypeId type(const TypePtr& t, const Scope* scope, const std::string& c_type);
  TypeId named(const Type& t, const Scope* scope, const std::string& c_type);
  TypeId pointer(const Type& t, const Scope* scope, const std::string& c_type);
  TypeId choice(const Type& t, const Scope* scope, const std::string& c_type);
  TypeId with_length(TypeId element, const Type& t, const Scope* scope);
  TypeId of_c_type(const std::string& c_type);
  TypeId of_field(const CField& f);
  TypeId struct_type(const StructItem& item, const Scope* scope);
  TypeId plain_struct(const std::string& name);
  TypeId record_type(const std::vector<Field>& fields, const Layout& layout, const Scope* scope, const std::string& name, ExprPtr sized);
  TypeId records_type(const RecordsItem& item, const Scope* scope);
  const Layout* layout_of(const std::string& name);
  std::vector<FieldNode> make_fields(const std::vector<Field>& fields, const Layout& layout, const Scope* inner, const Location& at);
  std::uint8_t flags_of(TypeId id) const { return out_.types[id].flags & (kNeedsExit | kReadsMemory); }
  struct CType { unsigned width; bool is_signed; bool is_pointer; std::string pointee; };
  CType parse_c(std::string c) const;
  void calls();
  void call(std::uint32_t nr, const CallFact& fact);
  std::uint32_t arguments(const std::vector<Argument>& list, const CallFact& fact, unsigned& reg, std::uint8_t& flags, bool undescribed_rest);
  std::uint32_t classes(const CallItem* item, const CallNode& node);
  void ioctls();
  void sockopts();
  void names();

  Abi abi_; int a_; unsigned word_;
  const Facts& facts_;
  const File& file_;
  StringPool& strings_;
  std::vector<std::string>& errors_;
  Output out_;
  std::map<std::string, std::uint64_t> own_constants_;
  std::map<std::string, const SetItem*> sets_by_name_;
  std::map<std::string, const BitsItem*> bits_by_name_;
  std::map<std::string, const TypeItem*> types_by_name_;
  std::map<std::string, const StructItem*> structs_by_name_;
  std::map<std::string, const UnionItem*> unions_by_name_;
  std::map<std::string, const RecordsItem*> records_by_name_;
  std::map<std::string, const CallItem*> calls_by_name_;
  std::map<std::string, Layout> layouts_;
  std::map<std::string, TypeId> plain_structs_;
  std::vector<std::string> active_;
  CallContext context_;
  bool exit_time_ = false;
};

}  // namespace tether::desc
