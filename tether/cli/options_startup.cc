#include <algorithm>
#include <charconv>
#include <string>

#include "tether/base/nearest_name.h"
#include "tether/cli/trace_options.h"

namespace tether::cli {

namespace {

using Takes = OptionShape::Takes;

/// "1,2 3": ids separated by commas and blanks, as pidof(1) and pgrep(1) print them.
Result<void> add_pids(TraceSettings& s, Argument list) {
  constexpr std::string_view kSeparators = ", \t\n";
  std::string_view rest = *list;
  bool found = false;
  for (;;) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kSeparators), rest.size()));
    if (rest.empty()) break;
    const std::string_view word = rest.substr(0, rest.find_first_of(kSeparators));
    std::int32_t pid = 0;
    const auto [end, err] = std::from_chars(word.data(), word.data() + word.size(), pid);
    if (err != std::errc() || end != word.data() + word.size() || pid <= 0)
      return fail({.code = ErrorCode::Malformed,
                   .message = "-p: '" + std::string(word) + "' is no process id",
                   .hint = "see `ps -e`; for a name there is --name"});
    s.session.attach.push_back(Pid(pid));
    found = true;
    rest.remove_prefix(word.size());
  }
  if (!found)
    return fail({.code = ErrorCode::Malformed,
                 .message = "-p: no process id was given",
                 .hint = "see `ps -e`; `pgrep` may have found nothing"});
  return ok();
}

Result<void> change_environment(TraceSettings& s, Argument text) {
  const std::size_t equals = text->find('=');
  if (equals == 0)
    return fail(
        {.code = ErrorCode::Malformed, .message = "-E: '" + std::string(*text) + "' names no variable", .hint = {}});
  const std::string name(text->substr(0, equals));
  if (equals == std::string_view::npos)
    s.command.environment.emplace_back(name, std::nullopt);
  else
    s.command.environment.emplace_back(name, std::string(text->substr(equals + 1)));
  return ok();
}

Result<void> choose_interruptible(TraceSettings& s, Argument text) {
  static constexpr struct {
    std::string_view name;
    std::string_view number;
    Interruptible value;
  } kNames[] = {{"anywhere", "1", Interruptible::Always},
                {"waiting", "2", Interruptible::Always},
                {"never", "3", Interruptible::Never},
                {"never_tstp", "4", Interruptible::NeverNorStopped}};
  for (const auto& known : kNames) {
    if (*text != known.name && *text != known.number) continue;
    s.interruptible = known.value;
    return ok();
  }
  return fail({.code = ErrorCode::Malformed,
               .message = "-I: no '" + std::string(*text) + "'" +
                          did_you_mean(*text, {"anywhere", "waiting", "never", "never_tstp"}),
               .hint = "there are anywhere (1), waiting (2), never (3) and never_tstp (4)"});
}

/// -D, -DD, -DDD, or --daemonize[=grandchild|pgroup|pgrp|session].
Result<void> choose_tracer_group(TraceSettings& s, Argument name) {
  static constexpr struct {
    std::string_view name;
    TracerGroup group;
  } kNames[] = {{"grandchild", TracerGroup::Same},
                {"pgroup", TracerGroup::OwnGroup},
                {"pgrp", TracerGroup::OwnGroup},
                {"session", TracerGroup::OwnSession}};
  if (!name) {
    if (s.tracer_group == TracerGroup::OwnSession)
      return fail({.code = ErrorCode::Malformed, .message = "-D is given at most three times", .hint = {}});
    s.tracer_group = !s.tracer_group                        ? TracerGroup::Same
                     : *s.tracer_group == TracerGroup::Same ? TracerGroup::OwnGroup
                                                            : TracerGroup::OwnSession;
    return ok();
  }
  for (const auto& known : kNames) {
    if (*name != known.name) continue;
    s.tracer_group = known.group;
    return ok();
  }
  return fail({.code = ErrorCode::Malformed,
               .message = "--daemonize: no '" + std::string(*name) + "'" +
                          did_you_mean(*name, {"grandchild", "pgroup", "session"}),
               .hint = "there are grandchild (-D), pgroup (-DD) and session (-DDD)"});
}

constexpr TraceOption kStartupOptions[] = {
    {{'p', "attach", Takes::Value, "PID",
      "attach to a running process; may be repeated, or be a list:\nan id each, separated by commas or blanks"},
     add_pids},
    {{0, "name", Takes::Value, "NAME", "attach to all processes of that name"},
     [](TraceSettings& s, Argument name) {
       s.process_names.emplace_back(*name);
       return ok();
     }},
    {{'E', "env", Takes::Value, "VAR[=VALUE]",
      "put VAR=VALUE into the command's environment;\nwithout a value, take VAR out of it"},
     change_environment},
    {{'u', "user", Takes::Value, "USER", "run the command as this user, with that user's groups"},
     [](TraceSettings& s, Argument user) {
       s.command.user = *user;
       return ok();
     }},
    {{'D', "daemonize", Takes::OptionalValue, "WHERE",
      "let the command be the child of whoever starts tether, and trace\nit from a grandchild; -DD (pgroup): in a "
      "process group of its own;\n-DDD (session): in a session of its own"},
     choose_tracer_group},
    {{0, "argv0", Takes::Value, "NAME", "what the command gets as its argv[0]"},
     [](TraceSettings& s, Argument name) {
       s.command.argv0 = *name;
       return ok();
     }},
    {{'f', "follow-forks", Takes::Nothing, "",
      "also trace threads and children; -ff with -o FILE:\neach task in a file of its own, FILE.PID"},
     [](TraceSettings& s, Argument) {
       ++s.follow_letters;
       return ok();
     }},
    {{'F', "", Takes::Nothing, "", ""},
     [](TraceSettings& s, Argument) {
       s.session.follow = Choice::Yes;
       return ok();
     }},
    {{0, "no-follow", Takes::Nothing, "", "trace only the command's first task, or the tasks named by -p"},
     [](TraceSettings& s, Argument) {
       s.session.follow = Choice::No;
       return ok();
     }},
    {{'I', "interruptible", Takes::Value, "WHEN",
      "when tether heeds signals such as Ctrl-C: anywhere (1) or\nwaiting (2), the default; never (3); never_tstp (4): "
      "and not\nCtrl-Z either"},
     choose_interruptible},
    {{0, "seccomp-bpf", Takes::Nothing, "", "stop only at the calls that -e trace= selects (the default)"},
     [](TraceSettings& s, Argument) {
       s.session.seccomp = Choice::Yes;
       return ok();
     }},
    {{0, "no-seccomp", Takes::Nothing, "", "stop at every call: slower, but the command outlives tether"},
     [](TraceSettings& s, Argument) {
       s.session.seccomp = Choice::No;
       return ok();
     }},
    {{0, "pin", Takes::Nothing, "", "keep the tracees and tether on one CPU: cheaper stops"},
     [](TraceSettings& s, Argument) {
       s.session.pin = Choice::Yes;
       return ok();
     }},
    {{0, "record", Takes::Value, "FILE", "also write the raw events to FILE, for `tether replay`"},
     [](TraceSettings& s, Argument file) {
       s.session.recording = *file;
       return ok();
     }},
};

}  // namespace

std::span<const TraceOption> startup_options() {
  return kStartupOptions;
}

}  // namespace tether::cli
