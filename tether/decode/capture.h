#pragma once
// Capturer: the descriptions' answer to "which bytes must be copied while the tracee is stopped?"
//
// It walks a call's arguments as the Decoder will, but builds nothing: it only reads, and appends what it has read to
// the record. It runs while the tracee waits, so a call that takes no memory costs one table look-up, a path or buffer
// costs one read, and nothing is allocated once the record's builder has grown to its working size.
//
//   Capturer capturer({.string_limit = 64, .fd_paths = true});
//   record.begin(RawKind::SyscallEntry, abi, tid, pid, now);
//   record.set_payload(entry);
//   capturer.capture_entry(abi, entry, source, record);

#include <array>
#include <cstdint>
#include <memory>

#include "tether/decode/options.h"
#include "tether/event/capture_policy.h"

namespace tether::decode {

/// Not thread-safe. Whatever the registers and the memory say, one call reads at most kMaxCapturedBytes in at most
/// kMaxCapturedPieces (walker.h), and ends.
class Capturer final : public CapturePolicy {
 public:
  explicit Capturer(const DecodeOptions& options, TableSet tables = built_in_tables());
  Capturer(Capturer&&) noexcept;
  Capturer& operator=(Capturer&&) = delete;
  ~Capturer() override;

  void capture_entry(Abi abi, const RawSyscallEntry& entry, CaptureSource& source, RawEventBuilder& record) override;
  void capture_exit(Abi abi, const RawSyscallEntry& entry, const RawSyscallExit& exit, CaptureSource& source,
                    RawEventBuilder& record) override;

 private:
  struct Plan;

  std::uint8_t plan_of(Abi abi, std::uint64_t number);

  DecodeOptions options_;
  TableSet tables_;
  std::array<std::unique_ptr<Plan>, kAbiCount> plans_;
};

}  // namespace tether::decode
