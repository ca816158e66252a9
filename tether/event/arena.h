#pragma once
// Arena: memory for one event's Values, given back all at once.
//
// Decoding an event allocates a few dozen small nodes; a bump pointer makes that nearly free, and clear() keeps the
// blocks for the next event. Only trivially destructible types may live here. Not thread-safe.

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tether {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// `n` value-initialised objects.
  template <class T>
  std::span<T> make_array(std::size_t n) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* first = static_cast<T*>(allocate(n * sizeof(T), alignof(T)));
    for (std::size_t i = 0; i < n; ++i) ::new (static_cast<void*>(first + i)) T();
    return {first, n};
  }

  template <class T>
  T* make(const T& value) {
    static_assert(std::is_trivially_destructible_v<T>);
    return ::new (allocate(sizeof(T), alignof(T))) T(value);
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* to = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  /// Invalidates everything allocated; keeps the memory for reuse.
  void clear() {
    block_ = 0;
    used_ = 0;
  }

 private:
  static constexpr std::size_t kBlockSize = 16 * 1024;

  void* allocate(std::size_t size, std::size_t align) {
    while (block_ < blocks_.size()) {
      const std::size_t start = (used_ + align - 1) & ~(align - 1);
      if (start + size <= blocks_[block_].size) {
        used_ = start + size;
        return blocks_[block_].bytes.get() + start;
      }
      ++block_;
      used_ = 0;
    }
    const std::size_t block_size = size > kBlockSize ? size : kBlockSize;
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(block_size), block_size});
    used_ = size;
    return blocks_.back().bytes.get();
  }

  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };
  std::vector<Block> blocks_;
  std::size_t block_ = 0;
  std::size_t used_ = 0;
};

}  // namespace tether
