#pragma once
// SyscallText: one system call that was made for the user, as `tether trace` would show it.
//
//   SyscallText text(nr, tid);
//   text.note_entry(arguments);
//   … the call is made …
//   text.note_exit(result);                   // while what its arguments point to is still there
//   text.finish();                            // openat(AT_FDCWD, "x.txt", O_RDWR|O_CREAT, 0600) = 5

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/base/ids.h"
#include "tether/decode/capture.h"
#include "tether/event/raw_event.h"

namespace tether::cli {

class SyscallText {
 public:
  SyscallText(SyscallNr nr, Tid tid);

  /// Copies what decoding will need from the task's memory.
  void note_entry(const std::array<std::uint64_t, 6>& arguments);
  void note_exit(std::int64_t result);

  std::string finish() const;

 private:
  SyscallNr nr_;
  Tid tid_;
  decode::DecodeOptions options_;
  decode::Capturer capturer_;
  RawSyscallEntry entry_;
  std::vector<std::byte> entry_record_;
  std::vector<std::byte> exit_record_;
};

}  // namespace tether::cli
