// Brings itself into a state, and out of it when it is told to, and checks itself: what the call returned and no sooner than was due, all registers, the
// signals that came and what they carried, the signal mask. Says "ready CALL PID" before it goes into a call that can be seen in /proc/PID/syscall (-1: none).
// A second process, the helper, reads standard input: 's' does to the process what is to be done when it is in the state ("stirred" when it is done), 'r'
// lets it out.
//   in_state STATE
//   in_state list
#include "states/surroundings.h"

/// What the program itself has no use for, and others may change.
volatile uint32_t spare_word = 1;
unsigned char spare_pages[4 * 4096] __attribute__((aligned(4096)));
/// Long enough to be patched.
__attribute__((noinline, used)) int spare_function(int x) { return (x ^ 0x12345) * 3 + 7; }

static const struct state states[] = {
    {"computing", NULL, NULL, NULL, computing, NULL, let_go},
    {"calling", NULL, NULL, NULL, calling, NULL, let_go},
    {"read", make_pipe, NULL, NULL, in_read, NULL, write_one},
    {"write", fill_pipe, NULL, NULL, in_write, NULL, drain_pipe},
    {"futex", NULL, NULL, NULL, in_futex, NULL, wake_futex},
    {"futex-timeout", NULL, NULL, NULL, in_futex_timeout, NULL, wake_futex},
    {"nanosleep", handle_usr1, NULL, NULL, in_nanosleep, NULL, send_usr1},
    {"clock_nanosleep", handle_usr1, NULL, NULL, in_clock_nanosleep, NULL, send_usr1},
    {"pause", handle_usr1, NULL, NULL, in_pause, NULL, send_usr1},
    {"poll", make_pipe, NULL, NULL, in_poll, NULL, write_one},
    {"poll-timeout", make_pipe, NULL, NULL, in_poll_timeout, NULL, write_one},
    {"select", make_pipe, NULL, NULL, in_select, NULL, write_one},
    {"epoll_wait", make_epoll, NULL, NULL, in_epoll_wait, NULL, write_one},
    {"wait4", NULL, NULL, NULL, in_wait4, NULL, nothing_else},
    {"waitid", NULL, NULL, NULL, in_waitid, NULL, nothing_else},
    {"recvmsg", make_sockets, NULL, NULL, in_recvmsg, NULL, write_one},
    {"recvmsg-timeout", make_sockets_timeout, NULL, NULL, in_recvmsg, NULL, write_one},
    {"sendmsg", make_full_sockets, NULL, NULL, in_sendmsg, NULL, drain_socket},
    {"sendmsg-timeout", make_full_sockets_timeout, NULL, NULL, in_sendmsg, NULL, drain_socket},
    {"accept", make_listener, NULL, NULL, in_accept, NULL, connect_once},
    {"connect-timeout", make_busy_listener, NULL, NULL, in_connect, NULL, accept_one},
    {"flock", open_file_twice, NULL, lock_file, in_flock, NULL, unlock_file},
    {"setlkw", open_file_twice, NULL, lock_record, in_setlkw, NULL, unlock_record},
    {"msgrcv", make_queue, NULL, NULL, in_msgrcv, NULL, send_letter},
    {"semop", make_semaphore, NULL, NULL, in_semop, NULL, raise_semaphore},
    {"eventfd", make_eventfd, NULL, NULL, in_eventfd, NULL, add_three},
    {"inotify", make_inotify, NULL, NULL, in_inotify, NULL, write_one},
    {"io_getevents", make_aio, NULL, NULL, in_io_getevents, NULL, nothing_else},
    {"io_uring_enter", make_ring, NULL, NULL, in_io_uring_enter, NULL, write_one},
    {"vfork", make_pipe, NULL, NULL, in_vfork, NULL, write_one},
    {"sigsuspend", swap_masks, NULL, NULL, in_sigsuspend, NULL, send_usr2},
    {"sigsuspend-pending", swap_masks, NULL, NULL, in_sigsuspend_pending, send_blocked, send_usr2},
    {"ppoll", masked_pipe, NULL, NULL, in_ppoll, NULL, write_one},
    {"ppoll-pending", masked_pipe, NULL, NULL, in_ppoll, send_blocked, write_one},
    {"ppoll-signalled", masked_pipe, NULL, NULL, in_ppoll_signalled, NULL, send_usr2},
    {"pselect", masked_pipe, NULL, NULL, in_pselect, NULL, write_one},
    {"pselect-pending", masked_pipe, NULL, NULL, in_pselect, send_blocked, write_one},
    {"epoll_pwait", masked_epoll, NULL, NULL, in_epoll_pwait, NULL, write_one},
    {"epoll_pwait-pending", masked_epoll, NULL, NULL, in_epoll_pwait, send_blocked, write_one},
    {"epoll_pwait-signalled", only_in_call, NULL, NULL, in_epoll_pwait_signalled, NULL, send_usr2},
    {"sigtimedwait", block_all, NULL, NULL, in_sigtimedwait, NULL, send_usr2},
    {"signals-pending", all_blocked_pipe, NULL, NULL, in_read_pending, send_many, write_one},
    {"handler", make_handler_stack, NULL, NULL, in_handler, NULL, write_one},
    {"handler-nested", make_handler_stack, NULL, NULL, in_nested_handler, NULL, write_one},
    {"handler-in-read", make_handler_stack, NULL, NULL, interrupted_read, NULL, send_usr1_and_write},
    {"storm", NULL, start_timer, NULL, computing_in_storm, NULL, let_go},
    {"storm-read", make_pipe, start_timer, NULL, read_in_storm, NULL, write_one},
    {"stopped", make_pipe, NULL, NULL, in_read, stop_it, continue_and_write},
    {"stopped-tstp", own_group, NULL, NULL, in_read, stop_it_as_a_terminal, continue_and_write},
    {"stopped-sleep", handle_usr1, NULL, NULL, in_nanosleep, stop_it, continue_and_signal},
    {"no-descriptors", make_pipe, no_descriptors, NULL, in_read, NULL, write_one},
    {"no-memory", make_pipe, no_memory, NULL, in_read, NULL, write_one},
    {"locked-memory", make_pipe, locked_memory, NULL, in_read, NULL, write_one},
    {"undumpable", make_pipe, undumpable, NULL, in_read, NULL, write_one},
    {"own-root", make_pipe, own_root, NULL, in_read, NULL, write_one},
    {"own-pids", own_pids, NULL, NULL, in_read, NULL, write_one},
    {"own-mounts", make_pipe, own_mounts, NULL, in_read, NULL, write_one},
    {"leaderless", make_pipe, NULL, NULL, in_read, NULL, write_one},
    {"confined", make_pipe, confined, NULL, in_read, NULL, write_one},
};
enum { kStates = sizeof states / sizeof states[0] };

_Noreturn static void help(const struct state* state, int kept) {
  die_with_parent(subject);
  CHECK(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
  if (state->keep) state->keep();
  write_all(kept, "k", 1);
  for (char c; read(0, &c, 1) == 1;) {
    if (c == 's') {
      if (state->stir) state->stir();
      say("stirred");
    } else if (c == 'r') {
      state->release();
      break;
    }
  }
  _exit(0);
}

static int live(const struct state* state) {
  shared = shared_memory(sizeof *shared);
  note_number_outside();
  if (state->prepare) state->prepare();
  subject = getpid();
  int kept[2];
  CHECK(pipe(kept) == 0 && (helper = fork()) >= 0);
  if (helper == 0) help(state, kept[1]);
  char c;
  read_all(kept[0], &c, 1);
  CHECK(close(kept[0]) == 0 && close(kept[1]) == 0);
  if (state->surround) state->surround();
  state->enter();
  uint64_t mask;
  CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) == 0);
  CHECK((mask | bit(SIGKILL) | bit(SIGSTOP)) == (usual_mask | bit(SIGKILL) | bit(SIGSTOP)));
  if (helper != 0) {
    int status;
    while (waitpid(helper, &status, 0) < 0 && errno == EINTR) {
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  say("ok");
  return 0;
}

/// In a thread that outlives the main one.
static void* live_on(void* state) {
  void* volatile first = malloc(1);  // so that the C library has made its memory for this thread
  free(first);
  exit(live(state));
}

int main(int argc, char** argv) {
  const struct state* state = NULL;
  for (int i = 0; i < kStates; ++i) {
    if (argc == 2 && strcmp(argv[1], "list") == 0) say("%s", states[i].name);
    if (argc == 2 && strcmp(argv[1], states[i].name) == 0) state = &states[i];
  }
  if (state == NULL) return argc == 2 && strcmp(argv[1], "list") == 0 ? 0 : 2;
  if (strcmp(state->name, "leaderless") != 0) return live(state);
  pthread_t other;
  CHECK(pthread_create(&other, NULL, live_on, (void*)state) == 0);
  pthread_exit(NULL);
}
