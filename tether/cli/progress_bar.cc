#include "tether/cli/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "tether/cli/terminal.h"

namespace tether::cli {

namespace {

constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::chrono::milliseconds kInterval{100};
constexpr unsigned kNarrowest = 30;
constexpr unsigned kWidest = 60;

void draw(const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

ProgressBar::ProgressBar(std::string what, Wanted wanted)
    : what_(std::move(what)),
      is_shown_(wanted == Wanted::OnTerminals && is_terminal(STDERR_FILENO)),
      next_(Clock::now() + kPatience) {}

ProgressBar::~ProgressBar() {
  if (is_drawn_) draw("\r\033[K");
}

void ProgressBar::update(std::uint64_t done, std::uint64_t total) {
  if (!is_shown_ || total == 0) return;
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  is_drawn_ = true;
  const double part = std::min(static_cast<double>(done) / static_cast<double>(total), 1.0);
  const unsigned columns = std::clamp(find_terminal_width(STDERR_FILENO).value_or(80), kNarrowest, kWidest + 30);
  const auto width = static_cast<std::size_t>(std::min(columns - 20, kWidest));
  const auto full = static_cast<std::size_t>(part * static_cast<double>(width));
  draw(fmt::format("\r{} [{}{}] {:3.0f}%\033[K", what_, std::string(full, '#'), std::string(width - full, '.'),
                   part * 100));
}

}  // namespace tether::cli
