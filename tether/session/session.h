#pragma once
// Session: the library's front door. Wires an engine, the decoder, filters and sinks, and runs them.
//
//   Session session = TETHER_TRY(Session::open({.launch = LaunchOptions{.argv = {"ls", "-l"}}}));
//   SessionOutcome outcome = TETHER_TRY(session.run(sink));
//
// open() launches or attaches, on a thread of the session's own (ptrace(2) binds tracees to a thread); the tracees stay
// still, or blocked where they were, until run(). Decoding and the sink work on the thread that calls run().
// request_stop() may be called from any thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/event/selection.h"
#include "tether/sink/sink.h"
#include "tether/tracee/launch_options.h"

namespace tether {

enum class Choice : bool { No, Yes };  ///< an on/off option that reads well where it is used

struct SessionOptions {
  std::optional<LaunchOptions> launch;
  std::vector<Pid>
      attach;  ///< thread group ids; a thread's id attaches its whole group when `follow` is Yes, else that thread

  Choice follow = Choice::Yes;  ///< threads and children born later, and all threads of an attached process

  SyscallSelection syscalls = SyscallSelection::all();
  SignalSelection signals;
  SignalSelection recorded_signals;  ///< of `signals` only these are in the recording
  std::vector<std::string> paths;    ///< -P: only calls that touch one of these (names or descriptors); empty: all
  std::optional<FdSelection> fds;    ///< -e fd=: only calls that touch one of these; nullopt: all
  FdSelection read_dumps;            ///< -e read=: calls carry all that was read from these (SyscallEvent::data)
  FdSelection write_dumps;           ///< -e write=

  unsigned string_limit = 32;                ///< -s: longest string shown, in bytes
  Choice verbose = Choice::No;               ///< -v: whole structs and environments
  SyscallSelection whole_calls;              ///< -e abbrev=!…: as if verbose for these
  SyscallSelection address_calls;            ///< -e verbose=!…: pointers stay addresses
  SyscallSelection raw_calls;                ///< -e raw=: bare numbers
  Choice fd_paths = Choice::No;              ///< -y
  Choice fd_details = Choice::No;            ///< -yy: sockets with their ends, devices with their numbers
  Choice times = Choice::No;                 ///< events carry Origin::time_ns and entry times
  Choice cpu_times = Choice::No;             ///< events carry cpu_time_ns (one more read per call; for -c)
  Choice command_names = Choice::No;         ///< -Y: events carry Origin::command, and ids of processes their names
  Choice instruction_pointers = Choice::No;  ///< -i: signals and stops carry them; calls always do

  /// Launched commands only: leave out uninteresting calls by a seccomp filter. Binds the tree to tether (EXITKILL).
  Choice seccomp = Choice::Yes;
  /// Set the tracees' affinity and tether's to one CPU. The only option that changes the tracee's scheduling.
  Choice pin = Choice::No;
  /// Show each event before its tracee goes on, so that trace and the command's own output interleave in true order.
  /// The sink is then called on the thread of the session that traces, while run() waits.
  Choice lockstep = Choice::No;

  /// Where to put the raw event stream, to be decoded again by engine/replay; empty: nowhere.
  std::string recording;
};

/// How it ended.
struct SessionOutcome {
  enum class End : std::uint8_t {
    Exited,    ///< the launched command exited: status
    Killed,    ///< a signal killed it: signal
    Released,  ///< all tracees were let go, or ended (attach)
  };
  End end = End::Released;
  std::int32_t status = 0;
  Signal signal;
  bool core_dumped = false;
  std::uint64_t events = 0;    ///< calls, signals, stops and ends told to the sink
  std::uint64_t syscalls = 0;  ///< system calls seen to their exit
  std::size_t attached = 0;    ///< processes attached to at the start
};

class Session {
 public:
  /// Launches or attaches. Errors: NotFound (no such command or pid), PermissionDenied (with the reason found, and the
  /// fix, in the hint), Unsupported, Busy (another tracer, named). With several pids it is an error only if none could
  /// be attached; the others' errors are in attach_errors().
  static Result<Session> open(SessionOptions options);

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();  ///< lets every tracee go that is still held

  const std::vector<Error>& attach_errors() const;

  /// The launched command's process, if there is one.
  std::optional<Pid> launched() const;

  /// Observes until every tracee has ended or was let go, or the sink fails. An error of the sink ends the session: all
  /// tracees are let go and the error is returned.
  Result<SessionOutcome> run(Sink& sink);

  /// Lets all tracees go as soon as each can be stopped cleanly, then run() returns. From any thread, not from a signal
  /// handler. A second call gives up on tracees that cannot be stopped (the kernel lets go of them when the tracer
  /// exits). A tree launched under a seccomp filter cannot be let go: it is killed.
  void request_stop();

 private:
  class Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Decodes a recording made with SessionOptions::recording, through `sink`; the selection, -s and -y of the recording
/// hold.
Result<SessionOutcome> replay(const std::string& recording, const SessionOptions& options, Sink& sink);

/// The version of the library, "0.1.0".
std::string_view version();

}  // namespace tether
