#pragma once
// Wake: making a tracer's blocking wait return from another thread.
//
// waitid(2) cannot wait for a descriptor besides its tracees; what interrupts it is a signal handler. A signal that
// arrives just before the wait begins would be lost, so it is sent again, every few milliseconds, until the tracer says
// that it has heard.

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace tether {

class Wake {
 public:
  /// Belongs to the calling thread. Installs a handler that does nothing for one real-time signal, if none is
  /// there, and unblocks that signal for this thread.
  Wake();
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  /// From any thread: from now on, until the Wake is destroyed, the owner's waits return within milliseconds.
  void start();

 private:
  pthread_t owner_;
  std::mutex mutex_;
  std::condition_variable done_changed_;
  bool done_ = false;
  std::thread knocker_;
};

}  // namespace tether
