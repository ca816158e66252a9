// Grammar: the items of a file.

#include "tools/desc/grammar.h"
#include "tools/desc/parser.h"

namespace tether::desc {

void parse_description(const std::string& file, const std::string& text, Descriptions& out, Diagnostics& diagnostics) {
  Grammar(file, text, out, diagnostics).read_file();
}

void Grammar::read_file() {
  while (!at_end()) {
    const std::size_t begin = at_;
    const Result<void> read = item();
    if (read.has_value()) continue;
    diagnostics_.error(here(), read.error().message);
    if (at_ == begin) ++at_;
    while (!at_end() && !is_item_start()) ++at_;
  }
}

Result<void> Grammar::item() {
  const Location at = here();
  if (take("from")) return from(at);
  if (take("const")) return consts();
  if (take("layout")) return layout(at);
  if (take("set")) return set_item(at);
  if (take("bits")) return bits(at);
  if (take("type")) return type_item(at);
  if (take("struct")) return structure(at);
  if (take("union")) return union_by(at);
  if (take("records")) return records(at);
  if (take("call")) return call(at);
  if (take("ioctl")) return ioctl(at);
  if (take("sockopt")) return sockopt(at);
  if (take("ignore")) return ignore();
  return expected(
      "an item (from, const, layout, set, bits, type, struct, union, records, call, ioctl, sockopt, ignore)");
}

Result<void> Grammar::from(const Location& at) {
  headers_.clear();
  while (peek().kind == Token::Kind::Header) headers_.push_back(take_text());
  if (headers_.empty()) return expected("a header, as in: from <linux/fs.h>");
  out_.froms.push_back({headers_, at});
  return ok();
}

Result<void> Grammar::consts() {
  return enclosed("{", "}", [&]() -> Result<void> {
    ConstItem item{.at = here()};
    item.name = TETHER_TRY(name("a constant's name"));
    TETHER_CHECK(expect("="));
    item.value = TETHER_TRY(expression());
    out_.consts.push_back(std::move(item));
    return ok();
  });
}

Result<void> Grammar::layout(const Location& at) {
  LayoutItem item{.name = TETHER_TRY(name("a struct's name")), .at = at};
  TETHER_CHECK(enclosed("{", "}", [&]() -> Result<void> {
    LayoutMember member{.at = here()};
    member.name = TETHER_TRY(name("a member's name"));
    TETHER_CHECK(expect(":"));
    member.type = TETHER_TRY(name("its type: s8 … u64, long, ulong or ptr"));
    item.members.push_back(std::move(member));
    return ok();
  }));
  out_.layouts.push_back(std::move(item));
  return ok();
}

Result<void> Grammar::set_item(const Location& at) {
  SetItem item{.name = TETHER_TRY(name("the set's name")), .at = at};
  TETHER_CHECK(expect("="));
  item.set = TETHER_TRY(set());
  out_.sets.push_back(std::move(item));
  return ok();
}

Result<void> Grammar::bits(const Location& at) {
  BitsItem item{.name = TETHER_TRY(name("a name")), .at = at};
  TETHER_CHECK(enclosed("{", "}", [&]() -> Result<void> {
    item.parts.push_back(TETHER_TRY(bits_part()));
    return ok();
  }));
  out_.bits.push_back(std::move(item));
  return ok();
}

Result<BitsPartItem> Grammar::bits_part() {
  BitsPartItem part{.at = here()};
  if (take("enum")) {
    part.op = decode::BitsPartOp::Enum;
    part.set = TETHER_TRY(set());
    TETHER_CHECK(expect("in"));
    part.mask = TETHER_TRY(expression());
    return part;
  }
  if (take("flags")) {
    part.set = TETHER_TRY(set());
    return part;
  }
  if (is_any({"oct", "int", "shifted"})) {
    part.op = is("oct")   ? decode::BitsPartOp::Octal
              : is("int") ? decode::BitsPartOp::Decimal
                          : decode::BitsPartOp::Shifted;
    ++at_;
    if (part.op == decode::BitsPartOp::Shifted) part.shift = TETHER_TRY(name("the constant that is the shift"));
    TETHER_CHECK(expect("in"));
    part.mask = TETHER_TRY(expression());
    return part;
  }
  if (!take("fuse"))
    return expected(
        "'enum SET in MASK', 'flags SET', 'fuse { FLAG as SUFFIX }', 'oct in MASK', 'int in MASK' or "
        "'shifted SHIFT in MASK'");
  part.op = decode::BitsPartOp::Fuse;
  TETHER_CHECK(enclosed("{", "}", [&]() -> Result<void> {
    FusedFlag flag{.constant = TETHER_TRY(name("a constant"))};
    TETHER_CHECK(expect("as"));
    flag.suffix = TETHER_TRY(name("a suffix"));
    part.fused.push_back(std::move(flag));
    return ok();
  }));
  return part;
}

Result<void> Grammar::type_item(const Location& at) {
  TypeItem item{.name = TETHER_TRY(name("the type's name")), .at = at};
  TETHER_CHECK(expect("="));
  item.type = TETHER_TRY(type());
  out_.types.push_back(std::move(item));
  return ok();
}

Result<void> Grammar::structure(const Location& at) {
  StructItem item{.c_name = TETHER_TRY(name("a struct's name")), .at = at};
  item.name = take("as") ? TETHER_TRY(name("the name of this way to see it")) : item.c_name;
  if (take("for")) item.abi = TETHER_TRY(abi());
  if (take("sized")) item.sized = TETHER_TRY(expression());
  if (take("="))
    item.same_as = TETHER_TRY(name("the name of a described struct"));
  else
    item.fields = TETHER_TRY(fields());
  out_.structs.push_back(std::move(item));
  return ok();
}

Result<void> Grammar::union_by(const Location& at) {
  UnionItem item{.name = TETHER_TRY(name("a union's name")), .at = at};
  TETHER_CHECK(expect("by"));
  ChoiceType choice = TETHER_TRY(this->choice());
  item.choice = std::make_shared<Type>(Type{.at = at, .what = std::move(choice)});
  out_.unions.push_back(std::move(item));
  return ok();
}

Result<void> Grammar::records(const Location& at) {
  RecordsItem item{.name = TETHER_TRY(name("a name")), .at = at};
  TETHER_CHECK(expect("="));
  item.header = TETHER_TRY(name("the struct that begins each record"));
  TETHER_CHECK(expect("length"));
  item.length_field = TETHER_TRY(name("the field that holds a record's length"));
  if (take("align")) {
    if (!is_any({"1", "2", "4", "8", "long"})) return expected("1, 2, 4, 8 or 'long'");
    item.align = take_text();
  }
  if (take("brief")) {
    TETHER_CHECK(expect("count"));
    item.brief = TETHER_TRY(quoted("a word in quotes, as in: brief count \"entries\""));
  }
  TETHER_CHECK(enclosed("{", "}", [&]() -> Result<void> {
    if (item.body != nullptr) return expected("'}' behind the body");
    if (!take("body")) return field(item.fields, false, nullptr);
    item.body_label = TETHER_TRY(name("the body's label"));
    TETHER_CHECK(expect(":"));
    item.body = TETHER_TRY(type());
    return ok();
  }));
  out_.records.push_back(std::move(item));
  return ok();
}

Result<void> Grammar::ioctl(const Location& at) {
  TETHER_TRY(name("the group's name"));
  out_.ioctls.push_back({TETHER_TRY(cases()), headers_, at});
  return ok();
}

Result<void> Grammar::sockopt(const Location& at) {
  SockoptItem item{.level = TETHER_TRY(name("a level (SOL_*)")), .at = at};
  item.set = TETHER_TRY(set());
  item.cases = TETHER_TRY(cases());
  out_.sockopts.push_back(std::move(item));
  return ok();
}

Result<void> Grammar::ignore() {
  out_.ignored.push_back(TETHER_TRY(set()));
  return ok();
}

}  // namespace tether::desc
