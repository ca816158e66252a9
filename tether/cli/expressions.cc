#include "tether/cli/expressions.h"

#include "tether/decode/names.h"
#include "tether/filter/event_set.h"

namespace tether::cli {

namespace {

const Vocabulary& vocabulary() {
  static const Vocabulary names = [] {
    Vocabulary all{.calls = {}, .find_signal = decode::find_signal};
    for (const Abi abi : {Abi::X86_64, Abi::I386})
      for (const decode::CallInfo& call : decode::list_calls(abi))
        all.calls.push_back({call.nr, call.name, call.classes});
    return all;
  }();
  return names;
}

Result<void> apply_statuses(TraceSettings& s, std::string_view set) {
  enum : std::uint32_t { kSuccessful = 1, kFailed = 2, kUnfinished = 4, kUnavailable = 8, kDetached = 16 };
  const auto bits = TETHER_TRY(parse_word_set(set,
                                              {{"successful", kSuccessful},
                                               {"failed", kFailed},
                                               {"unfinished", kUnfinished},
                                               {"unavailable", kUnavailable},
                                               {"detached", kDetached}},
                                              "status"));
  s.text.statuses = {.successful = (bits & kSuccessful) != 0,
                     .failed = (bits & kFailed) != 0,
                     .unfinished = (bits & kUnfinished) != 0,
                     .unavailable = (bits & kUnavailable) != 0,
                     .detached = (bits & kDetached) != 0};
  return ok();
}

/// Path-resolution is accepted for strace's sake: it goes with attach.
Result<void> apply_quiet(TraceSettings& s, std::string_view set) {
  enum : std::uint32_t { kAttach = 1, kExit = 2, kPathResolution = 4, kPersonality = 8, kThreadExecve = 16 };
  const auto bits = TETHER_TRY(parse_word_set(set,
                                              {{"attach", kAttach},
                                               {"exit", kExit},
                                               {"path-resolution", kPathResolution},
                                               {"personality", kPersonality},
                                               {"thread-execve", kThreadExecve},
                                               {"superseded", kThreadExecve}},
                                              "message"));
  s.text.quiet = {.attach = (bits & kAttach) != 0,
                  .exit = (bits & kExit) != 0,
                  .personality = (bits & kPersonality) != 0,
                  .thread_execve = (bits & kThreadExecve) != 0};
  return ok();
}

Result<void> apply_descriptor_details(TraceSettings& s, std::string_view set) {
  enum : std::uint32_t { kPath = 1, kSocket = 2, kDev = 4, kPidfd = 8 };
  const auto bits = TETHER_TRY(parse_word_set(
      set, {{"path", kPath}, {"socket", kSocket}, {"dev", kDev}, {"pidfd", kPidfd}}, "detail of descriptors"));
  s.descriptors = {.path = (bits & kPath) != 0,
                   .socket = (bits & kSocket) != 0,
                   .dev = (bits & kDev) != 0,
                   .pidfd = (bits & kPidfd) != 0};
  return ok();
}

Result<void> apply_pid_details(TraceSettings& s, std::string_view set) {
  enum : std::uint32_t { kComm = 1, kNamespace = 2 };
  const auto bits = TETHER_TRY(parse_word_set(set, {{"comm", kComm}, {"pidns", kNamespace}}, "detail of pids"));
  if ((bits & kNamespace) != 0)
    return fail(
        {.code = ErrorCode::Unsupported,
         .message = "decode-pids=pidns: tether shows the ids that the program sees, and does not translate them",
         .hint = "`grep NSpid /proc/PID/status` tells the ids of a process in all of its namespaces"});
  const bool names = (bits & kComm) != 0;
  s.text.commands = names;
  s.session.command_names = names ? Choice::Yes : Choice::No;
  return ok();
}

}  // namespace

Result<void> apply_expression(TraceSettings& settings, std::string_view expression) {
  const Expression parsed = TETHER_TRY(parse_expression(expression));
  return apply_set(settings, parsed.qualifier, parsed.set);
}

Result<void> apply_set(TraceSettings& s, Qualifier qualifier, std::string_view set) {
  switch (qualifier) {
    case Qualifier::Trace:
      s.session.syscalls = TETHER_TRY(parse_syscall_set(set, vocabulary()));
      return ok();
    case Qualifier::Abbrev:
      s.session.whole_calls = TETHER_TRY(parse_syscall_set(set, vocabulary())).complement();
      return ok();
    case Qualifier::Verbose:
      s.session.address_calls = TETHER_TRY(parse_syscall_set(set, vocabulary())).complement();
      return ok();
    case Qualifier::Raw:
      s.session.raw_calls = TETHER_TRY(parse_syscall_set(set, vocabulary()));
      return ok();
    case Qualifier::Signal:
      s.session.signals = TETHER_TRY(parse_signal_set(set, vocabulary()));
      return ok();
    case Qualifier::Status:
      return apply_statuses(s, set);
    case Qualifier::Quiet:
      return apply_quiet(s, set);
    case Qualifier::Fd:
      s.session.fds = TETHER_TRY(parse_descriptor_set(set));
      return ok();
    case Qualifier::Read:
      s.session.read_dumps = TETHER_TRY(parse_descriptor_set(set));
      return ok();
    case Qualifier::Write:
      s.session.write_dumps = TETHER_TRY(parse_descriptor_set(set));
      return ok();
    case Qualifier::DecodeFds:
      return apply_descriptor_details(s, set);
    case Qualifier::DecodePids:
      return apply_pid_details(s, set);
  }
  return ok();
}

}  // namespace tether::cli
