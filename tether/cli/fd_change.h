#pragma once
// What the commands have in common that change a process's descriptors: `tether fd VERB PID FD ...`.
//
//   int run_fd_close(const Invocation& invocation) {
//     return run_fd_change(invocation, {.usage = kUsage, .least_words = 1, .most_words = 1}, [](const FdWords& in)
//     {…});
//   }

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/cli/change_options.h"
#include "tether/cli/verb.h"
#include "tether/control/descriptors.h"

namespace tether::cli {

struct FdSettings {
  ChangeSettings change;
  Keep keep = Keep::Yes;
  bool truncates = false;
  bool opens_here = false;
};

/// The common options of changes; --no-keep for those that replace a descriptor; --here for those that open a file.
enum class FdOptions : std::uint8_t { Common, Replacing, Opening, Redirecting };
std::vector<Option<FdSettings>> fd_options(FdOptions which);

struct FdVerb {
  std::string_view usage;       ///< for --help, up to the options
  std::string_view synopsis;    ///< of the words, for a complaint about their number: "PID FD PATH"
  std::size_t least_words = 1;  ///< behind the process
  std::size_t most_words = 1;
  FdOptions options = FdOptions::Common;
};

struct FdWords {
  Pid pid;
  std::vector<std::string> words;  ///< behind the process
  FdSettings settings;
};

/// Which process is changed, and how.
struct FdChange {
  Pid pid;
  ChangeWork work;
};

/// Reads the words, lets `prepare` understand them, and makes the change in a guardian. Returns the exit status.
int run_fd_change(const Invocation& invocation, const FdVerb& verb,
                  const std::function<Result<FdChange>(const FdWords&)>& prepare);

/// "7". Malformed for anything else.
Result<Fd> parse_fd(std::string_view word);

/// "O_RDWR|O_CREAT", with or without O_ and in any case, separated by | or commas. Malformed for an unknown name, with
/// the nearest one.
Result<std::uint32_t> parse_open_flags(std::string_view word);

/// Opens a file with tether's own eyes and rights, for a process. Truncating one that is not empty must be allowed.
Result<UniqueFd> open_here(const Changes& changes, const OpenRequest& request);

/// A descriptor of another process: "4242:1". Absent if the word is none.
struct ForeignDescriptor {
  Pid pid;
  Fd fd;
};
std::optional<ForeignDescriptor> find_foreign_descriptor(std::string_view word);

}  // namespace tether::cli
