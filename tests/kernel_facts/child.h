#pragma once
// Child: a process that lives a function, and the few raw calls with which a test looks at it.
//
//   Child child([] { return ::getppid() == 1; });
//   ASSERT_EQ(trace(PTRACE_SEIZE, child.pid()), 0);

#include <linux/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>

#include <csignal>
#include <cstdint>
#include <functional>

namespace tether::facts {

/// Ends with what `life` returns. Dies with the test; killed and reaped by the destructor.
class Child {
 public:
  explicit Child(const std::function<int()>& life);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  /// Kills it and waits for its end.
  void kill();
  /// Its exit status, or 1000 + the signal that killed it. To be called when nobody traces it, or by its tracer.
  int end();

 private:
  pid_t pid_;
};

struct Pipe {
  Pipe();
  ~Pipe();
  void put(char c) const;
  char take() const;  ///< blocks; 0 at the end
  void close_write();
  int read, write;
};

/// ptrace(2) itself; the result, with errno set if it is -1.
long trace(long request, pid_t tid, std::uintptr_t addr = 0, std::uintptr_t data = 0);
user_regs_struct registers(pid_t tid);

/// The wait status "si_status" of the next stop of this task, consumed or only peeked at. Blocks.
int take_stop(pid_t tid);
int peek_stop(pid_t tid);
/// Whether there is a stop to be peeked at now.
bool has_stop(pid_t tid);

/// Seizes it, and stops it at once wherever it is.
void seize_and_stop(pid_t tid, std::uintptr_t options = 0);

/// Returns when the task stands in this system call.
void await_call(pid_t tid, long number);
/// Returns when its state in /proc/PID/stat is this.
void await_state(pid_t tid, char state);

constexpr int event_status(int event, int signal = SIGTRAP) {
  return signal | event << 8;
}

}  // namespace tether::facts
