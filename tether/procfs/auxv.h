#pragma once
// The auxiliary vector that the kernel gave a program at its exec (getauxval(3), proc(5)).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

class AuxiliaryVector {
 public:
  explicit AuxiliaryVector(std::vector<std::pair<std::uint64_t, std::uint64_t>> entries)
      : entries_(std::move(entries)) {}
  /// The value of an AT_* type of <elf.h>.
  std::optional<std::uint64_t> find(std::uint64_t type) const;

 private:
  std::vector<std::pair<std::uint64_t, std::uint64_t>> entries_;
};

/// `word` is 4 or 8: the size of the program's words. Ends at AT_NULL, or where the bytes end.
AuxiliaryVector parse_auxv(std::span<const std::byte> bytes, std::size_t word);

/// NotFound if there is no such task, PermissionDenied without the right to ptrace it.
Result<AuxiliaryVector> read_auxv(Tid tid, std::size_t word);

}  // namespace tether::procfs
