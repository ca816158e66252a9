// getdents(2), the old call: records whose type is the byte before their end, so no description of fields can say it.

#include "tether/decode/internal/old_dirents.h"

#include <array>
#include <vector>

#include "tether/decode/internal/leaf.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/number.h"

namespace tether::decode {
namespace {

Value dirent_value(const LeafContext& context, std::span<const std::byte> record) {
  const unsigned word = word_size(context.abi);
  const std::size_t name_at = 2 * word + 2;
  std::string_view name = as_text(record.subspan(name_at, record.size() - 1 - name_at));
  name = name.substr(0, name.find('\0'));
  const std::uint64_t type = std::to_integer<std::uint64_t>(record.back());
  const Value fields[] = {
      labelled("d_ino", integer(load_number(record.data(), word), NumberStyle::Unsigned)),
      labelled("d_off", integer(sign_extend(load_number(record.data() + word, word), word), NumberStyle::Signed)),
      labelled("d_reclen", integer(record.size(), NumberStyle::Unsigned)), labelled("d_name", string_value(name)),
      labelled("d_type", enumerator(context.arena, type, find_name(context.tables, "dirent_types", type), "DT_???"))};
  return record_value(context.arena, fields);
}

}  // namespace

Value old_dirents_leaf(const LeafContext& context, const Leaf& leaf) {
  std::vector<Value> entries;
  for_each_old_dirent(context.abi, leaf.bytes,
                      [&](std::span<const std::byte> record) { entries.push_back(dirent_value(context, record)); });
  return list_value(context.arena, entries);
}

}  // namespace tether::decode
