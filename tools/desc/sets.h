#pragma once
// Sets: set expressions and `bits` items → sets of named values.

#include <string>
#include <vector>

#include "tools/desc/resolution.h"

namespace tether::desc {

/// Whether it stands for all names that it matches (fnmatch(3)).
bool is_pattern(const std::string& text);

class Sets {
 public:
  explicit Sets(Resolution& resolution) : r_(resolution) {}

  enum class Use : std::uint8_t { Enum, Flags, Mask };  ///< Mask: flags that are 1 << the members' numbers

  /// The members of a set in the order of its terms, those that this ABI lacks included.
  std::vector<std::string> expand(const SetExpr& set);
  /// The same, told to `expand` if a header can make it grow.
  std::vector<std::string> expand_noted(const SetExpr& set);
  decode::SetId make(const SetExpr& set, Use use);
  /// An Enum of these constants: `enum cases`.
  decode::SetId make_enum(const std::vector<std::string>& names);
  /// Index into the table of bits.
  std::uint32_t make_bits(const BitsItem& item);
  /// An Enum of a `set` item, told to `expand` under its name.
  decode::SetId make_named(const SetItem& item);
  /// Checks a set that only the audit reads, and counts its members as used.
  void ignore(const SetExpr& set);

 private:
  struct Member {
    std::string name;
    std::uint64_t value;
  };

  std::vector<std::string> expand_term(const SetTerm& term, const SetExpr& set, const std::vector<std::string>& so_far);
  std::vector<std::string> expand_c_enum(const SetTerm& term);
  std::vector<std::string> expand_named(const SetTerm& term);
  std::vector<std::string> expand_item(const SetTerm& term, const std::string& item, const SetExpr& set,
                                       const std::vector<std::string>& so_far);
  std::vector<std::string> match(const std::string& pattern, const std::vector<std::string>& headers) const;
  void note(const std::string& what, const std::vector<std::string>& names);
  std::vector<Member> values(const std::vector<std::string>& names) const;
  /// Where a member is said to be one: in a set or in one that it names; by its name, or by a pattern or C enum.
  struct Origin {
    Location at;
    bool is_listed = false;
  };
  Origin origin_of(const SetExpr& set, const std::string& name);
  std::string tag_of(const SetExpr& set, const std::vector<std::string>& names) const;
  void check_flags(const SetExpr& set, const std::vector<Member>& members);
  decode::SetId add(const std::vector<Member>& members, Use use, const std::string& tag);
  decode::SetId make_fuse(const BitsPartItem& part);

  Resolution& r_;
  std::vector<const SetItem*> open_;  ///< sets being expanded: one within itself would never end
};

}  // namespace tether::desc
