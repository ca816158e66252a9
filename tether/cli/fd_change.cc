#include "tether/cli/fd_change.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <iterator>

#include "tether/base/nearest_name.h"
#include "tether/cli/messages.h"
#include "tether/cli/target.h"

namespace tether::cli {

namespace {

using Takes = OptionShape::Takes;

constexpr Option<FdSettings> kNoKeep = {
    {0, "no-keep", Takes::Nothing, "", "let go of what the descriptor was: undoing opens it anew, where it has a path"},
    [](FdSettings& s, Argument) {
      s.keep = Keep::No;
      return ok();
    }};

constexpr Option<FdSettings> kTruncate = {{0, "truncate", Takes::Nothing, "", "empty the file first"},
                                          [](FdSettings& s, Argument) {
                                            s.truncates = true;
                                            return ok();
                                          }};

constexpr Option<FdSettings> kHere = {
    {0, "here", Takes::Nothing, "", "tether opens the file, as it sees it and with its own rights, and hands it over"},
    [](FdSettings& s, Argument) {
      s.opens_here = true;
      return ok();
    }};

struct OpenFlag {
  std::string_view name;
  std::uint32_t bits;
};
#define TETHER_FLAG(name) \
  OpenFlag {              \
#name, name           \
  }
constexpr OpenFlag kOpenFlags[] = {
    TETHER_FLAG(O_RDONLY),    TETHER_FLAG(O_WRONLY),   TETHER_FLAG(O_RDWR),  TETHER_FLAG(O_APPEND),
    TETHER_FLAG(O_CREAT),     TETHER_FLAG(O_EXCL),     TETHER_FLAG(O_TRUNC), TETHER_FLAG(O_NONBLOCK),
    TETHER_FLAG(O_CLOEXEC),   TETHER_FLAG(O_DIRECT),   TETHER_FLAG(O_SYNC),  TETHER_FLAG(O_DSYNC),
    TETHER_FLAG(O_DIRECTORY), TETHER_FLAG(O_NOFOLLOW), TETHER_FLAG(O_PATH),  TETHER_FLAG(O_NOATIME),
    TETHER_FLAG(O_NOCTTY),    TETHER_FLAG(O_TMPFILE),
};
#undef TETHER_FLAG

template <class Int>
std::optional<Int> parse_whole(std::string_view text) {
  Int value{};
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error wrong_words(const FdVerb& verb) {
  return {.code = ErrorCode::Malformed,
          .message = "the words are " + std::string(verb.synopsis),
          .hint = "--help tells what they mean"};
}

Result<std::uint32_t> parse_open_flag(std::string_view name) {
  std::string wanted(name);
  std::ranges::transform(wanted, wanted.begin(), [](unsigned char c) { return std::toupper(c); });
  if (!wanted.starts_with("O_")) wanted.insert(0, "O_");
  const auto found = std::ranges::find(kOpenFlags, wanted, &OpenFlag::name);
  if (found != std::end(kOpenFlags)) return found->bits;
  std::vector<std::string_view> names;
  for (const OpenFlag& flag : kOpenFlags) names.push_back(flag.name);
  return fail({.code = ErrorCode::Malformed,
               .message = "no flag '" + std::string(name) + "' of open(2)" + did_you_mean(wanted, names),
               .hint = "for example O_WRONLY|O_APPEND|O_CREAT"});
}

}  // namespace

std::vector<Option<FdSettings>> fd_options(FdOptions which) {
  switch (which) {
    case FdOptions::Common:
      return with_change_options<FdSettings>({});
    case FdOptions::Replacing:
      return with_change_options<FdSettings>({kNoKeep});
    case FdOptions::Opening:
      return with_change_options<FdSettings>({kHere});
    case FdOptions::Redirecting:
      break;
  }
  return with_change_options<FdSettings>({kHere, kTruncate, kNoKeep});
}

int run_fd_change(const Invocation& invocation, const FdVerb& verb,
                  const std::function<Result<FdChange>(const FdWords&)>& prepare) {
  FdSettings settings;
  const auto shapes = fd_options(verb.options);
  const auto words = read_words<FdSettings>(invocation.argc, invocation.argv, shapes, settings);
  if (!words.has_value()) return complain(words.error());
  if (settings.change.wants_help) return print_help(verb.usage, shapes);
  if (!words->command.empty()) return complain(wrong_words(verb));
  const auto taken = take_process(settings.change.name, words->words);
  if (!taken.has_value()) return complain_of_target(taken.error());
  if (taken->rest.size() < verb.least_words || taken->rest.size() > verb.most_words) return complain(wrong_words(verb));
  const auto change =
      prepare({.pid = taken->target.pid, .words = {taken->rest.begin(), taken->rest.end()}, .settings = settings});
  if (!change.has_value()) return complain_of_change(taken->target.pid, change.error());
  return run_change(settings.change, {change->pid}, change->work);
}

Result<Fd> parse_fd(std::string_view word) {
  if (const auto number = parse_whole<std::int32_t>(word); number && *number >= 0) return Fd(*number);
  return fail({.code = ErrorCode::Malformed,
               .message = "'" + std::string(word) + "' is no descriptor",
               .hint = "a descriptor is a number such as 1; `tether fd ls PID` lists them"});
}

Result<std::uint32_t> parse_open_flags(std::string_view word) {
  std::uint32_t bits = 0;
  while (!word.empty()) {
    const std::string_view name = word.substr(0, word.find_first_of("|,"));
    word.remove_prefix(std::min(name.size() + 1, word.size()));
    bits |= TETHER_TRY(parse_open_flag(name));
  }
  return bits;
}

Result<UniqueFd> open_here(const Changes& changes, const OpenRequest& request) {
  struct stat found;
  const bool has_contents = ::stat(request.path.c_str(), &found) == 0 && S_ISREG(found.st_mode) && found.st_size != 0;
  if (has_contents && (request.flags & O_TRUNC) != 0)
    TETHER_CHECK(changes.allow_irrevocable("what is in " + request.path + " is lost"));
  const auto flags = static_cast<int>(request.flags | O_CLOEXEC | O_NOCTTY);
  UniqueFd file(::open(request.path.c_str(), flags, request.mode));
  if (!file.is_open()) return fail(errno_error(errno, "opening " + request.path));
  return file;
}

std::optional<ForeignDescriptor> find_foreign_descriptor(std::string_view word) {
  const std::size_t colon = word.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto pid = parse_whole<std::int32_t>(word.substr(0, colon));
  const auto fd = parse_whole<std::int32_t>(word.substr(colon + 1));
  if (!pid || !fd || *pid <= 0 || *fd < 0) return std::nullopt;
  return ForeignDescriptor{.pid = Pid(*pid), .fd = Fd(*fd)};
}

}  // namespace tether::cli
