#include "tether/control/change_sequence.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "tether/control/descriptor_image.h"

namespace tether {

namespace {

using MaybeChange = std::optional<Change>;

struct ChangedRange {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
};

ChangedRange range_of(const MemoryChange& change) {
  return {change.address.value, change.address.value + change.before.size()};
}

std::optional<ChangedRange> range_of(const Change& change) {
  if (const auto* memory = std::get_if<MemoryChange>(&change)) return range_of(*memory);
  if (const auto* mapping = std::get_if<MappingChange>(&change))
    return ChangedRange{mapping->address.value, mapping->address.value + mapping->length};
  return std::nullopt;
}

bool do_meet(const ChangedRange& one, const ChangedRange& other) {
  return one.start < other.end && other.start < one.end;
}

void put(Bytes& bytes, std::uint64_t start, const MemoryChange& change, const Bytes& what) {
  std::ranges::copy(what, bytes.begin() + static_cast<std::ptrdiff_t>(change.address.value - start));
}

/// Whether `then` found what `first` had left, where they meet.
bool follows(const MemoryChange& first, const MemoryChange& then) {
  const ChangedRange a = range_of(first);
  const ChangedRange b = range_of(then);
  for (std::uint64_t at = std::max(a.start, b.start); at < std::min(a.end, b.end); ++at)
    if (first.after[at - a.start] != then.before[at - b.start]) return false;
  return true;
}

bool is_offset_change(const DescriptorChange& change) {
  return change.before && change.after && change.before->flags == change.after->flags &&
         change.before->is_cloexec == change.after->is_cloexec;
}

bool is_same_state(const DescriptorImage& one, const DescriptorImage& other, bool of_offset) {
  return is_same_file(one, other) && one.flags == other.flags && one.is_cloexec == other.is_cloexec &&
         (!of_offset || one.offset == other.offset);
}

struct Join {
  MaybeChange operator()(const MemoryChange& first, const MemoryChange& then) const {
    using Kind = MemoryChange::Kind;
    const ChangedRange a = range_of(first);
    const ChangedRange b = range_of(then);
    if (first.kind != then.kind || first.kind == Kind::Breakpoint || !do_meet(a, b) || !follows(first, then))
      return std::nullopt;
    const std::uint64_t start = std::min(a.start, b.start);
    MemoryChange both{.address = RemoteAddr(start), .before = {}, .after = {}, .kind = first.kind};
    both.before.resize(std::max(a.end, b.end) - start);
    both.after.resize(both.before.size());
    put(both.before, start, then, then.before);
    put(both.before, start, first, first.before);
    put(both.after, start, first, first.after);
    put(both.after, start, then, then.after);
    return both;
  }

  MaybeChange operator()(const RegisterChange& first, const RegisterChange& then) const {
    if (first.tid != then.tid || first.name != then.name || first.after != then.before) return std::nullopt;
    return RegisterChange{.tid = first.tid, .name = first.name, .before = first.before, .after = then.after};
  }

  MaybeChange operator()(const SettingChange& first, const SettingChange& then) const {
    if (first.tid != then.tid || first.name != then.name || first.after != then.before) return std::nullopt;
    return SettingChange{.tid = first.tid, .name = first.name, .before = first.before, .after = then.after};
  }

  MaybeChange operator()(const MappingChange& first, const MappingChange& then) const {
    using Kind = MappingChange::Kind;
    const bool follows = first.address == then.address && first.length == then.length && first.after == then.before;
    if (!follows || first.kind == Kind::Unmap || then.kind != Kind::Protect) return std::nullopt;
    MappingChange both = first;
    both.after = then.after;
    return both;
  }

  MaybeChange operator()(const DescriptorChange& first, const DescriptorChange& then) const {
    if (first.fd != then.fd || first.kind != then.kind || first.after.has_value() != then.before.has_value())
      return std::nullopt;
    const bool is_modified = first.kind == DescriptorChange::Kind::Modified;
    const bool of_offset = is_offset_change(first);
    if (is_modified && of_offset != is_offset_change(then)) return std::nullopt;
    if (first.after && (is_modified ? !is_same_state(*first.after, *then.before, of_offset)
                                    : !is_same_file(*first.after, *then.before)))
      return std::nullopt;
    return DescriptorChange{.fd = first.fd, .before = first.before, .after = then.after, .kind = first.kind};
  }

  template <class First, class Then>
  MaybeChange operator()(const First&, const Then&) const {
    return std::nullopt;
  }
};

struct ChangesNothing {
  bool operator()(const MemoryChange& c) const { return c.before == c.after; }
  bool operator()(const RegisterChange& c) const { return c.before == c.after; }
  bool operator()(const MappingChange& c) const {
    return c.kind == MappingChange::Kind::Protect && c.before == c.after;
  }
  bool operator()(const DescriptorChange& c) const {
    return c.kind == DescriptorChange::Kind::Modified && c.before && c.after &&
           is_same_state(*c.before, *c.after, true);
  }
  bool operator()(const SettingChange& c) const { return c.before == c.after; }
  bool operator()(const LibraryChange&) const { return false; }
  bool operator()(const Deed&) const { return false; }
};

}  // namespace

std::optional<Change> join(const Change& first, const Change& then) {
  return std::visit(Join(), first, then);
}

bool covers(const Change& outer, const Change& inner) {
  const auto* one = std::get_if<MemoryChange>(&outer);
  const auto* other = std::get_if<MemoryChange>(&inner);
  if (one == nullptr || other == nullptr) return true;
  return range_of(*one).start <= range_of(*other).start && range_of(*other).end <= range_of(*one).end;
}

bool hides(const Change& then, const Change& first) {
  const auto* one = std::get_if<DescriptorChange>(&first);
  const auto* other = std::get_if<DescriptorChange>(&then);
  if (one != nullptr && other != nullptr) return one->fd == other->fd && one->kind != other->kind;
  const auto a = range_of(first);
  const auto b = range_of(then);
  return a && b && do_meet(*a, *b) && std::holds_alternative<MappingChange>(then);
}

bool changes_nothing(const Change& change) {
  return std::visit(ChangesNothing(), change);
}

}  // namespace tether
