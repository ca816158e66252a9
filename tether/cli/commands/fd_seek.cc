#include <charconv>
#include <utility>

#include "tether/cli/fd_change.h"
#include "tether/cli/sub_verbs.h"

namespace tether::cli {

namespace {

constexpr std::string_view kFdSeekUsage =
    "usage: tether fd seek [OPTIONS] PID FD OFFSET\n\n"
    "Moves the offset of an open file. OFFSET is a number; here+N or here-N, from where it is now; end, end+N or "
    "end-N. "
    "All who share the open file description are moved with it.\n\nOptions:\n";

struct SeekPlace {
  std::int64_t offset = 0;
  SeekFrom from = SeekFrom::Start;
};

Result<SeekPlace> parse_place(const std::string& word) {
  static constexpr std::pair<std::string_view, SeekFrom> kOrigins[] = {{"here", SeekFrom::Here},
                                                                       {"end", SeekFrom::End}};
  SeekPlace place;
  std::string_view rest = word;
  for (const auto& [name, from] : kOrigins) {
    if (!rest.starts_with(name)) continue;
    rest.remove_prefix(name.size());
    place.from = from;
    if (rest.empty()) return place;
    if (rest.front() == '+') rest.remove_prefix(1);
    break;
  }
  const auto [end, err] = std::from_chars(rest.data(), rest.data() + rest.size(), place.offset);
  if (err == std::errc() && end == rest.data() + rest.size()) return place;
  return fail({.code = ErrorCode::Malformed,
               .message = "'" + word + "' is no offset",
               .hint = "for example 0, here-100 or end"});
}

}  // namespace

int run_fd_seek(const Invocation& invocation) {
  const FdVerb verb{.usage = kFdSeekUsage, .synopsis = "PID FD OFFSET", .least_words = 2, .most_words = 2};
  return run_fd_change(invocation, verb, [](const FdWords& in) -> Result<FdChange> {
    const Fd fd = TETHER_TRY(parse_fd(in.words[0]));
    const SeekPlace place = TETHER_TRY(parse_place(in.words[1]));
    return FdChange{.pid = in.pid, .work = [fd, place](Changes& changes, Front&) {
                      return seek_descriptor(changes, fd, place.offset, place.from);
                    }};
  });
}

}  // namespace tether::cli
