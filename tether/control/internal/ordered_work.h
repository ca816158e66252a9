#pragma once
// Work that several threads do at once, and whose results are taken one after the other in the order of its inputs.
//
//   Result<void> done = work_in_order<Unit, std::string>(2, claim, make, take);

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "tether/base/result.h"

namespace tether::internal {

/// `claim` gives the next input, or nothing at the end; `make` does the work, in several threads at once, told which of
/// them (0, 1, …) it runs in; `take` gets what it made. claim and take are called by one thread at a time. Ends with
/// the first error.
template <class Input, class Output>
Result<void> work_in_order(unsigned threads, const std::function<Result<std::optional<Input>>()>& claim,
                           const std::function<Result<Output>(unsigned, Input)>& make,
                           const std::function<Result<void>(Output)>& take) {
  std::mutex mutex;
  std::condition_variable turn_came;
  std::uint64_t claimed = 0;
  std::uint64_t turn = 0;
  std::optional<Error> failure;
  const auto run = [&](unsigned thread) {
    std::unique_lock lock(mutex);
    while (!failure) {
      auto input = claim();
      if (!input.has_value()) failure = std::move(input).error();
      if (failure || !*input) break;
      const std::uint64_t ticket = claimed++;
      lock.unlock();
      auto made = make(thread, std::move(**input));
      lock.lock();
      turn_came.wait(lock, [&] { return failure || turn == ticket; });
      if (failure) break;
      if (!made.has_value()) {
        failure = std::move(made).error();
      } else if (auto taken = take(std::move(*made)); !taken.has_value()) {
        failure = std::move(taken).error();
      }
      ++turn;
      turn_came.notify_all();
    }
    turn_came.notify_all();
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(run, i);
  run(0);
  others.clear();
  if (failure) return fail(std::move(*failure));
  return ok();
}

}  // namespace tether::internal
