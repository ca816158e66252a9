#pragma once
// TargetCall: the command line of a verb on one process or thread: options, the target, and the words behind it.
//
// Without a command, what stands behind `--` are words, too (POSIX, Utility Syntax Guidelines).
//
//   const auto call = read_target_call<Settings>(invocation, kUsage, options());
//   if (!call.has_value()) return call.error();
//   use(call->settings, call->target, call->rest);

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/command_line.h"
#include "tether/cli/messages.h"
#include "tether/cli/target.h"
#include "tether/cli/verb.h"

namespace tether::cli {

/// What stands behind `--`.
enum class Behind : std::uint8_t { Words, Command };

template <class Settings>
struct TargetCall {
  Settings settings{};
  Target target{};
  std::span<char* const> rest{};  ///< within words
  Words words{};

  TargetCall() = default;
  TargetCall(TargetCall&&) = default;
  TargetCall& operator=(TargetCall&&) = delete;
};

/// Settings with `wants_help` and `name`, or with a ChangeSettings `change`. Otherwise an exit status: help has been
/// shown, or what is wrong has been said.
template <class Settings>
std::expected<TargetCall<Settings>, int> read_target_call(const Invocation& invocation, std::string_view usage,
                                                          const std::vector<Option<Settings>>& options,
                                                          Behind behind = Behind::Words,
                                                          Wanted wanted = Wanted::UserProcess) {
  TargetCall<Settings> call;
  auto words = read_words<Settings>(invocation.argc, invocation.argv, options, call.settings);
  if (!words.has_value()) return std::unexpected(complain(words.error()));
  call.words = std::move(*words);
  if (behind == Behind::Words) {
    call.words.words.insert(call.words.words.end(), call.words.command.begin(), call.words.command.end());
    call.words.command.clear();
  }
  const auto& common = [&]() -> const auto& {
    if constexpr (requires { call.settings.change; })
      return call.settings.change;
    else
      return call.settings;
  }
  ();
  if (common.wants_help) return std::unexpected(print_help(usage, options));
  const auto taken = take_target(common.name, call.words.words, wanted);
  if (!taken.has_value()) return std::unexpected(complain_of_target(taken.error()));
  call.target = taken->target;
  call.rest = taken->rest;
  return call;
}

}  // namespace tether::cli
