#pragma once
// Calls: `call` items and prototypes → call nodes.

#include <map>
#include <string>

#include "tools/desc/types.h"

namespace tether::desc {

/// "read(unsigned int fd, char *buf, size_t count)".
std::string prototype_text(const CallFact& fact);

/// Checks what no ABI's table is needed for: that the calls, classes and notes that `call` items name exist.
void check_call_items(const Catalogue& catalogue, const Facts& facts, Diagnostics& diagnostics);

class Calls {
 public:
  Calls(Resolution& resolution, Types& types, Expressions& expressions)
      : r_(resolution), types_(types), expressions_(expressions) {}

  /// Fills the ABI's table of calls.
  void resolve_all();

 private:
  /// Where a run of arguments lies in the tables, and how many registers were used up to its end.
  struct Run {
    std::uint32_t first = 0;
    std::uint8_t count = 0;
    unsigned registers = 0;
    std::uint8_t flags = 0;
  };

  decode::CallNode undescribed(const CallFact& fact);
  decode::CallNode described(const CallItem& item, const CallFact& fact);
  Run arguments(const std::vector<Argument>& list, const CallFact& fact, unsigned first_register);
  decode::ArgNode argument(const Argument& argument, const CType& c_type, unsigned first_register);
  void add_variants(const CallItem& item, const CallFact& fact, unsigned first_register, decode::CallNode& node);
  void add_variant(const Variant& variant, const decode::CallVariant& node, std::vector<decode::CallVariant>& variants);
  static unsigned find_register(const Argument& argument, const CallFact& fact, unsigned next);
  void check_count(const Location& at, const CallFact& fact, unsigned registers, bool may_be_fewer);
  void check_order(const Argument& argument, const CallFact& fact, unsigned first_register);
  void add_result(const CallItem& item, decode::CallNode& node);
  std::uint32_t classes_of(const decode::CallNode& node) const;
  std::uint32_t classes_of(const decode::ArgNode& argument) const;

  Resolution& r_;
  Types& types_;
  Expressions& expressions_;
};

}  // namespace tether::desc
