#pragma once
// PatientOutput: writing to a reader who may be slow, or stuck, without being stuck with him.
//
// Who writes while a thread of another process stands at a breakpoint must be able to give up: it writes only when the
// reader takes something, and stops waiting when tether is to end.

#include <string_view>

#include "tether/base/unique_fd.h"

namespace tether::cli {

class PatientOutput {
 public:
  /// `fd` is written to; waiting ends when `ending` becomes readable.
  PatientOutput(int fd, int ending) : fd_(fd), ending_(ending) {}
  PatientOutput(UniqueFd file, int ending) : file_(std::move(file)), fd_(file_.get()), ending_(ending) {}

  /// False if the reader is gone, or takes nothing while tether is to end. SIGPIPE must be ignored.
  bool write(std::string_view text);
  /// Why the last one failed, by errno; 0 if it did not, or because tether is to end.
  int error() const { return error_; }

 private:
  bool give_up(int error);
  UniqueFd file_;
  int fd_;
  int ending_;
  int error_ = 0;
};

}  // namespace tether::cli
