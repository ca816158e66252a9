// Memory of every kind at addresses that it says, and that it changes and shows on demand:
//
//   cell NAME ADDRESS        counter, real, text, wide, node, constant, shared
//   step N                   adds N to the counter and N / 2.0 to the real; answers "stepped"
//   show                     answers "counter C real R text T constant K"
//   probe ADDRESS            answers "probe" and the eight bytes there, or "unmapped"
//
// Four threads call answer() without end, and check that it is 41 or 42: whoever patches it must not be seen at it.
#include "tracee.h"

#include <stdatomic.h>
#include <wchar.h>

struct node {
  uint32_t id;
  char name[8];
  struct node* next;
  uint64_t weight;
};

static volatile int counter = 1234567;
static volatile double real = 2.5;
static char text[32] = "needle in the haystack";
static const wchar_t wide[] = L"wide";
static struct node last = {.id = 2, .name = "last", .next = NULL, .weight = 1ull << 40};
static struct node first = {.id = 1, .name = "first", .next = &last, .weight = 7};
static const char constant[16] = "read-only";
static atomic_int is_over;
static atomic_int begun;

// mov eax, 41; ret: as long as any other constant's.
int answer(void);
__asm__(
    ".text\n.globl answer\n.type answer, @function\nanswer:\n"
    "  movl $41, %eax\n  ret\n.size answer, .-answer\n");

static void* call_answer(void* unused) {
  unsigned long count = 0;
  while (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
    const int got = answer();
    CHECK(got == 41 || got == 42);
    if (count++ == 0) atomic_fetch_add(&begun, 1);
  }
  return unused;
}

static void probe(uint64_t address) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  unsigned char bytes[8];
  if (write(ends[1], (void*)(uintptr_t)address, sizeof bytes) == sizeof bytes) {
    read_all(ends[0], bytes, sizeof bytes);
    say("probe %02x %02x %02x %02x %02x %02x %02x %02x", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5],
        bytes[6], bytes[7]);
  } else {
    say("unmapped");
  }
  close(ends[0]);
  close(ends[1]);
}

static void obey(const char* line) {
  int n;
  unsigned long long address;
  if (sscanf(line, "step %d", &n) == 1) {
    counter += n;
    real += n / 2.0;
    say("stepped");
  } else if (sscanf(line, "probe %llx", &address) == 1) {
    probe(address);
  } else {
    say("counter %d real %g text %s constant %s answer %d", counter, real, text, constant, answer());
  }
}

int main(int argc, char** argv) {
  enum { kThreads = 4 };
  const int threads = argc > 1 && atoi(argv[1]) < kThreads ? atoi(argv[1]) : kThreads;
  char path[] = "/tmp/tether-memory-cells-XXXXXX";
  const int file = mkstemp(path);
  CHECK(file >= 0 && unlink(path) == 0 && ftruncate(file, 4096) == 0);
  char* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CHECK(shared != MAP_FAILED);
  strcpy(shared, "shared");
  pthread_t ids[kThreads];
  for (int i = 0; i < threads; ++i) CHECK(pthread_create(&ids[i], NULL, call_answer, NULL) == 0);
  while (atomic_load(&begun) < threads) sched_yield();
  say("cell counter %#lx", (unsigned long)&counter);
  say("cell real %#lx", (unsigned long)&real);
  say("cell text %#lx", (unsigned long)text);
  say("cell wide %#lx", (unsigned long)wide);
  say("cell node %#lx", (unsigned long)&first);
  say("cell constant %#lx", (unsigned long)constant);
  say("cell shared %#lx", (unsigned long)shared);
  say("cell answer %#lx", (unsigned long)&answer);
  say("ready");
  char line[128];
  while (fgets(line, sizeof line, stdin) != NULL) obey(line);
  atomic_store(&is_over, 1);
  for (int i = 0; i < threads; ++i) {
    CHECK(pthread_join(ids[i], NULL) == 0);
  }
  say("ok counter %d", counter);
  return 0;
}
