#pragma once
// Target: the process, or the one thread of it, that a verb is told to look at or to change.
//
//   tether show 4242           a process
//   tether regs 4242:4243      one of its threads
//   tether show -n redis-server
//
//   auto taken = take_target(settings.name, words);            // words: what follows the options
//   if (!taken.has_value()) return complain_of_target(taken.error());
//   use(taken->target, taken->rest);

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/cli/command_line.h"
#include "tether/procfs/task.h"

namespace tether::cli {

struct Target {
  Pid pid;
  std::optional<Tid> thread;  ///< absent: all of them

  /// The thread that was named, or the main one; another one if that has ended before it.
  Tid task() const { return thread.value_or(procfs::living_task_of(pid)); }
};

/// "PID" or "PID:TID", by its text alone. Malformed for anything else.
Result<Target> parse_target(std::string_view text);

/// The same, looked up in /proc. NotFound if there is no such process or if TID is not a thread of it. A PID that is
/// the id of a thread other than the leader is answered with the PID:TID that was meant.
Result<Target> find_target(std::string_view text);

/// A process that NAME may mean: its id and what to call it in a list.
struct Candidate {
  Pid pid;
  std::string command;
};

/// The only one of `candidates`. NotFound if there is none, Malformed if there are several, with a list of them.
Result<Pid> choose_candidate(std::string_view name, const std::vector<Candidate>& candidates);

/// The one process whose name (comm, at most 15 bytes) or whose executable's base name is `name`; tether itself is
/// never meant. Errors: those of choose_candidate().
Result<Pid> find_named_process(std::string_view name);

struct TakenTarget {
  Target target;
  std::span<char* const> rest;  ///< the words behind it
};

/// What a verb wants of its target. Most have nothing to say of a process that has ended and waits for its parent, or
/// of a kernel thread.
enum class Wanted : std::uint8_t { UserProcess, Anything };

/// The process called `name` (-n) if there is a name, else the target that the first word says. Malformed if there is
/// neither; those of expect_user_process().
Result<TakenTarget> take_target(const std::optional<std::string>& name, std::span<char* const> words,
                                Wanted wanted = Wanted::UserProcess);

/// The same for what is of the process and not of a thread. Malformed, too, if a thread was named.
Result<TakenTarget> take_process(const std::optional<std::string>& name, std::span<char* const> words,
                                 Wanted wanted = Wanted::UserProcess);

/// NotFound for a zombie whose threads have all ended, and if the main thread has ended, is wanted, and no other was
/// named; PermissionDenied for a kernel thread.
Result<void> expect_user_process(const Target& target, Wanted wanted);

/// Unsupported for tether itself, and for an ancestor of it that waits for a child just now: while tether waits for
/// what it does, it waits for tether.
Result<void> expect_not_waiting_for_us(Pid pid);

/// Malformed if a thread was named.
Result<void> expect_process(const Target& target);

/// Says that nothing was expected behind the target. Returns the exit status.
int complain_of_rest(std::string_view word);

/// Says the error, and returns the exit status for a target that was not to be had: 1 if it is not there or not
/// allowed, 125 if it was badly named.
int complain_of_target(const Error& error);

/// Says why a process was not changed, with whose it is where that explains a PermissionDenied. Returns the exit
/// status: 1 if it is another user's or has ended, 125 if something else was in the way.
int complain_of_change(Pid pid, Error error);

/// The option -n NAME, for a verb whose settings have `std::optional<std::string> name`.
template <class Settings>
constexpr Option<Settings> name_option() {
  return {{'n', "name", OptionShape::Takes::Value, "NAME", "the process of this name, instead of a PID"},
          [](Settings& settings, Argument argument) {
            settings.name = std::string(*argument);
            return ok();
          }};
}

}  // namespace tether::cli
