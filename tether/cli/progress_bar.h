#pragma once
// ProgressBar: how far something long has come, on a terminal, for whoever has waited for a second.
//
//   ProgressBar bar("searching", settings.shows_progress);
//   bar.update(done, total);                       // as often as one likes

#include <chrono>
#include <cstdint>
#include <string>

namespace tether::cli {

class ProgressBar {
 public:
  enum class Wanted : std::uint8_t { OnTerminals, Never };

  /// It is drawn on standard error, if that is a terminal.
  ProgressBar(std::string what, Wanted wanted);
  ~ProgressBar();  ///< wipes it away
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void update(std::uint64_t done, std::uint64_t total);

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  bool is_shown_;
  bool is_drawn_ = false;
  Clock::time_point next_;
};

}  // namespace tether::cli
