// Three processes in a line, joined by pipes: numbers are made, passed on in pieces of odd sizes, and checked. Must be true: every byte
// arrives, once, in order; no read or write fails or returns 0 before the end; the counts of both ends agree.
//   pipe_checksum [ROUNDS]      a round is about 64 KiB
#include "tracee.h"

static uint32_t step(uint32_t* state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static uint64_t checksum(uint64_t sum, const unsigned char* data, size_t size) {
  for (size_t i = 0; i < size; ++i) sum = (sum ^ data[i]) * 0x100000001b3u;
  return sum;
}

struct result {
  uint64_t bytes, sum;
};

static void pass_on(int from, int to) {
  unsigned char buffer[8192];
  uint32_t random = 77;
  for (;;) {
    const ssize_t n = read(from, buffer, 1 + step(&random) % sizeof buffer);
    CHECK(n >= 0);
    if (n == 0) _exit(3);
    write_all(to, buffer, (size_t)n);
  }
}

static void receive(int from, int report) {
  unsigned char buffer[8192];
  uint32_t random = 99;
  struct result result = {0, 0xcbf29ce484222325u};
  for (;;) {
    const ssize_t n = read(from, buffer, 1 + step(&random) % sizeof buffer);
    CHECK(n >= 0);
    if (n == 0) break;
    result.bytes += (uint64_t)n;
    result.sum = checksum(result.sum, buffer, (size_t)n);
  }
  write_all(report, &result, sizeof result);
  _exit(4);
}

int main(int argc, char** argv) {
  struct rounds rounds = {.limit = argc > 1 ? atol(argv[1]) : 0};
  int first[2], second[2], report[2];
  CHECK(pipe(first) == 0 && pipe(second) == 0 && pipe(report) == 0);
  const pid_t self = getpid();
  const pid_t middle = fork();
  CHECK(middle >= 0);
  if (middle == 0) {
    die_with_parent(self);
    close(first[1]);
    close(second[0]);
    pass_on(first[0], second[1]);
  }
  const pid_t end = fork();
  CHECK(end >= 0);
  if (end == 0) {
    die_with_parent(self);
    close(first[1]);
    close(second[1]);
    receive(second[0], report[1]);
  }
  close(first[0]);
  close(second[0]);
  close(second[1]);
  say("ready");
  unsigned char buffer[4096];
  uint32_t random = 12345, content = 54321;
  struct result made = {0, 0xcbf29ce484222325u};
  while (more(&rounds)) {
    for (size_t left = 65536; left != 0;) {
      size_t size = 1 + step(&random) % sizeof buffer;
      if (size > left) size = left;
      for (size_t i = 0; i < size; ++i) buffer[i] = (unsigned char)step(&content);
      write_all(first[1], buffer, size);
      made.bytes += size;
      made.sum = checksum(made.sum, buffer, size);
      left -= size;
    }
  }
  close(first[1]);
  struct result got;
  read_all(report[0], &got, sizeof got);
  expect_exit(middle, 3);
  expect_exit(end, 4);
  if (got.bytes != made.bytes || got.sum != made.sum) {
    say("FAIL made %llu bytes, got %llu; checksums %llx %llx", (unsigned long long)made.bytes, (unsigned long long)got.bytes,
        (unsigned long long)made.sum, (unsigned long long)got.sum);
    return 1;
  }
  say("tasks 3");
  say("ended exited 3 1");
  say("ended exited 4 1");
  say("ok bytes=%llu", (unsigned long long)made.bytes);
  return 0;
}
