// Calls: what can be said of `call` items without any ABI's table.

#include <algorithm>
#include <set>

#include "tether/event/syscall_class.h"
#include "tools/desc/calls.h"

namespace tether::desc {
namespace {

using Names = std::set<std::string>;

void check_names(const CallItem& item, const PerAbi<Names>& known, Diagnostics& diagnostics) {
  for (const std::string& name : item.names) {
    Suggestion suggestion(name);
    bool is_known = false;
    for (const Abi abi : {Abi::X86_64, Abi::I386}) {
      if (item.abi.value_or(abi) != abi) continue;
      is_known |= known[abi].contains(name);
      for (const std::string& candidate : known[abi]) suggestion.consider(candidate);
    }
    const std::string who = item.abi ? std::string(abi_name(*item.abi)) + " has no" : "neither ABI has a";
    if (!is_known) diagnostics.error(item.at, who + " system call " + quote(name) + suggestion.text());
  }
}

void check_class(const std::string& name, const Location& at, Diagnostics& diagnostics) {
  Suggestion suggestion(name);
  for (const SyscallClassName& known : kSyscallClassNames) {
    if (known.name == name) return;
    suggestion.consider(std::string(known.name));
  }
  diagnostics.error(at, "no class " + quote(name) + suggestion.text());
}

}  // namespace

std::string prototype_text(const CallFact& fact) {
  if (!fact.has_prototype) return fact.name + "(?)";
  std::string text = fact.name + "(";
  for (const ArgumentFact& argument : fact.arguments) {
    std::string type = argument.type;
    if (const auto at = type.find("__user "); at != std::string::npos) type.erase(at, 7);
    if (!text.ends_with("(")) text += ", ";
    text += type + (type.ends_with("*") ? "" : " ") + argument.name;
  }
  return text + ")";
}

void check_call_items(const Catalogue& catalogue, const Facts& facts, Diagnostics& diagnostics) {
  PerAbi<Names> known;
  for (const Abi abi : {Abi::X86_64, Abi::I386})
    for (const auto& [number, fact] : facts.calls[abi]) known[abi].insert(fact.name);
  for (const CallItem& item : catalogue.all().calls) {
    check_names(item, known, diagnostics);
    for (const std::string& name : item.classes) check_class(name, item.at, diagnostics);
    if (!item.note.empty() && !find_note(item.note))
      diagnostics.error(item.at, "no note " + quote(item.note) + ": there are poll, select and fcntl");
  }
}

}  // namespace tether::desc
