#include "resolver.h"

#include <algorithm>
#include <bit>
#include <fnmatch.h>
#include <set>

#include "tether/event/syscall_class.h"

namespace tether::desc {
namespace {
struct KindName { const char* name; Kind kind; unsigned width; bool is_text; };
const KindName kKinds[] = {
#define X(name, Name, width) {#name, Kind::Name, width, false},
    TETHER_SCALAR_KINDS(X)
#undef X
#define X(name, Name) {#name, Kind::Name, 0, true},
    TETHER_TEXT_KINDS(X)
#undef X
};
const KindName* find_kind(const std::string& n) { for (auto& k : kKinds) if (n == k.name) return &k; return nullptr; }
bool is_signed_kind(Kind k) { switch (k) { case Kind::Int: case Kind::Long: case Kind::Loff: case Kind::S8: case Kind::S16: case Kind::S32: case Kind::S64: case Kind::Fd: case Kind::Dirfd: case Kind::Pid: case Kind::Tid: case Kind::Pgid: case Kind::Signal: case Kind::Clockid: case Kind::Epoch: return true; default: return false; } }
std::string tag_of(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::string p = names[0];
  for (auto& n : names) { std::size_t i = 0; while (i < p.size() && i < n.size() && p[i] == n[i]) ++i; p.resize(i); }
  if (p.find('_') == std::string::npos) p = names[0].substr(0, names[0].find('_') + 1);
  const auto u = p.rfind('_');
  return u == std::string::npos ? "" : p.substr(0, u + 1) + "???";
}
}  // namespace

Resolver::Resolver(Abi abi, const Facts& facts, const File& file, StringPool& strings, std::vector<std::string>& errors)
    : abi_(abi), a_(static_cast<int>(abi)), word_(word_size(abi)), facts_(facts), file_(file), strings_(strings), errors_(errors) {
  for (auto& s : file.sets) sets_by_name_[s.name] = &s;
  for (auto& s : file.bits) bits_by_name_[s.name] = &s;
  for (auto& s : file.types) types_by_name_[s.name] = &s;
  for (auto& s : file.structs) structs_by_name_[s.name] = &s;
  for (auto& s : file.unions) unions_by_name_[s.name] = &s;
  for (auto& s : file.records) records_by_name_[s.name] = &s;
  for (auto& c : file.calls) for (auto& n : c.names) calls_by_name_[n] = &c;
  out_.types.emplace_back();
  out_.exprs.emplace_back();
  for (auto& l : file.layouts) {
    Layout layout; long at = 0, align = 1;
    for (auto& [n, t] : l.fields) {
      long size = 0; char kind = 'u';
      if (t == "ptr") { size = word_; kind = 'p'; } else if (t == "ulong") size = word_; else if (t == "long") { size = word_; kind = 's'; }
      else { size = std::stol(t.substr(1)) / 8; kind = t[0]; }
      const long al = (abi_ == Abi::I386 && size == 8) ? 4 : size;
      at = (at + al - 1) / al * al; align = std::max(align, al);
      CField f; f.name = n; f.offset[0] = f.offset[1] = at; f.size[0] = f.size[1] = size; f.kind = kind; f.c_type = t; layout.fields.push_back(f);
      at += size;
    }
    layout.size = (at + align - 1) / align * align;
    layouts_[l.name] = layout;
  }
}
void Resolver::error(const Location& at, const std::string& what) { const std::string m = at.file + ":" + std::to_string(at.line) + ": " + what; if (std::find(errors_.begin(), errors_.end(), m) == errors_.end()) errors_.push_back(m); }
std::optional<std::uint64_t> Resolver::constant(const std::string& name) const {
  if (auto own = own_constants_.find(name); own != own_constants_.end()) return own->second;
  if (!name.empty() && name[0] >= '0' && name[0] <= '9') return std::strtoull(name.c_str(), nullptr, 0);
  auto c = facts_.constants.find(name);
  return c == facts_.constants.end() ? std::nullopt : c->second.value[a_];
}
std::vector<std::string> Resolver::expand(const SetExpr& set, const std::vector<std::string>& cases) {
  std::vector<std::string> names;
  for (auto& term : set.terms) {
    std::vector<std::string> found;
    const auto glob = [&](const std::string& pattern) {
      for (auto& h : set.headers) if (auto in = facts_.headers.find(h); in != facts_.headers.end())
        for (auto& n : in->second) if (fnmatch(pattern.c_str(), n.c_str(), 0) == 0) found.push_back(n);
    };
    switch (term.kind) {
      case SetTerm::Kind::Glob: glob(term.name); if (found.empty() && !term.is_subtracted) error(term.at, "pattern '" + term.name + "' matches no constant in the headers named by 'from'"); break;
      case SetTerm::Kind::List: for (auto& i : term.items) { if (i.find('*') != std::string::npos) { if (term.is_subtracted) { for (auto& n : names) if (fnmatch(i.c_str(), n.c_str(), 0) == 0) found.push_back(n); } else glob(i); } else { if (!term.is_subtracted && !facts_.constants.contains(i) && !own_constants_.contains(i)) error(term.at, "no constant '" + i + "'"); found.push_back(i); } } break;
      case SetTerm::Kind::CEnum: { auto e = facts_.enums.find(term.name); if (e == facts_.enums.end()) error(term.at, "no C enum '" + term.name + "'"); else found = e->second; break; }
      case SetTerm::Kind::Named: { auto s = sets_by_name_.find(term.name); if (s == sets_by_name_.end()) error(term.at, "no set '" + term.name + "'"); else found = expand(s->second->set, {}); break; }
      case SetTerm::Kind::Cases: found = cases; break;
    }
    if (term.is_subtracted) std::erase_if(names, [&](auto& n) { return std::find(found.begin(), found.end(), n) != found.end() || (term.kind == SetTerm::Kind::Glob && fnmatch(term.name.c_str(), n.c_str(), 0) == 0); });
    else for (auto& n : found) if (std::find(names.begin(), names.end(), n) == names.end()) names.push_back(n);
  }
  return names;
}
SetId Resolver::make_set(const SetExpr& set, bool is_flags, const std::vector<std::string>& cases) { auto names = expand(set, cases); return make_set(names, is_flags, tag_of(names)); }
SetId Resolver::make_set(const std::vector<std::string>& names, bool is_flags, const std::string& tag) {
  std::vector<SetEntry> entries;
  std::set<std::uint64_t> seen;
  for (auto& n : names) if (auto v = constant(n); v && seen.insert(*v).second) entries.push_back({*v, strings_.add(n)});
  if (is_flags) std::stable_sort(entries.begin(), entries.end(), [](auto& x, auto& y) { return (std::popcount(x.value) > 1) > (std::popcount(y.value) > 1); });
  else std::sort(entries.begin(), entries.end(), [](auto& x, auto& y) { return x.value < y.value; });
  out_.sets.push_back({static_cast<std::uint32_t>(out_.set_entries.size()), static_cast<std::uint32_t>(entries.size()), strings_.add(tag), !is_flags});
  out_.set_entries.insert(out_.set_entries.end(), entries.begin(), entries.end());
  return static_cast<SetId>(out_.sets.size() - 1);
}
std::uint32_t Resolver::make_bits(const BitsItem& bits) {
  std::vector<BitsPart> parts;
  for (auto& p : bits.parts) {
    if (p.kind == BitsPartItem::Kind::Enum) { ExprId e = expression(p.mask, nullptr); parts.push_back({BitsPartOp::Enum, make_set(p.set, false), out_.exprs[e].value}); }
    else if (p.kind == BitsPartItem::Kind::Octal || p.kind == BitsPartItem::Kind::Decimal) parts.push_back({p.kind == BitsPartItem::Kind::Octal ? BitsPartOp::Octal : BitsPartOp::Decimal, 0, out_.exprs[expression(p.mask, nullptr)].value});
    else if (p.kind == BitsPartItem::Kind::Shifted) parts.push_back({BitsPartOp::Shifted, strings_.add(p.shift), out_.exprs[expression(p.mask, nullptr)].value});
    else if (p.kind == BitsPartItem::Kind::Flags) parts.push_back({BitsPartOp::Flags, make_set(p.set, true), 0});
    else {
      const auto first = static_cast<std::uint32_t>(out_.set_entries.size());
      for (auto& [n, s] : p.fused) out_.set_entries.push_back({constant(n).value_or(0), strings_.add(s)});
      out_.sets.push_back({first, static_cast<std::uint32_t>(p.fused.size()), 0, false});
      parts.push_back({BitsPartOp::Fuse, static_cast<SetId>(out_.sets.size() - 1), 0});
    }
  }
  out_.bits.push_back({static_cast<std::uint32_t>(out_.bits_parts.size()), static_cast<std::uint32_t>(parts.size())});
  out_.bits_parts.insert(out_.bits_parts.end(), parts.begin(), parts.end());
  return static_cast<std::uint32_t>(out_.bits.size() - 1);
}
ExprId Resolver::push(const ExprNode& n) { out_.exprs.push_back(n); return static_cast<ExprId>(out_.exprs.size() - 1); }
TypeId Resolver::push(const TypeNode& n) { out_.types.push_back(n); return static_cast<TypeId>(out_.types.size() - 1); }
ExprId Resolver::expression(const ExprPtr& e, const Scope* scope) {
  if (!e) return 0;
  if (e->kind == Expr::Kind::Number) return push(ExprNode{.op = ExprOp::Constant, .value = e->number});
  if (e->kind == Expr::Kind::Unary) { const ExprId x = expression(e->left, scope); if (e->name == "~") { if (out_.exprs[x].op != ExprOp::Constant) error(e->at, "~ needs a constant"); return push(ExprNode{.op = ExprOp::Constant, .value = ~out_.exprs[x].value}); } if (e->name == "-") return push(ExprNode{.op = ExprOp::Sub, .a = push(ExprNode{.op = ExprOp::Constant}), .b = x}); return push(ExprNode{.op = ExprOp::Not, .a = x}); }
  if (e->kind == Expr::Kind::Binary) {
    static const std::map<std::string, ExprOp> kOps{{"&", ExprOp::BitAnd}, {"|", ExprOp::BitOr}, {"+", ExprOp::Add}, {"-", ExprOp::Sub}, {"<<", ExprOp::ShiftLeft}, {">>", ExprOp::ShiftRight}, {"==", ExprOp::Equal}, {"!=", ExprOp::NotEqual}, {"<", ExprOp::Less}, {">", ExprOp::Greater}, {"<=", ExprOp::LessEqual}, {">=", ExprOp::GreaterEqual}, {"has", ExprOp::Has}, {"&&", ExprOp::And}, {"||", ExprOp::Or}};
    const ExprId l = expression(e->left, scope), r = expression(e->right, scope);
    const ExprOp op = kOps.at(e->name);
    if (out_.exprs[l].op == ExprOp::Constant && out_.exprs[r].op == ExprOp::Constant) {
      const std::uint64_t x = out_.exprs[l].value, y = out_.exprs[r].value;
      std::optional<std::uint64_t> v;
      if (op == ExprOp::BitOr) v = x | y; else if (op == ExprOp::BitAnd) v = x & y; else if (op == ExprOp::Add) v = x + y; else if (op == ExprOp::ShiftLeft) v = x << y; else if (op == ExprOp::Sub) v = x - y;
      if (v) return push(ExprNode{.op = ExprOp::Constant, .value = *v});
    }
    return push(ExprNode{.op = op, .a = l, .b = r});
  }
  if (e->kind == Expr::Kind::Member) {
    const Layout* layout = layout_of(e->name);
    if (layout) for (auto& f : layout->fields) if (f.name == e->member) return push(ExprNode{.op = ExprOp::Here, .a = static_cast<std::uint32_t>(f.offset[a_]), .b = static_cast<std::uint32_t>(f.size[a_]) | (f.kind == 's' ? kSignedField : 0)});
    error(e->at, "no member '" + e->name + "." + e->member + "'");
    return 0;
  }
  const std::string& n = e->name;
  if (n == "failed") return push(ExprNode{.op = ExprOp::Failed});
  if (n == "available") return push(ExprNode{.op = ExprOp::Available});
  if (n == "ret") { exit_time_ = true; return push(ExprNode{.op = ExprOp::Ret}); }
  if (n == "netlink_of_fd" || n == "family_of_fd") return push(ExprNode{.op = ExprOp::HostQuery, .a = n[0] == 'n' ? 0u : 1u, .b = push(ExprNode{.op = ExprOp::Arg, .a = 0})});
  std::uint8_t level = 0;
  for (const Scope* s = scope; s; s = s->outer, ++level)
    if (s->layout) for (auto& f : s->layout->fields) if (f.name == n && f.offset[a_] >= 0 && f.bits != 0)
      return push(ExprNode{.op = ExprOp::BitAnd, .a = push(ExprNode{.op = ExprOp::ShiftRight, .a = push(ExprNode{.op = ExprOp::Field, .level = level, .a = static_cast<std::uint32_t>(f.offset[a_]), .b = 1}), .b = push(ExprNode{.op = ExprOp::Constant, .value = static_cast<std::uint64_t>(f.bit_offset[a_])})}), .b = push(ExprNode{.op = ExprOp::Constant, .value = (1ull << f.bits) - 1})});
    else if (f.name == n && f.offset[a_] >= 0)
      return push(ExprNode{.op = ExprOp::Field, .level = level, .a = static_cast<std::uint32_t>(f.offset[a_]), .b = static_cast<std::uint32_t>(std::min(8l, f.size[a_])) | (f.kind == 's' ? kSignedField : 0)});
  std::uint32_t index = 0;
  for (auto* list : {context_.fixed, context_.variant}) {
    if (!list) continue;
    for (auto& arg : *list) {
      if (arg.name == n) {
        const ExprId value = push(ExprNode{.op = ExprOp::Arg, .a = index});
        if (arg.type && arg.type->kind == Type::Kind::Pointer && arg.type->is_in && arg.type->is_out && arg.type->pointee && arg.type->pointee->kind == Type::Kind::Name && arg.type->pointee->name == "int")
          return push(ExprNode{.op = ExprOp::Deref, .a = value, .b = 4});
        return value;
      }
      ++index;
    }
  }
  if (auto v = constant(n)) return push(ExprNode{.op = ExprOp::Constant, .value = *v});
  error(e->at, "nothing is called '" + n + "' here");
  return 0;
}
Resolver::CType Resolver::parse_c(std::string c) const {
  std::string t;
  bool pointer = false;
  std::string word;
  std::vector<std::string> w;
  for (char ch : c + " ") { if (ch == ' ' || ch == '*') { if (!word.empty()) w.push_back(word); word.clear(); if (ch == '*') pointer = true; } else word += ch; }
  std::erase_if(w, [](auto& x) { return x == "const" || x == "__user" || x == "volatile"; });
  for (auto& x : w) t += (t.empty() ? "" : " ") + x;
  if (pointer) return {word_, false, true, t};
  static const std::map<std::string, std::pair<unsigned, bool>> kTypes{{"int", {4, true}}, {"unsigned int", {4, false}}, {"unsigned", {4, false}}, {"uint32_t", {4, false}}, {"u32", {4, false}}, {"__u32", {4, false}}, {"s8", {1, true}}, {"s16", {2, true}}, {"s32", {4, true}}, {"__s32", {4, true}}, {"pid_t", {4, true}}, {"uid_t", {4, false}}, {"gid_t", {4, false}}, {"qid_t", {4, false}}, {"key_t", {4, true}}, {"key_serial_t", {4, true}}, {"mqd_t", {4, true}}, {"timer_t", {4, true}}, {"clockid_t", {4, true}}, {"rwf_t", {4, false}}, {"umode_t", {2, false}}, {"old_uid_t", {2, false}}, {"old_gid_t", {2, false}}, {"short", {2, true}}, {"char", {1, true}}, {"loff_t", {8, true}}, {"u64", {8, false}}, {"__u64", {8, false}}, {"s64", {8, true}}, {"__s64", {8, true}}, {"u8", {1, false}}, {"__u8", {1, false}}, {"u16", {2, false}}, {"__u16", {2, false}}, {"unsigned long long", {8, false}}, {"long long", {8, true}}, {"compat_int_t", {4, true}}, {"compat_uint_t", {4, false}}, {"compat_long_t", {4, true}}, {"compat_ulong_t", {4, false}}, {"compat_size_t", {4, false}}, {"compat_ssize_t", {4, true}}, {"compat_pid_t", {4, true}}, {"compat_off_t", {4, true}}, {"compat_loff_t", {8, true}}, {"compat_aio_context_t", {4, false}}, {"compat_time_t", {4, true}}, {"compat_mode_t", {2, false}}, {"compat_uptr_t", {4, false}}, {"unsigned char", {1, false}}, {"unsigned short", {2, false}}, {"enum landlock_rule_type", {4, false}}};
  if (auto k = kTypes.find(t); k != kTypes.end()) return {k->second.first, k->second.second, false, ""};
  const bool is_signed = t == "long" || t == "ssize_t" || t == "off_t" || t == "time_t" || t == "__kernel_old_time_t";
  return {word_, is_signed, false, t};
}
TypeId Resolver::of_c_type(const std::string& c) {
  if (c.empty()) return push(TypeNode{.op = TypeOp::Scalar, .kind = static_cast<std::uint8_t>(Kind::Hex), .width = static_cast<std::uint8_t>(word_)});
  const CType t = parse_c(c);
  const Kind kind = t.is_pointer ? Kind::Addr : t.is_signed ? Kind::Long : Kind::Ulong;
  return push(TypeNode{.op = TypeOp::Scalar, .kind = static_cast<std::uint8_t>(kind), .width = static_cast<std::uint8_t>(t.width), .flags = static_cast<std::uint8_t>(t.is_signed ? kSigned : 0)});
}
const Layout* Resolver::layout_of(const std::string& name) {
  if (auto l = layouts_.find(name); l != layouts_.end()) return &l->second;
  std::string n = name;
  if (!facts_.structs.contains(n) && n.starts_with("compat_")) n = n.substr(7);
  auto s = facts_.structs.find(n);
  if (s == facts_.structs.end()) return nullptr;
  Layout layout; layout.size = s->second.size[a_]; layout.fields = s->second.fields;
  if (layout.size < 0) return nullptr;
  std::erase_if(layout.fields, [&](auto& f) { return f.offset[a_] < 0; });
  return &(layouts_[name] = layout);
}
TypeId Resolver::of_field(const CField& f) {
  long count = 1;
  for (long c : f.counts) count *= c;
  const long size = f.size[a_];
  const bool array = !f.counts.empty();
  const long element = array && count > 0 ? size / count : size;
  TypeId id = 0;
  if (f.kind == 'c' && array) return push(TypeNode{.op = TypeOp::Text, .kind = static_cast<std::uint8_t>(Kind::Chars), .a = push(ExprNode{.op = ExprOp::Constant, .value = static_cast<std::uint64_t>(count)}), .c = static_cast<std::uint32_t>(LengthMode::Given)});
  if (f.kind == 'S') {
    std::string n = f.c_type;
    for (const char* p : {"struct ", "union "}) if (n.starts_with(p)) n = n.substr(std::string(p).size());
    if (auto b = n.find(' '); b != std::string::npos) n = n.substr(0, b);
    if (auto s = structs_by_name_.find(n); s != structs_by_name_.end() && std::find(active_.begin(), active_.end(), n) == active_.end()) id = struct_type(*s->second, nullptr);
    else id = plain_struct(n);
  } else {
    const Kind kind = f.kind == 'p' ? Kind::Addr : f.kind == 's' || f.kind == 'c' ? Kind::Long : Kind::Ulong;
    id = push(TypeNode{.op = TypeOp::Scalar, .kind = static_cast<std::uint8_t>(kind), .width = static_cast<std::uint8_t>(std::min(8l, std::max(1l, element))), .flags = static_cast<std::uint8_t>(f.kind == 's' || f.kind == 'c' ? kSigned : 0)});
  }
  if (!array) return id;
  return push(TypeNode{.op = TypeOp::Array, .flags = flags_of(id), .a = id, .b = push(ExprNode{.op = ExprOp::Constant, .value = static_cast<std::uint64_t>(std::max(0l, count))}), .c = static_cast<std::uint32_t>(LengthMode::Given)});
}
TypeId Resolver::plain_struct(const std::string& name) {
  if (auto k = plain_structs_.find(name); k != plain_structs_.end()) return k->second;
  const Layout* layout = layout_of(name);
  if (!layout) return push(TypeNode{.op = TypeOp::Scalar, .kind = static_cast<std::uint8_t>(Kind::Addr), .width = static_cast<std::uint8_t>(word_)});
  plain_structs_[name] = 0;
  const Layout copy = *layout;
  std::vector<FieldNode> fields;
  for (auto& f : copy.fields) {
    if (f.alt) continue;
    FieldNode n;
    n.label = strings_.add(f.name); n.offset = static_cast<std::uint32_t>(f.offset[a_]);
    n.type = of_field(f);
    if (f.bits) { n.bit_offset = static_cast<std::uint8_t>(f.bit_offset[a_]); n.bit_width = static_cast<std::uint8_t>(f.bits); }
    for (const char* p : {"pad", "reserved", "spare", "unused"}) if (f.name.find(p) != std::string::npos) n.skip_if_zero = true;
    if (n.type) fields.push_back(n);
  }
  std::uint8_t flags = 0;
  for (auto& f : fields) flags |= flags_of(f.type);
  StructNode s; s.name = strings_.add(name); s.first_field = static_cast<std::uint32_t>(out_.fields.size()); s.field_count = static_cast<std::uint32_t>(fields.size()); s.size = static_cast<std::uint32_t>(copy.size);
  out_.fields.insert(out_.fields.end(), fields.begin(), fields.end());
  out_.structs.push_back(s);
  return plain_structs_[name] = push(TypeNode{.op = TypeOp::Struct, .flags = flags, .a = static_cast<std::uint32_t>(out_.structs.size() - 1)});
}
std::vector<FieldNode> Resolver::make_fields(const std::vector<Field>& fields, const Layout& layout, const Scope* inner, const Location&) {
  std::vector<FieldNode> nodes;
  for (auto& f : fields) {
    const CField* c = nullptr;
    for (auto& x : layout.fields) if (x.name == f.name) c = &x;
    if (!c) { if (abi_ == Abi::X86_64) error(f.at, "no member '" + f.name + "'"); continue; }
    FieldNode n;
    n.label = strings_.add(f.shown);
    n.offset = static_cast<std::uint32_t>(c->offset[a_]);
    n.only_verbose = f.is_full;
    n.condition = expression(f.condition, inner);
    if (!f.type) n.type = of_field(*c);
    else {
      const std::string c_type = c->kind == 'p' ? c->c_type : c->kind == 'S' ? c->c_type : (c->kind == 's' ? "s" : "u") + std::to_string(std::min(8l, c->size[a_]) * 8);
      auto t = f.type;
      n.type = type(t, inner, c_type);
      TypeNode& node = out_.types[n.type];
      if ((node.op == TypeOp::Text) && node.c == static_cast<std::uint32_t>(LengthMode::Available) && node.a == 0 && c->size[a_] != 0) { node.a = push(ExprNode{.op = ExprOp::Constant, .value = static_cast<std::uint64_t>(c->size[a_])}); out_.types[n.type].c = static_cast<std::uint32_t>(LengthMode::Given); }
    }
    if (c->bits) { n.bit_offset = static_cast<std::uint8_t>(c->bit_offset[a_]); n.bit_width = static_cast<std::uint8_t>(c->bits); }
    nodes.push_back(n);
  }
  return nodes;
}
TypeId Resolver::record_type(const std::vector<Field>& fields, const Layout& layout, const Scope* scope, const std::string& name, ExprPtr sized) {
  const Layout copy = layout;
  const Scope inner{&copy, scope};
  auto nodes = make_fields(fields, copy, &inner, {});
  std::uint8_t flags = 0;
  for (auto& f : nodes) flags |= flags_of(f.type);
  StructNode s; s.name = strings_.add(name); s.size = static_cast<std::uint32_t>(copy.size); s.sized = expression(sized, &inner);
  s.first_field = static_cast<std::uint32_t>(out_.fields.size()); s.field_count = static_cast<std::uint32_t>(nodes.size());
  out_.fields.insert(out_.fields.end(), nodes.begin(), nodes.end());
  out_.structs.push_back(s);
  return push(TypeNode{.op = TypeOp::Struct, .flags = flags, .a = static_cast<std::uint32_t>(out_.structs.size() - 1)});
}
TypeId Resolver::struct_type(const StructItem& item, const Scope* scope) {
  const StructItem* source = &item;
  if (!item.has_fields) { auto s = structs_by_name_.find(item.same_as); if (s == structs_by_name_.end()) { error(item.at, "no struct '" + item.same_as + "'"); return 0; } source = s->second; }
  const Layout* layout = layout_of(item.c_name);
  if (!layout) { if (abi_ == Abi::X86_64 && !item.c_name.ends_with("64")) error(item.at, "no struct '" + item.c_name + "' in facts or layouts"); return plain_struct(item.c_name); }
  active_.push_back(item.c_name);
  const TypeId id = record_type(source->fields, *layout, scope, item.c_name, source->sized);
  active_.pop_back();
  return id;
}
TypeId Resolver::records_type(const RecordsItem& item, const Scope* scope) {
  const Layout* layout = layout_of(item.header);
  if (!layout) { error(item.at, "no struct '" + item.header + "'"); return 0; }
  const Layout copy = *layout;
  const Scope inner{&copy, scope};
  RecordsNode r;
  const TypeId head = record_type(item.fields, copy, scope, item.header, nullptr);
  r.header_struct = out_.types[head].a;
  r.header_size = static_cast<std::uint32_t>(copy.size);
  if (item.header == "kernel_dirent64") r.header_size = 19;
  for (auto& f : copy.fields) if (f.name == item.length_field) { r.length_offset = static_cast<std::uint32_t>(f.offset[a_]); r.length_width = static_cast<std::uint8_t>(f.size[a_]); }
  r.align = item.align == "long" ? static_cast<std::uint8_t>(word_) : item.align.empty() ? 1 : static_cast<std::uint8_t>(std::stoi(item.align));
  r.body_label = strings_.add(item.body_label);
  if (item.body) r.body = type(item.body, &inner, "");
  r.brief = strings_.add(item.brief);
  out_.records.push_back(r);
  return push(TypeNode{.op = TypeOp::Records, .a = static_cast<std::uint32_t>(out_.records.size() - 1)});
}
TypeId Resolver::with_length(TypeId element, const Type& t, const Scope* scope) {
  if (t.length == Length::None) return element;
  const TypeNode node = out_.types[element];
  const LengthMode mode = t.length == Length::Ret ? LengthMode::Ret : t.length == Length::WithinRet ? LengthMode::WithinRet : t.length == Length::Available ? LengthMode::Available : LengthMode::Given;
  const ExprId count = expression(t.count, scope);
  const std::uint8_t more = mode == LengthMode::Ret || mode == LengthMode::WithinRet ? kNeedsExit : 0;
  if (node.op == TypeOp::Text) { out_.types[element].a = count; out_.types[element].c = static_cast<std::uint32_t>(mode); out_.types[element].flags |= more; return element; }
  if (node.op == TypeOp::Records) return element;
  if (node.op == TypeOp::Scalar && node.kind == static_cast<std::uint8_t>(Kind::Sigset)) {
    if (out_.exprs[count].op == ExprOp::Constant && count != 0) out_.types[element].width = static_cast<std::uint8_t>(out_.exprs[count].value);
    return element;
  }
  return push(TypeNode{.op = TypeOp::Array, .flags = static_cast<std::uint8_t>(flags_of(element) | more), .a = element, .b = count, .c = static_cast<std::uint32_t>(mode)});
}
TypeId Resolver::named(const Type& t, const Scope* scope, const std::string& c_type) {
  const std::string& n = t.name;
  if (auto x = types_by_name_.find(n); x != types_by_name_.end()) return type(x->second->type, scope, c_type);
  if (auto x = bits_by_name_.find(n); x != bits_by_name_.end()) { const CType c = parse_c(c_type); const auto b = make_bits(*x->second); return push(TypeNode{.op = TypeOp::Bits, .width = static_cast<std::uint8_t>(c.is_pointer || c_type.empty() ? 4 : c.width), .a = b}); }
  if (const KindName* k = find_kind(n)) {
    if (k->is_text) return push(TypeNode{.op = TypeOp::Text, .kind = static_cast<std::uint8_t>(k->kind), .c = static_cast<std::uint32_t>(LengthMode::Available)});
    unsigned width = k->width;
    bool is_signed = is_signed_kind(k->kind);
    const CType c = parse_c(c_type);
    if (width == 0) width = c_type.empty() ? word_ : c.width;
    if (scope && scope->layout && !c_type.empty() && !c.is_pointer && k->kind != Kind::Sigset && k->kind != Kind::Inet6 && k->kind != Kind::EpollData && c.width < width) width = c.width;
    if (scope && !c_type.empty() && !c.is_pointer && (k->kind == Kind::Uid || k->kind == Kind::Gid || k->kind == Kind::Pid)) width = c.width;
    if (k->kind == Kind::Siginfo || k->kind == Kind::UnixPath || k->kind == Kind::Mac || (c_type.empty() && k->kind == Kind::InetOf)) width = 0;
    TypeNode node{.op = TypeOp::Scalar, .kind = static_cast<std::uint8_t>(k->kind), .width = static_cast<std::uint8_t>(width), .flags = static_cast<std::uint8_t>(is_signed ? kSigned : 0)};
    if (!t.arguments.empty()) node.a = expression(t.arguments[0], scope);
    if (t.arguments.size() > 1) node.b = expression(t.arguments[1], scope);
    if (!t.text.empty()) node.a = strings_.add(t.text);
    if (!t.text_set.empty()) { auto s = sets_by_name_.find(t.text_set); if (s == sets_by_name_.end()) error(t.at, "no set '" + t.text_set + "'"); else node.b = make_set(s->second->set, false) + 1; }
    if (k->kind == Kind::Clockid) if (auto s = sets_by_name_.find("clockids"); s != sets_by_name_.end()) node.a = make_set(s->second->set, false);
    if (k->kind == Kind::Fd || k->kind == Kind::Dirfd) node.flags |= 0;
    return push(node);
  }
  if (auto x = structs_by_name_.find(n); x != structs_by_name_.end()) {
    if (std::count(active_.begin(), active_.end(), x->second->c_name) > 2) return plain_struct(x->second->c_name);
    return struct_type(*x->second, scope);
  }
  if (auto x = unions_by_name_.find(n); x != unions_by_name_.end()) { Type c = *x->second->choice; if (const Layout* l = layout_of(n)) { static std::map<std::string, Layout> keep; const Layout& copy = keep[n + std::to_string(a_)] = *l; const Scope inner{&copy, scope}; return choice(c, &inner, n); } return choice(c, scope, n); }
  if (auto x = records_by_name_.find(n); x != records_by_name_.end()) return records_type(*x->second, scope);
  if (layout_of(n)) return plain_struct(n);
  error(t.at, "no type, struct or kind is called '" + n + "'");
  return 0;
}
TypeId Resolver::choice(const Type& t, const Scope* scope, const std::string& c_type) {
  ChoiceNode node;
  node.key = expression(t.keys[0], scope);
  if (t.keys.size() > 1) node.second_key = expression(t.keys[1], scope);
  std::vector<ChoiceCase> cases;
  std::uint8_t flags = 0;
  for (auto& c : t.cases) {
    const TypeId id = type(c.type, scope, c_type);
    flags |= flags_of(id);
    if (c.labels.empty()) node.otherwise = id;
    for (auto& label : c.labels) {
      const auto key = constant(label[0]);
      if (!key) { if (!facts_.constants.contains(label[0])) error(c.at, "no constant '" + label[0] + "'"); continue; }
      cases.push_back({*key, label.size() > 1 ? constant(label[1]).value_or(0) : 0, id});
    }
  }
  std::stable_sort(cases.begin(), cases.end(), [](auto& x, auto& y) { return std::pair(x.key, x.second_key) < std::pair(y.key, y.second_key); });
  node.first_case = static_cast<std::uint32_t>(out_.cases.size());
  node.case_count = static_cast<std::uint32_t>(cases.size());
  out_.cases.insert(out_.cases.end(), cases.begin(), cases.end());
  out_.choices.push_back(node);
  return push(TypeNode{.op = TypeOp::Choice, .flags = flags, .a = static_cast<std::uint32_t>(out_.choices.size() - 1)});
}
TypeId Resolver::pointer(const Type& t, const Scope* scope, const std::string& c_type) {
  const CType c = parse_c(c_type);
  std::string inner_c = c.is_pointer ? c.pointee : "";
  TypeId pointee = 0;
  if (!t.pointee) {
    std::string n = inner_c;
    bool is_struct = false;
    for (const char* p : {"struct ", "union "}) if (n.starts_with(p)) { n = n.substr(std::string(p).size()); is_struct = true; }
    if (is_struct) { auto s = structs_by_name_.find(n); pointee = s != structs_by_name_.end() ? struct_type(*s->second, scope) : plain_struct(n); }
    else pointee = of_c_type(inner_c);
  } else {
    if (inner_c.starts_with("struct ") || inner_c.starts_with("union ") || inner_c == "void" || inner_c == "char") inner_c = "";
    pointee = type(t.pointee, scope, inner_c);
  }
  const TypeNode& p = out_.types[pointee];
  TypeNode node{.op = TypeOp::Pointer, .width = static_cast<std::uint8_t>(c.is_pointer || c_type.empty() ? word_ : c.width)};
  node.a = pointee;
  node.flags = static_cast<std::uint8_t>((t.is_in ? kIn : 0) | (t.is_out ? kOut | kNeedsExit : 0) | kReadsMemory | flags_of(pointee));
  if (p.op == TypeOp::Scalar || p.op == TypeOp::Flags || p.op == TypeOp::Enum || p.op == TypeOp::Bits) {
    const auto kind = static_cast<Kind>(p.kind);
    if (!(p.op == TypeOp::Scalar && (kind == Kind::Sigset || kind == Kind::Siginfo || kind == Kind::Fdset || kind == Kind::Cpumask || kind == Kind::EpollData || kind == Kind::Wstatus))) node.flags |= kBrackets;
    if (kind == Kind::Wstatus) node.flags |= kBrackets;
  }
  const ExprPtr sized = t.sized ? t.sized : t.pointee ? t.pointee->sized : nullptr;
  node.b = expression(sized, scope);
  if (!t.on_errno.empty()) node.c = static_cast<std::uint32_t>(constant(t.on_errno).value_or(0)) | (t.is_also ? kAlsoOnSuccess : 0);
  return push(node);
}
TypeId Resolver::type(const TypePtr& t, const Scope* scope, const std::string& c_type) {
  const CType c = parse_c(c_type);
  const auto width = static_cast<std::uint8_t>(!t->width.empty() ? std::stoi(t->width.substr(1)) / 8 : c_type.empty() ? 4 : c.width);
  TypeId id = 0;
  switch (t->kind) {
    case Type::Kind::Name: id = named(*t, scope, c_type); break;
    case Type::Kind::Flags: id = push(TypeNode{.op = TypeOp::Flags, .width = width, .a = make_set(t->set, true)}); break;
    case Type::Kind::Enum: id = push(TypeNode{.op = TypeOp::Enum, .width = width, .flags = static_cast<std::uint8_t>(t->is_or_number ? kSigned : 0), .a = t->is_cases ? make_set(context_.labels, false, tag_of(context_.labels)) : make_set(t->set, false)}); break;
    case Type::Kind::Choice: id = choice(*t, scope, c_type); break;
    case Type::Kind::If: {
      const TypeId then = type(t->then, scope, c_type);
      const TypeId otherwise = t->otherwise ? type(t->otherwise, scope, c_type) : 0;
      id = push(TypeNode{.op = TypeOp::If, .flags = static_cast<std::uint8_t>(flags_of(then) | flags_of(otherwise)), .a = expression(t->condition, scope), .b = then, .c = otherwise});
      break;
    }
    case Type::Kind::Record: {
      const Layout* l = layout_of(c_type.empty() ? "sockaddr_head" : c_type);
      if (!l) { error(t->at, "a { } type needs a struct to describe"); return 0; }
      id = record_type(t->fields, *l, scope, c_type, nullptr);
      break;
    }
    case Type::Kind::Seq: {
      std::vector<TypeId> parts;
      std::vector<std::unique_ptr<Layout>> keep;
      std::vector<std::unique_ptr<Scope>> scopes;
      const Scope* inner = scope;
      std::uint8_t flags = 0;
      for (auto& p : t->parts) {
        parts.push_back(type(p, inner, ""));
        flags |= flags_of(parts.back());
        if (p->kind == Type::Kind::Name) if (const Layout* l = layout_of(p->name)) { keep.push_back(std::make_unique<Layout>(*l)); scopes.push_back(std::make_unique<Scope>(Scope{keep.back().get(), inner})); inner = scopes.back().get(); }
      }
      const auto first = static_cast<std::uint32_t>(out_.type_lists.size());
      out_.type_lists.insert(out_.type_lists.end(), parts.begin(), parts.end());
      id = push(TypeNode{.op = TypeOp::Seq, .flags = flags, .a = first, .b = static_cast<std::uint32_t>(parts.size())});
      break;
    }
    case Type::Kind::Pointer: return pointer(*t, scope, c_type);
    case Type::Kind::Skip: return push(TypeNode{.op = TypeOp::Skip, .width = t->pointee ? out_.types[type(t->pointee, scope, "")].width : std::uint8_t{0}});
    case Type::Kind::Default: return of_c_type(c_type);
  }
  return with_length(id, *t, scope);
}
std::uint32_t Resolver::arguments(const std::vector<Argument>& list, const CallFact& fact, unsigned& reg, std::uint8_t& flags, bool) {
  std::vector<ArgNode> nodes;
  for (auto& a : list) {
    for (auto& r : a.registers) for (unsigned i = 0; i < fact.args.size(); ++i) if (fact.args[i].second == r) reg = i;
    const std::string c_type = reg < fact.args.size() ? fact.args[reg].first : "";
    ArgNode n;
    n.reg = static_cast<std::uint8_t>(reg);
    n.label = strings_.add(a.shown);
    n.is_labelled = !a.registers.empty();
    n.type = a.is_skip ? push(TypeNode{.op = TypeOp::Skip}) : a.type ? type(a.type, nullptr, c_type) : of_c_type(c_type);
    const TypeNode& t = out_.types[n.type];
    const CType c = parse_c(c_type);
    n.cast_width = static_cast<std::uint8_t>(c_type.empty() ? word_ : c.width);
    n.cast_signed = c.is_signed;
    if (t.op == TypeOp::Scalar && t.width != 0) { n.cast_width = t.width; n.cast_signed = (t.flags & kSigned) != 0; }
    if (t.op == TypeOp::Pointer) n.cast_width = static_cast<std::uint8_t>(word_);
    if (n.cast_width > word_ && !(t.op == TypeOp::Scalar && t.width == 8)) n.cast_width = static_cast<std::uint8_t>(word_);
    if (a.is_wide) { out_.types[n.type].width = 8; n.cast_width = 8; n.cast_signed = false; }
    reg += abi_ == Abi::I386 && a.is_wide ? 2 : abi_ == Abi::I386 && t.op == TypeOp::Scalar && t.width == 8 && c.width != 8 ? 2 : abi_ == Abi::I386 && t.op == TypeOp::Scalar && t.width == 8 ? 2 : 1;
    if (t.flags & kReadsMemory) flags |= static_cast<std::uint8_t>((t.flags & kNeedsExit ? kExitReadsMemory : 0) | kEntryReadsMemory);
    nodes.push_back(n);
  }
  const auto first = static_cast<std::uint32_t>(out_.args.size());
  out_.args.insert(out_.args.end(), nodes.begin(), nodes.end());
  return first;
}
void Resolver::call(std::uint32_t nr, const CallFact& fact) {
  CallNode node;
  node.name = strings_.add(fact.name);
  context_ = {};
  auto found = calls_by_name_.find(fact.name);
  const CallItem* item = found == calls_by_name_.end() ? nullptr : found->second;
  if (!item) {
    std::vector<Argument> list;
    for (auto& [t, n] : fact.args) { Argument a; a.name = a.shown = n; list.push_back(a); }
    if (!fact.known) for (int i = 0; i < 6; ++i) { Argument a; a.name = a.shown = "arg" + std::to_string(i + 1); list.push_back(a); }
    unsigned reg = 0;
    node.arg_count = static_cast<std::uint8_t>(std::min<std::size_t>(6, list.size()));
    node.first_arg = arguments(list, fact, reg, node.flags, false);
    node.classes = classes(nullptr, node);
    out_.calls[nr] = node;
    return;
  }
  node.flags |= kIsDescribed;
  context_.fixed = &item->arguments;
  for (auto& v : item->variants) context_.labels.insert(context_.labels.end(), v.labels.begin(), v.labels.end());
  unsigned reg = 0;
  node.first_arg = arguments(item->arguments, fact, reg, node.flags, false);
  node.arg_count = static_cast<std::uint8_t>(item->arguments.size());
  if (item->key) {
    node.variant_key = expression(item->key, nullptr);
    std::vector<CallVariant> variants;
    CallVariant otherwise;
    bool has_else = false;
    for (auto& v : item->variants) {
      unsigned r = reg;
      context_.variant = &v.arguments;
      CallVariant c;
      c.first_arg = arguments(v.arguments, fact, r, node.flags, false);
      c.arg_count = static_cast<std::uint8_t>(v.arguments.size());
      if (v.labels.empty()) { otherwise = c; has_else = true; }
      for (auto& l : v.labels) if (auto k = constant(l)) { c.key = *k; variants.push_back(c); } else if (!facts_.constants.contains(l)) error(v.at, "no constant '" + l + "'");
    }
    context_.variant = nullptr;
    (void)has_else;
    std::stable_sort(variants.begin(), variants.end(), [](auto& x, auto& y) { return x.key < y.key; });
    node.first_variant = static_cast<std::uint32_t>(out_.variants.size());
    node.variant_count = static_cast<std::uint32_t>(variants.size());
    out_.variants.insert(out_.variants.end(), variants.begin(), variants.end());
    out_.variants.push_back(otherwise);
  }
  if (item->result) {
    node.ret = type(item->result, nullptr, "long");
    const TypeNode& r = out_.types[node.ret];
    if (r.op == TypeOp::Scalar && r.kind == static_cast<std::uint8_t>(Kind::Never)) { node.flags |= kNeverReturns; node.ret = 0; }
  }
  if (item->note == "poll") node.result_note = static_cast<std::uint8_t>(ResultNote::Poll);
  if (item->note == "select") node.result_note = static_cast<std::uint8_t>(ResultNote::Select);
  if (item->note == "fcntl") node.result_note = static_cast<std::uint8_t>(ResultNote::Fcntl);
  if (node.result_note) node.flags |= kExitReadsMemory;
  node.classes = classes(item, node);
  out_.calls[nr] = node;
}
std::uint32_t Resolver::classes(const CallItem* item, const CallNode& node) {
  std::uint32_t bits = 0;
  if (item) for (auto& c : item->classes) for (auto& n : kSyscallClassNames) if (n.name == c) bits |= static_cast<std::uint32_t>(n.bit);
  const auto scan = [&](std::uint32_t first, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      TypeId id = out_.args[first + i].type;
      if (out_.types[id].op == TypeOp::If) id = out_.types[id].b;
      const TypeNode& t = out_.types[id];
      if (t.op == TypeOp::Pointer && out_.types[t.a].op == TypeOp::Text && out_.types[t.a].kind == static_cast<std::uint8_t>(Kind::Path)) bits |= static_cast<std::uint32_t>(SyscallClass::File);
      const auto is_fd = [&](const TypeNode& x) { return x.op == TypeOp::Scalar && (x.kind == static_cast<std::uint8_t>(Kind::Fd) || x.kind == static_cast<std::uint8_t>(Kind::Dirfd)); };
      if (is_fd(t) || (t.op == TypeOp::Pointer && out_.types[t.a].op == TypeOp::Array && is_fd(out_.types[out_.types[t.a].a]))) bits |= static_cast<std::uint32_t>(SyscallClass::Desc);
    }
  };
  scan(node.first_arg, node.arg_count);
  if (node.ret && out_.types[node.ret].op == TypeOp::Scalar && out_.types[node.ret].kind == static_cast<std::uint8_t>(Kind::Fd)) bits |= static_cast<std::uint32_t>(SyscallClass::Desc);
  if (bits & static_cast<std::uint32_t>(SyscallClass::Network)) bits &= ~static_cast<std::uint32_t>(SyscallClass::Desc);
  return bits;
}
void Resolver::ioctls() {
  std::map<std::uint64_t, std::vector<IoctlNode>> by_code;  // names that share a code: all that a description gives, else one
  std::set<std::uint64_t> described;
  context_ = {};
  for (auto& f : facts_.ioctls) {
    if (f.code[a_] == "-") continue;
    const std::uint64_t code = std::stoull(f.code[a_], nullptr, 0) & 0xffffffff;
    IoctlNode n{code, strings_.add(f.name), 0};
    const bool is_struct = f.type.starts_with("struct ") || f.type.starts_with("union ");
    if (f.direction != "none") {
      TypeId inner = 0;
      if (is_struct) { const std::string s = f.type.substr(f.type.find(' ') + 1); if (s.find(' ') == std::string::npos && layout_of(s)) { auto d = structs_by_name_.find(s); inner = d != structs_by_name_.end() ? struct_type(*d->second, nullptr) : plain_struct(s); } }
      else if (f.type.find('*') == std::string::npos && f.type.find('[') == std::string::npos && f.type != "-") inner = of_c_type(f.type);
      if (inner && out_.types[inner].op != TypeOp::None) {
        TypeNode p{.op = TypeOp::Pointer, .width = static_cast<std::uint8_t>(word_)};
        p.a = inner;
        const bool in = f.direction != "out", o = f.direction != "in";
        p.flags = static_cast<std::uint8_t>((in ? kIn : 0) | (o ? kOut | kNeedsExit : 0) | kReadsMemory | (out_.types[inner].op == TypeOp::Scalar ? kBrackets : 0));
        n.type = push(p);
      }
    }
    by_code.try_emplace(code, std::vector{n});
  }
  for (auto& item : file_.ioctls) for (auto& c : item.cases) {
    for (auto& l : c.labels) {
      if (l[0].find('*') != std::string::npos) continue;
      auto code = constant(l[0]);
      if (!code) { if (!facts_.constants.contains(l[0])) error(c.at, "no constant '" + l[0] + "'"); continue; }
      auto& nodes = by_code[*code & 0xffffffff];
      if (described.insert(*code & 0xffffffff).second) nodes.clear();
      nodes.push_back({*code & 0xffffffff, strings_.add(l[0]), type(c.type, nullptr, "")});
    }
  }
  for (auto& item : file_.ioctls) for (auto& c : item.cases) for (auto& l : c.labels) {
    if (l[0].find('*') == std::string::npos) continue;
    const TypeId id = type(c.type, nullptr, "");
    for (auto& n : expand(SetExpr{{SetTerm{.name = l[0], .at = c.at}}, item.headers, c.at}, {}))
      if (auto code = constant(n)) by_code.try_emplace(*code & 0xffffffff, std::vector{IoctlNode{*code & 0xffffffff, strings_.add(n), id}});
  }
  for (auto& [c, nodes] : by_code) out_.ioctls.insert(out_.ioctls.end(), nodes.begin(), nodes.end());
}
void Resolver::sockopts() {
  std::map<std::pair<std::uint64_t, std::uint64_t>, SockoptNode> all;
  for (auto& item : file_.sockopts) {
    const auto level = constant(item.level);
    if (!level) { error(item.at, "no constant '" + item.level + "'"); continue; }
    TypeId otherwise = 0;
    std::map<std::uint64_t, TypeId> special;
    for (auto& c : item.cases) {
      const TypeId id = type(c.type, nullptr, "");
      if (c.labels.empty()) otherwise = id;
      for (auto& l : c.labels) if (auto v = constant(l[0])) special[*v] = id; else error(c.at, "no constant '" + l[0] + "'");
    }
    if (otherwise) all.emplace(std::pair(*level, kOtherSockopt), SockoptNode{*level, kOtherSockopt, 0, otherwise});
    for (auto& n : expand(item.set, {})) if (auto v = constant(n)) all.emplace(std::pair(*level, *v), SockoptNode{*level, *v, strings_.add(n), special.contains(*v) ? special[*v] : otherwise});
  }
  for (auto& [k, n] : all) out_.sockopts.push_back(n);
}
void Resolver::names() {
  context_ = {};
  std::map<std::string, TypeId> all;
  for (auto& s : file_.sets) all[s.name] = push(TypeNode{.op = TypeOp::Enum, .width = 4, .a = make_set(s.set, false)});
  for (auto& [n, id] : all) out_.named_types.push_back({strings_.add(n), id});
}
Output Resolver::run() {
  for (auto& c : file_.consts) { const ExprId e = expression(c.value, nullptr); own_constants_[c.name] = out_.exprs[e].value; }
  const auto& facts = facts_.calls[a_];
  if (!facts.empty()) out_.calls.resize(facts.rbegin()->first + 1);
  for (auto& [nr, fact] : facts) call(nr, fact);
  ioctls();
  sockopts();
  names();
  return std::move(out_);
}
}  // namespace tether::desc
