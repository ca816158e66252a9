#include "tether/cli/target.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "tether/cli/messages.h"
#include "tether/decode/names.h"
#include "tether/procfs/current_call.h"
#include "tether/procfs/mount_options.h"
#include "tether/procfs/process_list.h"
#include "tether/procfs/status.h"
#include "tether/procfs/task.h"
#include "tether/procfs/text_file.h"
#include "tether/procfs/word_size.h"
#include "tether/tracee/permission.h"

namespace tether::cli {

namespace {

constexpr std::size_t kMaxListed = 8;
constexpr std::size_t kMaxCommand = 40;

std::optional<std::int32_t> parse_id(std::string_view text) {
  std::int32_t id = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (err != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

Error not_found(std::string message, std::string hint) {
  return {.code = ErrorCode::NotFound, .message = std::move(message), .hint = std::move(hint)};
}

/// The command line in one row; a process without one (a kernel thread, a zombie) is called by its name.
std::string read_command(Pid pid) {
  auto text = procfs::read_text_file("/proc/" + std::to_string(pid.value) + "/cmdline");
  if (!text.has_value() || text->empty()) return "[" + procfs::read_comm(leader_of(pid)) + "]";
  if (text->back() == '\0') text->pop_back();
  std::ranges::replace(*text, '\0', ' ');
  return *text;
}

bool is_waiting_for_child(Pid pid) {
  const auto call = procfs::read_current_call(leader_of(pid));
  if (!call.has_value() || !call->number) return false;
  const Abi abi = procfs::read_word_size(procfs::living_task_of(pid)).value_or(8) == 8 ? Abi::X86_64 : Abi::I386;
  const std::string_view name = decode::call_name({abi, static_cast<std::uint32_t>(*call->number)});
  return name == "wait4" || name == "waitid" || name == "waitpid";
}

bool is_called(Pid pid, std::string_view name) {
  constexpr std::size_t kCommLength = 15;  // TASK_COMM_LEN less its end, proc(5)
  if (procfs::read_comm(leader_of(pid)) == name.substr(0, kCommLength)) return true;
  const auto path = procfs::read_link(procfs::living_task_of(pid), "exe");
  return path.has_value() && std::string_view(*path).substr(path->rfind('/') + 1) == name;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto pid = parse_id(text.substr(0, colon));
  const auto tid = colon == std::string_view::npos ? std::nullopt : parse_id(text.substr(colon + 1));
  if (!pid || (colon != std::string_view::npos && !tid))
    return fail({.code = ErrorCode::Malformed,
                 .message = "'" + std::string(text) + "' is no process: a PID or PID:TID was expected",
                 .hint = "see `ps -e`; a process is named with -n NAME"});
  Target target{.pid = Pid(*pid), .thread = std::nullopt};
  if (tid) target.thread = Tid(*tid);
  return target;
}

Result<Target> find_target(std::string_view text) {
  const Target target = TETHER_TRY(parse_target(text));
  const std::string pid = std::to_string(target.pid.value);
  const auto status = procfs::read_status(leader_of(target.pid));
  if (!status.has_value()) {
    TETHER_CHECK(procfs::check_mounted());
    return fail(not_found("there is no process " + pid, "see `ps -e`"));
  }
  if (status->thread_group != target.pid) {
    const std::string group = std::to_string(status->thread_group.value);
    return fail(not_found(pid + " is a thread of process " + group + ", not a process",
                          "say " + group + ", or " + group + ":" + pid + " for that thread alone"));
  }
  if (!target.thread) return target;
  const auto thread = procfs::read_status(*target.thread);
  if (!thread.has_value() || thread->thread_group != target.pid)
    return fail(not_found("process " + pid + " has no thread " + std::to_string(target.thread->value),
                          "see `ls /proc/" + pid + "/task`"));
  return target;
}

Result<Pid> choose_candidate(std::string_view name, const std::vector<Candidate>& candidates) {
  if (candidates.size() == 1) return candidates.front().pid;
  if (candidates.empty()) return fail(not_found("no process is called '" + std::string(name) + "'", "see `ps -e`"));
  std::string list;
  for (const Candidate& candidate : std::span(candidates).first(std::min(candidates.size(), kMaxListed)))
    list += (list.empty() ? "" : ", ") + std::to_string(candidate.pid.value) + " (" +
            candidate.command.substr(0, kMaxCommand) + (candidate.command.size() > kMaxCommand ? "...)" : ")");
  if (candidates.size() > kMaxListed) list += ", and " + std::to_string(candidates.size() - kMaxListed) + " more";
  return fail({.code = ErrorCode::Malformed,
               .message = std::to_string(candidates.size()) + " processes are called '" + std::string(name) + "'",
               .hint = "give the id of one of them: " + list});
}

Result<Pid> find_named_process(std::string_view name) {
  std::vector<Candidate> candidates;
  for (const Pid pid : TETHER_TRY(procfs::read_process_ids()))
    if (pid.value != ::getpid() && is_called(pid, name))
      candidates.push_back({.pid = pid, .command = read_command(pid)});
  return choose_candidate(name, candidates);
}

Result<TakenTarget> take_target(const std::optional<std::string>& name, std::span<char* const> words, Wanted wanted) {
  if (name.has_value()) {
    const Target target{.pid = TETHER_TRY(find_named_process(*name)), .thread = std::nullopt};
    TETHER_CHECK(expect_user_process(target, wanted));
    return TakenTarget{.target = target, .rest = words};
  }
  if (words.empty())
    return fail(
        {.code = ErrorCode::Malformed, .message = "which process? None was named", .hint = "give a PID, or -n NAME"});
  const Target target = TETHER_TRY(find_target(words.front()));
  TETHER_CHECK(expect_user_process(target, wanted));
  return TakenTarget{.target = target, .rest = words.subspan(1)};
}

Result<void> expect_user_process(const Target& target, Wanted wanted) {
  const Pid pid = target.pid;
  if (wanted == Wanted::Anything) return ok();
  const auto status = procfs::read_status(leader_of(pid));
  if (!status.has_value()) return ok();  // whoever asks next will be told
  const std::string who = std::to_string(pid.value) + " (" + status->name + ")";
  if (status->state == 'Z' && procfs::living_task_of(pid) == leader_of(pid))
    return fail(not_found("process " + who + " has ended and waits for its parent (zombie)",
                          "its parent is process " + std::to_string(status->parent.value)));
  if (!read_is_kernel_thread(pid)) return ok();
  return fail({.code = ErrorCode::PermissionDenied,
               .message = who + " is a kernel thread: it has no memory, registers or descriptors of a user",
               .hint = "`tether show " + std::to_string(pid.value) + "` tells what there is"});
}

Result<void> expect_not_waiting_for_us(Pid pid) {
  const auto refusal = [&](std::string_view what) {
    return fail({.code = ErrorCode::Unsupported,
                 .message = "process " + std::to_string(pid.value) + " is " + std::string(what) +
                            ": each would wait for the other",
                 .hint = "run tether from another process"});
  };
  if (pid.value == ::getpid()) return refusal("tether itself");
  for (Pid at(::getppid()); at.value > 1;) {
    if (at == pid && is_waiting_for_child(at)) return refusal("waiting for tether to end");
    const auto status = procfs::read_status(leader_of(at));
    at = status.has_value() ? status->parent : Pid(0);
  }
  return ok();
}

Result<void> expect_process(const Target& target) {
  if (!target.thread) return ok();
  const std::string pid = std::to_string(target.pid.value);
  return fail(
      {.code = ErrorCode::Malformed,
       .message = "this is of the whole process, not of thread " + std::to_string(target.thread->value) + " alone",
       .hint = "say " + pid});
}

Result<TakenTarget> take_process(const std::optional<std::string>& name, std::span<char* const> words, Wanted wanted) {
  const TakenTarget taken = TETHER_TRY(take_target(name, words, wanted));
  TETHER_CHECK(expect_process(taken.target));
  return taken;
}

int complain_of_rest(std::string_view word) {
  return complain({.code = ErrorCode::Malformed,
                   .message = "nothing was expected behind the process, but there is '" + std::string(word) + "'",
                   .hint = {}});
}

int complain_of_change(Pid pid, Error error) {
  const auto status = procfs::read_status(Tid(pid.value));
  // EACCES is of files: of the process, or of tether's own journal and of what it opens for it.
  const bool is_of_process =
      error.sys_errno == EPERM || error.message.starts_with("/proc/" + std::to_string(pid.value) + "/");
  const bool is_anothers =
      error.code == ErrorCode::PermissionDenied && is_of_process && status.has_value() && status->uid != ::getuid();
  // It explains more than a hint at what not even its owner may do; a failed attach has said it.
  if (is_anothers && error.message.find("belongs to user") == std::string::npos)
    error.hint = "process " + std::to_string(pid.value) + " (" + status->name + ") belongs to user " +
                 std::to_string(status->uid) + ", tether runs as user " + std::to_string(::getuid()) +
                 ": run it as that user, or as root";
  const int failed = complain(error);
  return is_anothers || error.code == ErrorCode::TraceeGone ? 1 : failed;
}

int complain_of_target(const Error& error) {
  const int status = complain(error);
  return error.code == ErrorCode::Malformed || error.code == ErrorCode::Unsupported ? status : 1;
}

}  // namespace tether::cli
