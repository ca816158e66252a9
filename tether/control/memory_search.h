#pragma once
// Searching another process's memory, and narrowing what was found down.
//
// Nothing is stopped: the process goes on, and what it changes meanwhile is seen as it is when it is come to. What was
// found lies in a file (candidates.h) that belongs to this life of this process; narrowing reads it block by block and
// writes a new one, so that memory use does not grow with the number of finds.
//
//   const SearchOutcome outcome = TETHER_TRY(search_memory(pid, pattern, {}));
//   const SearchOutcome fewer = TETHER_TRY(narrow_search(pid, TETHER_TRY(parse_narrowing("+1")), {}));
//   TETHER_CHECK(visit_finds(pid, 20, [](RemoteAddr at, std::span<const std::byte> value) { … }));

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/search_pattern.h"

namespace tether {

/// Hears how far it is; called by one thread at a time.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct SearchOptions {
  std::vector<std::string> only;  ///< as select_ranges() reads it
  std::size_t alignment = 0;      ///< a power of two up to 4096; 0: the pattern's natural one
  unsigned threads = 0;           ///< 0: one for each processor that we may use, two at most
  Progress progress;
};

struct SearchOutcome {
  std::uint64_t finds = 0;
  std::uint64_t searched = 0;    ///< bytes
  std::uint64_t unreadable = 0;  ///< bytes that were to be searched and could not be read
  std::uint64_t narrowed = 0;    ///< how often it has been narrowed
};

/// Searches anew. Errors: those of select_ranges(); PermissionDenied, TraceeGone; Io for the file.
Result<SearchOutcome> search_memory(Pid pid, const SearchPattern& pattern, const SearchOptions& options);

/// What a find must fulfil to stay one.
struct Narrowing {
  enum class Kind : std::uint8_t { Unchanged, Changed, Increased, Decreased, Is, By } kind = Kind::Unchanged;
  std::string value;  ///< Is: a number, a range, or a pattern of the search's kind; By: +N or -N
};

/// "unchanged", "changed", "increased", "decreased", "=42", "=1..3", "+5", "-5". Malformed.
Result<Narrowing> parse_narrowing(std::string_view text);

/// Keeps the finds that fulfil it now, compared with when they were last looked at. NotFound if nothing was searched
/// for; Malformed if it cannot be asked of what was.
Result<SearchOutcome> narrow_search(Pid pid, const Narrowing& narrowing, const Progress& progress);

/// The search so far. NotFound if there is none.
struct SearchState {
  SearchPattern pattern;
  std::size_t alignment = 1;
  std::uint64_t finds = 0;
  std::uint64_t narrowed = 0;
};
Result<SearchState> read_search(Pid pid);

/// Calls `visit` for the first `most` finds with the value that each had when it was looked at (none for a regex).
Result<void> visit_finds(Pid pid, std::uint64_t most,
                         const std::function<void(RemoteAddr, std::span<const std::byte>)>& visit);

/// Forgets the search; false if there was none.
Result<bool> reset_search(Pid pid);

}  // namespace tether
