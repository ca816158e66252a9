#include "tether/event/selection.h"

namespace tether {

SyscallSelection SyscallSelection::all() {
  SyscallSelection selection;
  for (auto& numbers : selection.numbers_) numbers.set();
  selection.unknown_ = true;
  return selection;
}

void SyscallSelection::insert(SyscallNr nr) {
  if (nr.number < kLimit) numbers_[static_cast<std::size_t>(nr.abi)].set(nr.number);
}

void SyscallSelection::erase(SyscallNr nr) {
  if (nr.number < kLimit) numbers_[static_cast<std::size_t>(nr.abi)].reset(nr.number);
}

bool SyscallSelection::is_none() const {
  return !unknown_ && numbers_[0].none() && numbers_[1].none();
}

bool SyscallSelection::is_all() const {
  return unknown_ && numbers_[0].all() && numbers_[1].all();
}

SyscallSelection SyscallSelection::complement() const {
  SyscallSelection others = *this;
  for (auto& numbers : others.numbers_) numbers.flip();
  others.unknown_ = !unknown_;
  return others;
}

}  // namespace tether
