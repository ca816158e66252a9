// A process with MIB of memory to be searched, all noise or all zeros but for one place.
//
//   haystack MIB noise|zeros
//
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(int argc, char** argv) {
  const size_t size = (size_t)atol(argc > 1 ? argv[1] : "1024") << 20;
  uint32_t* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  if (argc > 2 && strcmp(argv[2], "zeros") == 0) {
    memset(memory, 1, size);
    memset(memory, 0, size);
  } else {
    uint64_t state = 88172645463325252u;  // Marsaglia's xorshift: the same in every run
    for (size_t i = 0; i < size / sizeof *memory; ++i) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      memory[i] = (uint32_t)state;
    }
  }
  const uint32_t needle = 0xfeedface;
  uint32_t* place = memory + size / sizeof *memory / 2;
  *place = needle;
  printf("ready %p\n", (void*)place);
  fflush(stdout);
  return getchar() == EOF ? 0 : 2;
}
