#pragma once
// Snapshot: the memory in a core file, be it of write_snapshot(), of write_core(), of the kernel or of gdb.
//
//   const Snapshot snapshot = TETHER_TRY(Snapshot::open("before"));
//   TETHER_CHECK(find_differences(pid, snapshot, {}, [](const Difference& d) { … }));

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"

namespace tether {

class Snapshot {
 public:
  /// Errors: NotFound, PermissionDenied; Malformed if it is no core file, or a damaged one.
  static Result<Snapshot> open(const std::string& path);
  Snapshot(Snapshot&& other) noexcept;
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot();

  struct Part {
    RemoteAddr start;
    std::uint64_t size = 0;               ///< in memory
    std::span<const std::byte> contents;  ///< what the file has of it; lives as long as the snapshot
  };
  const std::vector<Part>& parts() const { return parts_; }
  /// Which life of which process it is of (name_of_life); empty if the file does not say.
  const std::string& life() const { return life_; }

 private:
  Snapshot(void* bytes, std::size_t size) : bytes_(bytes), size_(size) {}
  template <class Elf>
  Result<void> read_programs();
  void read_notes(std::span<const std::byte> notes);
  std::span<const std::byte> file() const { return {static_cast<const std::byte*>(bytes_), size_}; }

  void* bytes_;  ///< mapped
  std::size_t size_;
  std::vector<Part> parts_;
  std::string life_;
};

/// Bytes that are not what they were, one behind the other.
struct Difference {
  enum class Kind : std::uint8_t { Changed, Gone } kind = Kind::Changed;
  RemoteAddr address;
  std::vector<std::byte> before;  ///< Gone: none
  std::vector<std::byte> after;
  std::uint64_t size = 0;  ///< bytes
};

struct DifferenceOptions {
  /// Differences begin and end at multiples of it: 4 shows whole ints. A power of two.
  std::size_t width = 4;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

/// Compares the snapshot with the present memory of the process and calls `visit` for each difference, ascending. What
/// was not in the snapshot is not looked at. Memory that cannot be read any more is Gone. Errors: TraceeGone,
/// PermissionDenied; Malformed if the snapshot is of another process.
Result<void> find_differences(Pid pid, const Snapshot& snapshot, const DifferenceOptions& options,
                              const std::function<void(const Difference&)>& visit);

}  // namespace tether
