#pragma once
// Options that several members of `mem` have.
//
//   static const std::vector<Option<Settings>> kOptions = {only_option<Settings>(), progress_option<Settings>()};

#include <optional>
#include <string>
#include <vector>

#include "tether/cli/command_line.h"
#include "tether/cli/progress_bar.h"

namespace tether::cli {

/// --no-progress, for settings with `bool hides_progress`.
template <class Settings>
constexpr Option<Settings> progress_option() {
  return {{0, "no-progress", OptionShape::Takes::Nothing, "", "no progress bar, which a terminal sees after a second"},
          [](Settings& settings, Argument) {
            settings.hides_progress = true;
            return ok();
          }};
}

template <class Settings>
ProgressBar::Wanted bar_wanted(const Settings& settings) {
  return settings.hides_progress ? ProgressBar::Wanted::Never : ProgressBar::Wanted::OnTerminals;
}

/// --only, for settings with `std::vector<std::string> only`.
template <class Settings>
constexpr Option<Settings> only_option() {
  return {{0, "only", OptionShape::Takes::Value, "WHAT",
           "heap, stack, anon, writable, all, the name of a mapped file, START-END or START+SIZE; may be repeated"},
          [](Settings& settings, Argument argument) {
            settings.only.emplace_back(*argument);
            return ok();
          }};
}

}  // namespace tether::cli
