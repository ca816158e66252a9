#include <string>
#include <vector>

#include "tether/cli/fd_change.h"
#include "tether/cli/sub_verbs.h"

namespace tether::cli {

namespace {

constexpr std::string_view kFdFlagsUsage =
    "usage: tether fd flags [OPTIONS] PID FD [+FLAG | -FLAG]...\n\n"
    "Sets and clears flags of an open descriptor: O_APPEND, O_NONBLOCK, O_DIRECT, O_NOATIME, which belong to the open "
    "file description and change for all who share it, and cloexec, which is the descriptor's own.\n\nOptions:\n";

/// What stands for the minus before a flag while the options are read: "-O_APPEND" would be taken for one.
constexpr char kCleared = '~';

bool is_cleared_flag(std::string_view word) {
  return word.starts_with("-O_") || word == "-cloexec";
}

Result<FlagEdit> parse_edit(std::span<const std::string> words) {
  FlagEdit edit;
  for (const std::string& word : words) {
    const std::string_view name = std::string_view(word).substr(1);
    const bool is_set = word.starts_with('+');
    if (!is_set && !word.starts_with(kCleared))
      return fail({.code = ErrorCode::Malformed,
                   .message = "'" + word + "' neither sets nor clears a flag",
                   .hint = "for example +O_NONBLOCK or -cloexec"});
    if (name == "cloexec" || name == "O_CLOEXEC" || name == "FD_CLOEXEC")
      edit.is_cloexec = is_set;
    else
      (is_set ? edit.set : edit.clear) |= TETHER_TRY(parse_open_flags(name));
  }
  return edit;
}

}  // namespace

int run_fd_flags(const Invocation& invocation) {
  std::vector<std::string> words(invocation.argv, invocation.argv + invocation.argc);
  for (std::string& word : words)
    if (is_cleared_flag(word)) word[0] = kCleared;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const FdVerb verb{
      .usage = kFdFlagsUsage, .synopsis = "PID FD [+FLAG | -FLAG]...", .least_words = 2, .most_words = argv.size()};
  return run_fd_change({invocation.argc, argv.data(), invocation.verbs}, verb,
                       [](const FdWords& in) -> Result<FdChange> {
                         const Fd fd = TETHER_TRY(parse_fd(in.words[0]));
                         const FlagEdit edit = TETHER_TRY(parse_edit(std::span(in.words).subspan(1)));
                         return FdChange{.pid = in.pid, .work = [fd, edit](Changes& changes, Front&) {
                                           return edit_descriptor_flags(changes, fd, edit);
                                         }};
                       });
}

}  // namespace tether::cli
