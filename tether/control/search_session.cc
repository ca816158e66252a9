#include "tether/control/internal/search_session.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>

#include "tether/control/state_directory.h"
#include "tether/tracee/permission.h"

namespace tether::internal {

namespace {

constexpr unsigned kMostThreads = 2;  // more only wait for memory

Error nothing_searched(Pid pid) {
  return {.code = ErrorCode::NotFound,
          .message = "nothing has been searched for in process " + std::to_string(pid.value),
          .hint = "`tether mem search PID VALUE` begins a search"};
}

}  // namespace

Result<std::string> path_of_search(Pid pid) {
  return (state_directory() / TETHER_TRY(name_of_life(pid, kSearchSuffix))).string();
}

unsigned threads_to_use(unsigned wanted) {
  cpu_set_t mine;
  if (wanted != 0) return wanted;
  if (::sched_getaffinity(0, sizeof mine, &mine) != 0) return 1;
  return std::min(static_cast<unsigned>(CPU_COUNT(&mine)), kMostThreads);
}

void add(SearchOutcome& outcome, const Found& found) {
  outcome.finds += found.finds;
  outcome.searched += found.searched;
  outcome.unreadable += found.unreadable;
}

Result<CandidateReader> open_search(Pid pid) {
  auto reader = CandidateReader::open(TETHER_TRY(path_of_search(pid)));
  if (!reader.has_value() && reader.error().sys_errno == ENOENT) return fail(nothing_searched(pid));
  return reader;
}

Result<void> check_alive(Pid pid, const SearchOutcome& outcome) {
  if (outcome.searched != 0 || outcome.unreadable == 0) return ok();
  if (!name_of_life(pid, kSearchSuffix).has_value()) return fail(explain_attach_failure(pid, ESRCH));
  return ok();
}

}  // namespace tether::internal
