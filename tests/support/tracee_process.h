#pragma once
// TraceeProcess: a tracee from tests/tracees/, started untraced, with pipes to its standard input and output. Dies with
// the test.
//
// Its parent is a process of its own, since the kernel hides the stops and the end of a child from a parent that also
// traces it (kernel/exit.c, wait_consider_task); what that parent's waitpid says can be read here.
//
//   TraceeProcess tracee = TraceeProcess::start({"reader_threads", "4"}, Bits::B64);
//   ASSERT_EQ(tracee.read_line(), "ready");

#include <sys/types.h>

#include <iosfwd>
#include <string>
#include <vector>

#include "tether/base/unique_fd.h"

namespace tether::testing {

enum class Bits { B64, B32 };
void PrintTo(Bits bits, std::ostream* out);  ///< for GoogleTest

/// The path of a tracee's program.
std::string tracee_path(const std::string& name, Bits bits);

/// Why tracees of this width cannot run here; empty if they can.
std::string reason_not_runnable(Bits bits);

class TraceeProcess {
 public:
  static TraceeProcess start(std::vector<std::string> argv, Bits bits);
  TraceeProcess(TraceeProcess&& other) noexcept;
  ~TraceeProcess();  ///< kills and reaps it unless wait() was called

  pid_t pid() const { return pid_; }
  /// The next line of its output without the newline; empty at the end of it.
  std::string read_line();
  void write(const std::string& text);
  void close_input() { input_.reset(); }
  /// The rest of its output, to the end.
  std::string read_rest();
  /// The next wait status that its parent got for it: stopped, continued, ended.
  int next_status();
  /// Its wait status at its end.
  int wait();

  /// The states ("S", "t", …) of all its threads and the TracerPids seen: for looking for what a tracer left behind.
  struct Condition {
    std::string states;
    bool is_traced = false;
  };
  Condition condition() const;
  /// Waits until its leader's state is `state`.
  void await_state(char state) const;
  /// Waits until all its threads are in a group-stop: the leader's state alone says nothing of the others.
  void await_stopped() const;

 private:
  TraceeProcess() = default;
  pid_t pid_ = -1;
  pid_t parent_ = -1;
  UniqueFd input_, output_, statuses_;
  std::string buffered_;
};

}  // namespace tether::testing
