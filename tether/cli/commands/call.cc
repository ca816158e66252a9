// Parsing, symbols and constants come first, while the process runs; it is held only for the call itself.

#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tether/base/nearest_name.h"
#include "tether/cli/call_expression.h"
#include "tether/cli/call_result.h"
#include "tether/cli/change_options.h"
#include "tether/cli/launched_target.h"
#include "tether/cli/messages.h"
#include "tether/cli/numbers.h"
#include "tether/cli/refused_calls.h"
#include "tether/cli/syscall_text.h"
#include "tether/cli/target.h"
#include "tether/cli/verb.h"
#include "tether/control/remote_arguments.h"
#include "tether/control/remote_functions.h"
#include "tether/control/remote_process.h"
#include "tether/decode/constants.h"
#include "tether/decode/names.h"
#include "tether/symbol/symbolizer.h"

namespace tether::cli {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view kCallUsage =
    "usage: tether call [OPTIONS] PID[:TID] 'NAME(ARGUMENT, ...)'...\n"
    "       tether call [OPTIONS] 'NAME(ARGUMENT, ...)'... -- COMMAND [ARGUMENT...]\n\n"
    "Makes a thread of a running process execute a system call, or a function of the program or of a library, and "
    "shows "
    "the result.\n"
    "    getpid()                                       a system call\n"
    "    openat(AT_FDCWD, \"x.txt\", O_RDWR|O_CREAT, 0600)   constants by name, strings as in C\n"
    "    read(0, &buf[64], 64)                          a buffer, shown afterwards\n"
    "    libc:puts(\"hi\")   malloc_stats()   0x401136(1)   functions\n\n"
    "Options:\n";

struct CallSettings {
  ChangeSettings change;
  milliseconds timeout{5000};
  std::string returns;  ///< empty: by its size
  FunctionThreadOptions::Others others = FunctionThreadOptions::Others::Run;
  bool is_json = false;
};

std::vector<Option<CallSettings>> call_options() {
  using Takes = OptionShape::Takes;
  return with_change_options<CallSettings>({
      {{'t', "timeout", Takes::Value, "TIME", "interrupt a call that takes longer (5s; units s, ms, us)"},
       [](CallSettings& s, Argument argument) -> Result<void> {
         const std::uint64_t ns = TETHER_TRY(parse_duration_ns(*argument, "--timeout", "s"));
         s.timeout = std::chrono::duration_cast<milliseconds>(std::chrono::nanoseconds(ns));
         return ok();
       }},
      {{'r', "returns", Takes::Value, "TYPE", "what the function returns: int, long, ptr, char*, double, void ..."},
       [](CallSettings& s, Argument argument) -> Result<void> {
         if (*argument != kTextType && *argument != kVoidType && !find_element_type(*argument))
           return fail({.code = ErrorCode::Malformed,
                        .message = "--returns: no type '" + std::string(*argument) + "'",
                        .hint = "int, uint, long, ulong, size_t, ptr, char*, double, float, void, u8 to i64"});
         s.returns = std::string(*argument);
         return ok();
       }},
      {{0, "stop-others", Takes::Nothing, "", "let no other thread of the process run during the call"},
       [](CallSettings& s, Argument) {
         s.others = FunctionThreadOptions::Others::Stop;
         return ok();
       }},
      json_option<CallSettings>("one JSON object for each call"),
  });
}

/// A call that is ready to be made.
struct Plan {
  std::string text;  ///< as it was written
  std::optional<SyscallNr> syscall;
  RemoteAddr function;
  CallExpression expression;
};

Error unknown_callee(Abi abi, const std::string& callee, Error not_found) {
  std::vector<std::string_view> names;
  const auto calls = decode::list_calls(abi);
  for (const decode::CallInfo& call : calls) names.push_back(call.name);
  const std::string near = did_you_mean(callee, names);
  if (callee.find(':') != std::string::npos) return not_found;
  if (near.empty()) return std::move(not_found).with_context("no system call '" + callee + "'");
  return {.code = ErrorCode::NotFound,
          .message = "neither a system call nor a function '" + callee + "'" + near,
          .hint = {}};
}

Result<RemoteAddr> find_function(symbol::Symbolizer& symbolizer, const std::string& callee) {
  if (callee.starts_with("0x")) {
    std::uint64_t address = 0;
    const WordLookup no_words = [](std::size_t, std::string_view) -> Result<std::uint64_t> {
      return fail({.code = ErrorCode::Malformed, .message = "no address", .hint = {}});
    };
    address = TETHER_TRY(parse_call("f(" + callee + ")", symbolizer.abi(), no_words)).arguments.front().bits;
    return RemoteAddr(address);
  }
  const symbol::FoundSymbol found = TETHER_TRY(symbolizer.find_symbol(callee));
  using Kind = symbol::FoundSymbol::Kind;
  if (found.kind == Kind::Function || found.is_resolved) return found.address;
  if (found.kind == Kind::IndirectFunction)
    return fail({.code = ErrorCode::Unsupported,
                 .message = "'" + callee + "' is chosen at run time (an indirect function), and not chosen yet",
                 .hint = "call it by its address"});
  return fail({.code = ErrorCode::Malformed, .message = "'" + callee + "' is no function", .hint = {}});
}

/// What a word in an argument means: a constant of the headers, or the address of a symbol.
WordLookup lookup_for(const std::optional<SyscallNr>& call, symbol::Symbolizer& symbolizer) {
  return [call, &symbolizer](std::size_t argument, std::string_view word) -> Result<std::uint64_t> {
    if (word.find(':') != std::string_view::npos) return TETHER_TRY(symbolizer.find_symbol(word)).address.value;
    return call ? decode::find_constant(*call, argument, word) : decode::find_constant(symbolizer.abi(), word);
  };
}

Result<Plan> make_plan(const std::string& text, symbol::Symbolizer& symbolizer, const CallSettings& settings) {
  Plan plan{.text = text};
  const std::string callee = TETHER_TRY(parse_callee(text));
  if (const auto reason = find_refusal(callee); reason && !settings.change.is_forced)
    return fail({.code = ErrorCode::Unsupported,
                 .message = "'" + callee + "' is not called in another process: " + std::string(*reason),
                 .hint = "--force does it all the same"});
  const Abi abi = symbolizer.abi();
  plan.syscall = decode::find_call(abi, callee);
  if (!plan.syscall) {
    auto function = find_function(symbolizer, callee);
    if (!function.has_value() && function.error().code == ErrorCode::NotFound)
      return fail(unknown_callee(abi, callee, std::move(function).error()));
    if (!function.has_value()) return fail(std::move(function).error());
    plan.function = *function;
  }
  plan.expression = TETHER_TRY(parse_call(text, abi, lookup_for(plan.syscall, symbolizer)));
  const std::vector<RemoteArgument>& arguments = plan.expression.arguments;
  if (!plan.syscall) return plan;
  if (arguments.size() > RemoteCalls::Arguments().size())
    return fail({.code = ErrorCode::Malformed, .message = "a system call has at most 6 arguments", .hint = {}});
  for (const RemoteArgument& argument : arguments)
    if (argument.kind == RemoteArgument::Kind::Double)
      return fail({.code = ErrorCode::Malformed, .message = "no system call takes a number with a point", .hint = {}});
  return plan;
}

Result<void> check_abi(const RemoteCalls& calls, Abi expected) {
  if (calls.abi() == expected) return ok();
  return fail({.code = ErrorCode::Unsupported,
               .message = "task " + std::to_string(calls.tid().value) + " runs " + std::string(abi_name(calls.abi())) +
                          " code just now, and its program is " + std::string(abi_name(expected)),
               .hint = "try again, or another thread"});
}

/// Places the arguments in memory of the process for as long as `work` takes.
Result<CallResult> with_arguments(RemoteCalls& calls, const Plan& plan,
                                  const std::function<Result<CallResult>(const PlacedArguments&)>& work) {
  const CallExpression& expression = plan.expression;
  const std::size_t room = room_for(expression.arguments);
  if (room == 0) {
    PlacedArguments placed;
    for (const RemoteArgument& argument : expression.arguments)
      placed.values.push_back({.kind = argument.kind == RemoteArgument::Kind::Double ? FunctionArgument::Kind::Double
                                                                                     : FunctionArgument::Kind::Integer,
                               .bits = argument.bits});
    return work(placed);
  }
  Scratch scratch = TETHER_TRY(Scratch::map(calls, room));
  const PlacedArguments placed = TETHER_TRY(place_arguments(scratch, calls.abi(), expression.arguments));
  auto result = work(placed);
  if (!result.has_value()) return result;
  add_outputs(*result, placed, calls.tid(), calls.abi());
  TETHER_CHECK(scratch.unmap());
  return result;
}

Result<CallResult> make_system_call(RemoteCalls& calls, const Plan& plan, milliseconds timeout) {
  return with_arguments(calls, plan, [&](const PlacedArguments& placed) -> Result<CallResult> {
    RemoteCalls::Arguments arguments{};
    for (std::size_t i = 0; i < placed.values.size(); ++i) arguments[i] = placed.values[i].bits;
    SyscallText text(*plan.syscall, calls.tid());
    text.note_entry(arguments);
    const auto begin = std::chrono::steady_clock::now();
    auto result = calls.call_number(plan.syscall->number, arguments);
    const bool is_late = std::chrono::steady_clock::now() - begin >= timeout;
    if (!result.has_value() && !is_late) return fail(std::move(result).error());
    if (!result.has_value()) return fail(std::move(result).error().with_hint("--timeout gives it longer"));
    text.note_exit(*result);
    CallResult known = system_call_result(text.finish(), decode::call_name(*plan.syscall), *result);
    if (*result == -EINTR && is_late) {
      known.text += " (it blocked, and was interrupted after " + std::to_string(timeout.count()) + " ms)";
      known.json["interrupted_after_ms"] = timeout.count();
    }
    return known;
  });
}

Result<CallResult> call_function(RemoteCalls& calls, RemoteFunctions& functions, const Plan& plan,
                                 const CallSettings& settings) {
  return with_arguments(calls, plan, [&](const PlacedArguments& placed) -> Result<CallResult> {
    const FunctionResult result = TETHER_TRY(functions.call(plan.function, placed.values, settings.timeout));
    CallResult known = function_result(plan.text, result, settings.returns, calls.tid(), calls.abi());
    known.json["function"] = json_address(plan.function);
    return known;
  });
}

std::string result_line(Pid pid, Tid tid, const std::string& call, const CallResult& result) {
  Json line = {{"schema", 1}, {"pid", pid.value}, {"tid", tid.value}, {"call", json_text(call)}};
  line.update(result.json);
  line["text"] = result.text;
  return json_line(line);
}

Result<void> carry_out(Changes& changes, Front& front, const Target& target, const std::string& text,
                       const CallSettings& settings) {
  auto symbolizer = TETHER_TRY(open_symbolizer(target.pid));
  const Plan plan = TETHER_TRY(make_plan(text, symbolizer, settings));
  std::string json;
  const auto shown = [&](const CallResult& result, Tid tid) -> Result<Change> {
    json = result_line(target.pid, tid, text, result);
    return Deed{.what = result.text};
  };
  const auto made = changes.make_known(Deed{.what = "call " + text}, [&]() -> Result<Change> {
    CallResult result;
    Tid tid;
    RemoteCallOptions calls_options = heeding(front, changes.remote_calls());
    calls_options.patience = settings.timeout;
    const auto make_call = [&](RemoteCalls& calls) -> Result<void> {
      TETHER_CHECK(check_abi(calls, symbolizer.abi()));
      tid = calls.tid();
      result = TETHER_TRY(make_system_call(calls, plan, settings.timeout));
      return ok();
    };
    if (plan.syscall) {
      TETHER_CHECK(target.thread ? with_remote_calls(*target.thread, calls_options, make_call)
                                 : with_remote_calls(target.pid, calls_options, make_call));
      return shown(result, tid);
    }
    using Place = FunctionThreadOptions::Place;
    const FunctionThreadOptions thread{.thread = target.thread,
                                       .others = settings.others,
                                       .place = settings.change.is_forced ? Place::Any : Place::Avoided,
                                       .calls = heeding(front, changes.remote_calls())};
    TETHER_CHECK(with_remote_functions(target.pid, thread, symbolizer,
                                       [&](RemoteCalls& calls, RemoteFunctions& functions) -> Result<void> {
                                         TETHER_CHECK(check_abi(calls, symbolizer.abi()));
                                         tid = calls.tid();
                                         result = TETHER_TRY(call_function(calls, functions, plan, settings));
                                         return ok();
                                       }));
    return shown(result, tid);
  });
  if (!made.has_value()) return fail(made.error());
  if (settings.is_json && changes.is_dry_run())
    json = json_line({{"schema", 1}, {"pid", target.pid.value}, {"call", json_text(text)}, {"dry_run", true}});
  return settings.is_json && (changes.is_dry_run() || !settings.change.is_quiet) ? put_text(json) : ok();
}

int make_calls(const CallSettings& settings, const Target& target, std::span<char* const> texts) {
  ChangeSettings reporting = settings.change;
  reporting.is_quiet = reporting.is_quiet || settings.is_json;  // carry_out() says it
  for (const char* text : texts) {
    const int status = run_change(reporting, {target.pid}, [&](Changes& changes, Front& front) {
      return carry_out(changes, front, target, text, settings);
    });
    if (status != 0) return status;
  }
  return 0;
}

/// Before the command's first instruction: its libraries are not there yet.
int call_in_command(const CallSettings& settings, const Words& words) {
  const auto launched = launch_stopped(words.command);
  if (!launched.has_value()) return complain_of_launch(launched.error());
  return finish(*launched, make_calls(settings, {.pid = launched->pid, .thread = {}}, words.words));
}

}  // namespace

int run_call(const Invocation& invocation) {
  CallSettings settings;
  const auto shapes = call_options();
  const auto words = read_words<CallSettings>(invocation.argc, invocation.argv, shapes, settings);
  if (!words.has_value()) return complain(words.error());
  if (settings.change.wants_help) return print_help(kCallUsage, shapes);
  if (settings.change.until_exit)
    return complain(
        {.code = ErrorCode::Malformed, .message = "a call cannot be taken back", .hint = "leave out --until-exit"});
  if (!words->command.empty()) return call_in_command(settings, *words);
  const auto taken = take_target(settings.change.name, words->words);
  if (!taken.has_value()) return complain_of_target(taken.error());
  if (taken->rest.empty())
    return complain({.code = ErrorCode::Malformed, .message = "no call was given", .hint = "for example 'getpid()'"});
  return make_calls(settings, taken->target, taken->rest);
}

}  // namespace tether::cli
