#pragma once
// DisplacementArea: memory in a process, near its code, that holds copies of displaced instructions.
//
// It is mapped by the process itself (remote_calls.h), readable and executable, in a gap between its mappings from
// which 32-bit displacements reach the code.
//
//   DisplacementArea area = TETHER_TRY(DisplacementArea::map(calls, address));
//   RemoteAddr slot = *area.take_slot();

#include <cstddef>
#include <optional>
#include <span>

#include "tether/arch/page.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/remote_calls.h"
#include "tether/procfs/maps.h"

namespace tether {

/// Where `size` bytes can be mapped within reach of `near`, below it if possible, and never where the heap or a stack
/// would grow. Pure. nullopt if there is no such gap.
std::optional<RemoteAddr> find_gap(std::span<const procfs::Mapping> maps, RemoteAddr near, std::size_t size, Abi abi);

class DisplacementArea {
 public:
  static constexpr std::size_t kBytes = kPageSize;
  static constexpr std::size_t kSlotBytes = 32;

  /// Errors: those of RemoteCalls; NotFound if there is no gap near enough.
  static Result<DisplacementArea> map(RemoteCalls& calls, RemoteAddr near);

  /// Another process's copy of one, made by fork.
  explicit DisplacementArea(RemoteAddr start) : start_(start) {}

  RemoteAddr start() const { return start_; }
  bool contains(RemoteAddr addr) const { return start_ <= addr && addr < start_ + kBytes; }
  /// Whether 32-bit displacements in its slots reach `addr` and whatever that refers to in its module.
  bool is_near(RemoteAddr addr, Abi abi) const;
  /// A free slot; nullopt if there is none left.
  std::optional<RemoteAddr> take_slot();

  /// Unmaps it. No thread may stand in it.
  Result<void> unmap(RemoteCalls& calls) const;

 private:
  RemoteAddr start_;
  std::size_t used_ = 0;
};

}  // namespace tether
