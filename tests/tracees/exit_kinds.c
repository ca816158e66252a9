// Ends in the way that its arguments say.
//   exit_kinds exit STATUS | exit_group-from-thread STATUS | kill SIGNAL | abort
#include "tracee.h"

static int thread_status;
static void* exit_from_here(void* unused) {
  (void)unused;
  _exit(thread_status);
}

int main(int argc, char** argv) {
  CHECK(argc > 1);
  const int value = argc > 2 ? atoi(argv[2]) : 0;
  if (strcmp(argv[1], "exit") == 0) {
    say("tasks 1");
    say("ended exited %d 1", value);
    say("ok");
    return value;
  }
  if (strcmp(argv[1], "exit_group-from-thread") == 0) {
    thread_status = value;
    say("tasks 2");
    say("ended exited %d 2", value);
    say("ok");
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, exit_from_here, NULL) == 0);
    pthread_join(thread, NULL);
  }
  const int signal_number = strcmp(argv[1], "abort") == 0 ? SIGABRT : value;
  say("tasks 1");
  say("ended killed %d 1", signal_number);
  if (signal_number != SIGKILL) say("signal %d 1", signal_number);
  say("ok");
  if (signal_number == SIGABRT) abort();
  kill(getpid(), signal_number);
  for (;;) pause();
}
