#include "tools/desc/resolver.h"

#include <map>

#include "tools/desc/calls.h"
#include "tools/desc/ioctls.h"
#include "tools/desc/types.h"

namespace tether::desc {
namespace {

void check_headers(const Descriptions& descriptions, const Facts& facts, Diagnostics& diagnostics) {
  for (const FromItem& from : descriptions.froms) {
    for (const std::string& header : from.headers) {
      if (facts.headers.contains(header)) continue;
      Suggestion suggestion(header);
      for (const auto& [name, constants] : facts.headers) suggestion.consider(name);
      diagnostics.error(from.at, "no header <" + header + "> is known" + suggestion.text());
    }
  }
}

/// Every set by its name, as an Enum: for code that names the few that it needs.
void resolve_named_types(Resolution& r, Sets& sets) {
  std::map<std::string, decode::TypeId> by_name;
  for (const SetItem& item : r.catalogue.all().sets)
    by_name[item.name] = r.tables.types.add({.op = decode::TypeOp::Enum, .width = 4, .a = sets.make_named(item)});
  for (const auto& [name, type] : by_name)
    r.tables.own[r.abi].named_types.push_back({r.tables.strings.add(name), type});
}

}  // namespace

Resolved resolve(const Facts& facts, const Descriptions& descriptions, Diagnostics& diagnostics) {
  Resolved out;
  const Catalogue catalogue(descriptions, diagnostics);
  check_headers(descriptions, facts, diagnostics);
  check_call_items(catalogue, facts, diagnostics);
  for (const Abi abi : {Abi::X86_64, Abi::I386}) {
    Resolution resolution(abi, facts, catalogue, diagnostics, out.survey, out.tables);
    Sets sets(resolution);
    Expressions expressions(resolution);
    Types types(resolution, sets, expressions);
    Calls(resolution, types, expressions).resolve_all();
    resolve_ioctls(resolution, sets, types);
    resolve_sockopts(resolution, sets, types);
    resolve_named_types(resolution, sets);
    for (const SetExpr& set : descriptions.ignored) sets.ignore(set);
  }
  return out;
}

}  // namespace tether::desc
