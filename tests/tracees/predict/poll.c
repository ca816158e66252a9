// Waiting for descriptors: what was asked, and what is said of it behind the result.
#include "predict.h"
#include <sys/epoll.h>
#include <sys/select.h>

#ifdef __x86_64__
#define SELECT "select"
#define SYS_select_number SYS_select
#else
#define SELECT "_newselect"
#define SYS_select_number SYS__newselect
#endif

int main(void) {
  int ends[2];
  CHECK(pipe(ends) == 0 && ends[0] < 10 && ends[1] < 10);
  begin();
  struct pollfd fds[2] = {{ends[0], POLLIN | POLLPRI, 0}, {ends[1], POLLOUT, 0}};
  char result[96];
  call(poll, fds, 2, -1);
  snprintf(result, sizeof result, "1 ([{fd=%d, revents=POLLOUT}])", ends[1]);
  expect_result(result, "poll([{fd=%d, events=POLLIN|POLLPRI}, {fd=%d, events=POLLOUT}], 2, -1)", ends[0], ends[1]);
  call(poll, fds, 1, 0);
  expect_result("0 (Timeout)", "poll([{fd=%d, events=POLLIN|POLLPRI}], 1, 0)", ends[0]);
  expect(call(poll, NULL, 1, 0), "poll(NULL, 1, 0)");
  call(poll, NULL, 0, 1);
  expect_result("0 (Timeout)", "poll(NULL, 0, 1)");

  fd_set in, out;
  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_SET(ends[0], &in);
  FD_SET(ends[1], &out);
  struct {
    long sec, usec;
  } patience = {5, 0};
  const long ready = call(select_number, 10, &in, &out, NULL, &patience);
  CHECK(ready == 1);
  snprintf(result, sizeof result, "1 (out [%d], left {tv_sec=%ld, tv_usec=%ld})", ends[1], patience.sec, patience.usec);
  expect_result(result, SELECT "(10, [%d], [%d], NULL, {tv_sec=5, tv_usec=0})", ends[0], ends[1]);
  patience.sec = patience.usec = 0;
  call(select_number, 0, NULL, NULL, NULL, &patience);
  expect_result("0 (Timeout)", SELECT "(0, NULL, NULL, NULL, {tv_sec=0, tv_usec=0})");

  const long set = call(epoll_create1, EPOLL_CLOEXEC);
  expect(set, "epoll_create1(EPOLL_CLOEXEC)");
  struct epoll_event event = {.events = EPOLLOUT | EPOLLET, .data.u32 = 7}, events[4];
  const long added = call(epoll_ctl, set, EPOLL_CTL_ADD, ends[1], &event);
  expect(added, "epoll_ctl(%ld, EPOLL_CTL_ADD, %d, {events=EPOLLOUT|EPOLLET, data={u32=7, u64=7}})", set, ends[1]);
  expect(call(epoll_wait, set, events, 4, 0), "epoll_wait(%ld, [{events=EPOLLOUT, data={u32=7, u64=7}}], 4, 0)", set);
  expect(call(epoll_wait, set, events, 4, 0), "epoll_wait(%ld, [], 4, 0)", set);
  expect(call(epoll_ctl, set, EPOLL_CTL_DEL, ends[1], &event), "epoll_ctl(%ld, EPOLL_CTL_DEL, %d, %p)", set, ends[1], (void*)&event);
  expect(call(epoll_ctl, set, EPOLL_CTL_DEL, ends[1], NULL), "epoll_ctl(%ld, EPOLL_CTL_DEL, %d, NULL)", set, ends[1]);
  end();
}
