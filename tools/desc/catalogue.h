#pragma once
// Catalogue: the items of the descriptions by their names. A name that is given twice is an error.

#include <map>
#include <string>
#include <variant>

#include "tools/desc/ast.h"
#include "tools/desc/diagnostics.h"
#include "tools/desc/facts.h"

namespace tether::desc {

/// What the name of a type may stand for, besides a kind or a struct of the facts. One name, one meaning.
using TypeMeaning =
    std::variant<const TypeItem*, const BitsItem*, const StructItem*, const UnionItem*, const RecordsItem*>;

class Catalogue {
 public:
  /// Keeps references into `descriptions`.
  Catalogue(const Descriptions& descriptions, Diagnostics& diagnostics);

  const Descriptions& all() const { return all_; }
  const SetItem* find_set(const std::string& name) const { return find(sets_, name); }
  /// The item for that ABI alone, if there is one, else the one for both.
  const CallItem* find_call(const std::string& name, Abi abi) const;
  const TypeMeaning* find_type(const std::string& name, Abi abi) const;
  /// A struct only: what describes a C struct of that name wherever it is met.
  const StructItem* find_struct(const std::string& name, Abi abi) const;

  void suggest_sets(Suggestion& suggestion) const;
  void suggest_types(Suggestion& suggestion) const;

 private:
  template <class Item>
  using ByName = std::map<std::string, const Item*>;
  template <class Item>
  static const Item* find(const ByName<Item>& items, const std::string& name) {
    const auto found = items.find(name);
    return found == items.end() ? nullptr : found->second;
  }
  using Types = std::map<std::string, TypeMeaning>;
  template <class Item>
  void add_types(const std::vector<Item>& items, Diagnostics& diagnostics);
  template <class Item>
  void add_type(Types& types, const Item& item, Diagnostics& diagnostics);

  const Descriptions& all_;
  ByName<SetItem> sets_;
  ByName<CallItem> calls_;              ///< for both ABIs
  PerAbi<ByName<CallItem>> own_calls_;  ///< for one
  Types types_;                         ///< for both ABIs
  PerAbi<Types> own_types_;             ///< structs for one
};

}  // namespace tether::desc
