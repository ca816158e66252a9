#include "tools/desc/table_builder.h"

namespace tether::desc {

decode::StringId StringPool::add(const std::string& text) {
  const auto [known, is_new] = ids_.emplace(text, static_cast<decode::StringId>(bytes_.size()));
  if (is_new) bytes_.append(text).push_back('\0');
  return known->second;
}

decode::TypeId TableBuilder::scalar(decode::Kind kind, unsigned width, bool is_signed) {
  return types.add({.op = decode::TypeOp::Scalar,
                    .kind = static_cast<std::uint8_t>(kind),
                    .width = static_cast<std::uint8_t>(width),
                    .flags = is_signed ? std::uint8_t{decode::kSigned} : std::uint8_t{0}});
}

}  // namespace tether::desc
