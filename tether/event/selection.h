#pragma once
// Selection: which events an observer wants. Made by filter/ from `-e` expressions, obeyed by engines and by the
// session.

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/base/ids.h"

namespace tether {

/// A set of system calls, per ABI. Numbers beyond the tables are one class of their own: `unknown`.
class SyscallSelection {
 public:
  static constexpr std::size_t kLimit = 1024;

  static SyscallSelection all();
  static SyscallSelection none() { return {}; }

  bool contains(SyscallNr nr) const {
    return nr.number < kLimit ? numbers_[static_cast<std::size_t>(nr.abi)].test(nr.number) : unknown_;
  }
  void insert(SyscallNr nr);
  void erase(SyscallNr nr);
  void set_unknown(bool wanted) { unknown_ = wanted; }
  bool is_all() const;
  bool is_none() const;
  /// Everything that is not in this one, unknown calls included.
  SyscallSelection complement() const;

 private:
  std::bitset<kLimit> numbers_[kAbiCount];
  bool unknown_ = false;
};

/// A set of signals 1…64.
struct SignalSelection {
  std::uint64_t bits = ~std::uint64_t{0};  ///< bit N-1 is signal N
  bool contains(Signal signal) const {
    return signal.value >= 1 && signal.value <= 64 && ((bits >> (signal.value - 1)) & 1) != 0;
  }
};

/// A set of file descriptors: those that are listed, or all others.
struct FdSelection {
  std::vector<Fd> listed;
  bool is_complement = false;
  bool contains(Fd fd) const { return (std::find(listed.begin(), listed.end(), fd) != listed.end()) != is_complement; }
  bool is_none() const { return listed.empty() && !is_complement; }
};

}  // namespace tether
