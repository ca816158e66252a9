#pragma once
// PageBuffer: where much of another process's memory is read to, again and again.
//
// It begins where a page does. process_vm_readv(2) copies page by page, and the copying instructions of a processor
// (rep movsb) can be four times slower where source and destination do not lie alike within a cache line, as is so with
// what malloc(3) gives.

#include <cstddef>
#include <span>
#include <vector>

#include "tether/arch/page.h"

namespace tether::internal {

/// `size` bytes, 0 at first.
class PageBuffer {
 public:
  explicit PageBuffer(std::size_t size) : pages_((size + sizeof(Page) - 1) / sizeof(Page)), size_(size) {}

  /// As long as the buffer lives, also when it is moved.
  std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(pages_)).first(size_); }

 private:
  struct alignas(kPageSize) Page {
    std::byte bytes[kPageSize];
  };

  std::vector<Page> pages_;
  std::size_t size_;
};

}  // namespace tether::internal
