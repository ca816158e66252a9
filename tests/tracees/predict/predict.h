#pragma once
// A tracee that predicts its own trace: between begin() and end() it makes calls and notes, from the same values, the
// lines that a tracer must print of them. end() writes the lines to standard output; tests/predict/predict.py compares
// them, byte by byte, with what stands in the trace between the two markers, which are calls of chdir(2) that fail.
//
//   begin();
//   long fd = call(openat, AT_FDCWD, "no such file", O_RDONLY);
//   expect(fd, "openat(AT_FDCWD, \"no such file\", O_RDONLY)");
//   end();
//
// Calls go straight to the kernel: a C library's wrapper may make another call than its name says. Nothing between the
// markers may allocate, print or otherwise make calls of its own.

#include "../tracee.h"

static char predicted[1 << 16];
static size_t predicted_size;

__attribute__((format(printf, 1, 0))) static UNUSED void note_text(const char* format, va_list list) {
  const int n = vsnprintf(predicted + predicted_size, sizeof predicted - predicted_size, format, list);
  CHECK(n >= 0 && predicted_size + (size_t)n < sizeof predicted);
  predicted_size += (size_t)n;
}
__attribute__((format(printf, 1, 2))) static UNUSED void note(const char* format, ...) {
  va_list list;
  va_start(list, format);
  note_text(format, list);
  va_end(list);
}

/// A line as it stands: a signal's, a call whose result has a note.
__attribute__((format(printf, 1, 2))) static UNUSED void expect_line(const char* format, ...) {
  va_list list;
  va_start(list, format);
  note_text(format, list);
  va_end(list);
  note("\n");
}

static UNUSED void pad_to_result(size_t begin) {
  while (predicted_size < begin + 39) note(" ");
}

/// `call` and the result: a number, or -1 with errno. Leaves errno as it is.
__attribute__((format(printf, 2, 3))) static UNUSED void expect(long result, const char* call, ...) {
  const int err = errno;
  const size_t begin = predicted_size;
  va_list list;
  va_start(list, call);
  note_text(call, list);
  va_end(list);
  pad_to_result(begin);
  if (result == -1)
    note(" = -1 %s (%s)\n", strerrorname_np(err), strerrordesc_np(err));
  else
    note(" = %ld\n", result);
  errno = err;
}

/// The same for a result that is not a decimal number: `result` as text.
__attribute__((format(printf, 2, 3))) static UNUSED void expect_result(const char* result, const char* call, ...) {
  const size_t begin = predicted_size;
  va_list list;
  va_start(list, call);
  note_text(call, list);
  va_end(list);
  pad_to_result(begin);
  note(" = %s\n", result);
}

/// Says of the line that follows that strace 6.1 prints it otherwise, and why that is so.
static UNUSED void unlike_strace_6_1(const char* why) {
  note("# %s\n", why);
}

/// A call by its name in this ABI's table.
#define call(name, ...) syscall(SYS_##name, ##__VA_ARGS__)

static UNUSED void begin(void) {
  syscall(SYS_chdir, "/predict/begin");
}
static UNUSED void end(void) {
  syscall(SYS_chdir, "/predict/end");
  for (size_t done = 0; done < predicted_size;) {
    const ssize_t n = write(1, predicted + done, predicted_size - done);
    if (n <= 0) _exit(1);
    done += (size_t)n;
  }
}
