#pragma once
// Resolution: descriptions and facts made into the tables of one ABI; what the parts of the resolver share.
//
// The parts, each knowing those above it:
//   Constants, Layouts   names → numbers, structs → offsets
//   Sets                 set expressions and `bits` → named values
//   Expressions          names in expressions → fields, arguments, constants
//   Types                types, structs, unions, records → type nodes
//   Calls, ioctls.h      the items that tables are indexed by

#include "tools/desc/c_type.h"
#include "tools/desc/catalogue.h"
#include "tools/desc/constants.h"
#include "tools/desc/layouts.h"
#include "tools/desc/survey.h"
#include "tools/desc/table_builder.h"

namespace tether::desc {

/// An argument of the call being resolved, and what its prototype says of it.
struct BoundArgument {
  const Argument* argument;
  CType c_type;
};

struct Resolution {
  Abi abi;
  const Facts& facts;
  const Catalogue& catalogue;
  Diagnostics& diagnostics;
  Survey& survey;
  TableBuilder& tables;
  Constants constants;
  Layouts layouts;

  // Of the call being resolved; empty elsewhere.
  std::vector<BoundArgument> arguments;  ///< the fixed ones, then those of the variant in hand
  std::vector<std::string> case_labels;  ///< of all its variants: `enum cases`

  Resolution(Abi chosen, const Facts& all_facts, const Catalogue& items, Diagnostics& problems, Survey& noticed,
             TableBuilder& out)
      : abi(chosen),
        facts(all_facts),
        catalogue(items),
        diagnostics(problems),
        survey(noticed),
        tables(out),
        constants(chosen, all_facts, items.all().consts, problems, noticed),
        layouts(chosen, all_facts, items.all().layouts, problems) {}

  unsigned word() const { return word_size(abi); }
  void error(const Location& at, std::string what) { diagnostics.error(at, std::move(what)); }
};

}  // namespace tether::desc
