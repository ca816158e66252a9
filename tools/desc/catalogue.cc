#include "tools/desc/catalogue.h"

#include "tools/desc/kinds.h"

namespace tether::desc {
namespace {

std::string line_of(const Location& at) {
  return at.file + ":" + std::to_string(at.line);
}

/// Adds an item under a name, or says where the name was given before.
template <class Item>
void add_unique(std::map<std::string, const Item*>& items, const std::string& name, const Item& item, const char* what,
                Diagnostics& diagnostics) {
  const auto [before, is_new] = items.emplace(name, &item);
  if (!is_new)
    diagnostics.error(item.at, std::string("the ") + what + " " + quote(name) + " is already described at " +
                                   line_of(before->second->at));
}

}  // namespace

Catalogue::Catalogue(const Descriptions& descriptions, Diagnostics& diagnostics) : all_(descriptions) {
  for (const SetItem& item : all_.sets) add_unique(sets_, item.name, item, "set", diagnostics);
  for (const CallItem& item : all_.calls)
    for (const std::string& name : item.names)
      add_unique(item.abi ? own_calls_[*item.abi] : calls_, name, item, "call", diagnostics);
  ByName<ConstItem> consts;
  for (const ConstItem& item : all_.consts) add_unique(consts, item.name, item, "constant", diagnostics);
  ByName<LayoutItem> layouts;
  for (const LayoutItem& item : all_.layouts) add_unique(layouts, item.name, item, "layout", diagnostics);
  add_types(all_.types, diagnostics);
  add_types(all_.bits, diagnostics);
  add_types(all_.structs, diagnostics);
  add_types(all_.unions, diagnostics);
  add_types(all_.records, diagnostics);
}

template <class Item>
void Catalogue::add_types(const std::vector<Item>& items, Diagnostics& diagnostics) {
  for (const Item& item : items) {
    if (find_kind(item.name) != nullptr) {
      diagnostics.error(item.at, quote(item.name) + " is a kind: a type needs another name");
      continue;
    }
    if constexpr (std::is_same_v<Item, StructItem>) {
      if (item.abi) {
        add_type(own_types_[*item.abi], item, diagnostics);
        continue;
      }
    }
    add_type(types_, item, diagnostics);
  }
}

template <class Item>
void Catalogue::add_type(Types& types, const Item& item, Diagnostics& diagnostics) {
  const auto [before, is_new] = types.emplace(item.name, &item);
  if (is_new) return;
  const Location& at = std::visit([](const auto* known) -> const Location& { return known->at; }, before->second);
  diagnostics.error(item.at, "the type " + quote(item.name) + " is already described at " + line_of(at));
}

const CallItem* Catalogue::find_call(const std::string& name, Abi abi) const {
  const CallItem* own = find(own_calls_[abi], name);
  return own != nullptr ? own : find(calls_, name);
}

const TypeMeaning* Catalogue::find_type(const std::string& name, Abi abi) const {
  if (const auto own = own_types_[abi].find(name); own != own_types_[abi].end()) return &own->second;
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : &found->second;
}

const StructItem* Catalogue::find_struct(const std::string& name, Abi abi) const {
  const TypeMeaning* meaning = find_type(name, abi);
  const auto* item = meaning == nullptr ? nullptr : std::get_if<const StructItem*>(meaning);
  return item == nullptr ? nullptr : *item;
}

void Catalogue::suggest_sets(Suggestion& suggestion) const {
  for (const auto& [name, item] : sets_) suggestion.consider(name);
}

void Catalogue::suggest_types(Suggestion& suggestion) const {
  for (const auto& [name, meaning] : types_) suggestion.consider(name);
  for (const Abi abi : {Abi::X86_64, Abi::I386})
    for (const auto& [name, meaning] : own_types_[abi]) suggestion.consider(name);
}

}  // namespace tether::desc
