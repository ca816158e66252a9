#include "tether/procfs/auxv.h"

#include <elf.h>

#include <cstring>
#include <string>

#include "tether/procfs/text_file.h"

namespace tether::procfs {

std::optional<std::uint64_t> AuxiliaryVector::find(std::uint64_t type) const {
  for (const auto& [key, value] : entries_)
    if (key == type) return value;
  return std::nullopt;
}

AuxiliaryVector parse_auxv(std::span<const std::byte> bytes, std::size_t word) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> entries;
  for (; bytes.size() >= 2 * word; bytes = bytes.subspan(2 * word)) {
    std::uint64_t type = 0;
    std::uint64_t value = 0;
    std::memcpy(&type, bytes.data(), word);
    std::memcpy(&value, bytes.data() + word, word);
    if (type == AT_NULL) break;
    entries.emplace_back(type, value);
  }
  return AuxiliaryVector(std::move(entries));
}

Result<AuxiliaryVector> read_auxv(Tid tid, std::size_t word) {
  const std::string bytes = TETHER_TRY(read_text_file("/proc/" + std::to_string(tid.value) + "/auxv"));
  return parse_auxv(std::as_bytes(std::span(bytes)), word);
}

}  // namespace tether::procfs
