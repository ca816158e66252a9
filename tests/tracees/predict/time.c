// Clocks, sleeping, timers.
#include "predict.h"
#include <sys/time.h>

int main(void) {
  struct {
    long sec, nsec;
  } span = {0, 1000}, left, res;
  begin();
  expect(call(clock_nanosleep, CLOCK_MONOTONIC, 0, &span, NULL), "clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=0, tv_nsec=1000}, NULL)");
  expect(call(clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &span, &left),
         "clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, {tv_sec=0, tv_nsec=1000}, %p)", (void*)&left);
  expect(call(nanosleep, &span, &left), "nanosleep({tv_sec=0, tv_nsec=1000}, %p)", (void*)&left);
  span.nsec = 2000000000;
  expect(call(nanosleep, &span, NULL), "nanosleep({tv_sec=0, tv_nsec=2000000000}, NULL)");
  const long fine = call(clock_getres, CLOCK_MONOTONIC, &res);
  expect(fine, "clock_getres(CLOCK_MONOTONIC, {tv_sec=0, tv_nsec=%ld})", res.nsec);
  const long now = call(clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &res);
  expect(now, "clock_gettime(CLOCK_PROCESS_CPUTIME_ID, {tv_sec=%ld, tv_nsec=%ld})", res.sec, res.nsec);
  expect(call(clock_gettime, 99, &res), "clock_gettime(0x63 /* CLOCK_??? */, %p)", (void*)&res);

  struct {
    long interval_sec, interval_usec, value_sec, value_usec;
  } timer = {0, 0, 1000, 250000}, old;
  const long armed = call(setitimer, ITIMER_REAL, &timer, &old);
  expect(armed,
         "setitimer(ITIMER_REAL, {it_interval={tv_sec=0, tv_usec=0}, it_value={tv_sec=1000, tv_usec=250000}}, "
         "{it_interval={tv_sec=0, tv_usec=0}, it_value={tv_sec=0, tv_usec=0}})");
  timer.value_sec = timer.value_usec = 0;
  expect(call(setitimer, ITIMER_REAL, &timer, NULL),
         "setitimer(ITIMER_REAL, {it_interval={tv_sec=0, tv_usec=0}, it_value={tv_sec=0, tv_usec=0}}, NULL)");
  expect(call(setitimer, ITIMER_REAL, NULL, NULL), "setitimer(ITIMER_REAL, NULL, NULL)");
  expect(call(getitimer, ITIMER_REAL, &old),
         "getitimer(ITIMER_REAL, {it_interval={tv_sec=0, tv_usec=0}, it_value={tv_sec=0, tv_usec=0}})");
  expect(call(getitimer, 9, &old), "getitimer(0x9 /* ITIMER_??? */, %p)", (void*)&old);
  expect(call(alarm, 5), "alarm(5)");
  expect(call(alarm, 0), "alarm(0)");

  const long fd = call(timerfd_create, CLOCK_MONOTONIC, O_NONBLOCK | O_CLOEXEC);
  expect(fd, "timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC|TFD_NONBLOCK)");
  struct {
    long interval_sec, interval_nsec, value_sec, value_nsec;
  } spec = {5, 0, 1000, 1};
  expect(call(timerfd_settime, fd, 0, &spec, NULL),
         "timerfd_settime(%ld, 0, {it_interval={tv_sec=5, tv_nsec=0}, it_value={tv_sec=1000, tv_nsec=1}}, NULL)", fd);
  end();
}
