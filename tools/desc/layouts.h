#pragma once
// Layouts: where the members of structs lie in one ABI, from facts or from the descriptions' `layout` items.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/desc/ast.h"
#include "tools/desc/diagnostics.h"
#include "tools/desc/facts.h"

namespace tether::desc {

struct Member {
  std::string name;
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  char kind = 'u';  ///< MemberFact::kind
  std::vector<std::uint32_t> counts;
  std::string c_type;
  bool is_alternative = false;
  std::uint8_t bits = 0;
  std::uint8_t bit_offset = 0;

  bool is_array() const { return !counts.empty(); }
  /// Neither an array nor a struct.
  bool is_number() const { return !is_array() && kind != 'S' && kind != 'f'; }
  std::uint32_t element_count() const;
};

struct Layout {
  std::string name;
  std::uint32_t size = 0;
  std::vector<Member> members;

  const Member* find(const std::string& member) const;
  /// Where the last member ends: sizeof without the padding behind it.
  std::uint32_t end() const;
};

class Layouts {
 public:
  /// Reports members of `layout` items whose type does not exist.
  Layouts(Abi abi, const Facts& facts, const std::vector<LayoutItem>& items, Diagnostics& diagnostics);

  /// Null if the ABI has no such struct. `compat_x` without facts of its own is x. The result lives as long as this.
  const Layout* find(const std::string& name);
  /// Whether some ABI has it.
  bool exists(const std::string& name) const;
  /// Whether some ABI's struct of that name has such a member.
  bool has_member(const std::string& name, const std::string& member) const;
  void suggest(Suggestion& suggestion) const;

 private:
  std::string fact_name(const std::string& name) const;

  Abi abi_;
  const Facts& facts_;
  std::map<std::string, Layout> known_;
};

}  // namespace tether::desc
