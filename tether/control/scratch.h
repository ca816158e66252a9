#pragma once
// Scratch: a page or so in another process, for the strings and structures that remote calls point to.
//
//   Scratch scratch = TETHER_TRY(Scratch::map(calls, 4096));
//   RemoteAddr path = TETHER_TRY(scratch.put_string("/var/log/new"));
//   TETHER_TRY(calls.call(RemoteCall::Openat, {…, path.value, …}));
//   TETHER_CHECK(scratch.unmap());                              // the destructor does it too, without a result

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/remote_calls.h"

namespace tether {

class Scratch {
 public:
  /// A fresh private anonymous mapping of at least `size` bytes, zeroed. `calls` must outlive it. Errors: those of
  /// RemoteCalls; Io with mmap's errno (ENOMEM at a limit).
  static Result<Scratch> map(RemoteCalls& calls, std::size_t size);

  Scratch(Scratch&& other) noexcept = default;
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();

  RemoteAddr address() const { return start_; }
  std::size_t size() const { return size_; }

  static constexpr std::size_t kAlignment = 16;
  /// Copies `bytes` behind what is there already, aligned to kAlignment, and says where they are.
  /// Malformed if they do not fit.
  Result<RemoteAddr> put(std::span<const std::byte> bytes);
  /// The same with a terminating NUL.
  Result<RemoteAddr> put_string(std::string_view text);
  /// Room for `size` bytes.
  Result<RemoteAddr> reserve(std::size_t size);
  /// Forgets what was put, so that the room can be used again.
  void clear() { used_ = 0; }

  Result<void> unmap();

 private:
  Scratch(RemoteCalls& calls, RemoteAddr start, std::size_t size) : calls_(&calls), start_(start), size_(size) {}

  struct Nothing {
    void operator()(RemoteCalls*) const {}
  };
  std::unique_ptr<RemoteCalls, Nothing> calls_;  ///< not owned; null once unmapped or moved from
  RemoteAddr start_;
  std::size_t size_;
  std::size_t used_ = 0;
};

/// A remote result, -errno turned into an Error that says `what` failed.
Result<std::uint64_t> checked(std::int64_t result, std::string_view what);

}  // namespace tether
