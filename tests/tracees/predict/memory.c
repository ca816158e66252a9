// Mappings and what is asked of them.
#include "predict.h"

#ifdef __x86_64__
#define MMAP "mmap"
#define SYS_mmap_number SYS_mmap
#else
#define MMAP "mmap2"
#define SYS_mmap_number SYS_mmap2
#endif

static void expect_address(long result, const char* text) {
  char address[32];
  snprintf(address, sizeof address, "%#lx", (unsigned long)result);
  expect_result(address, "%s", text);
}

int main(void) {
  begin();
  const long p = call(mmap_number, NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
  expect_address(p, MMAP "(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)");
  const long q = call(mmap_number, NULL, 4096, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_POPULATE, -1, 0L);
  expect_address(q, MMAP "(NULL, 4096, PROT_NONE, MAP_SHARED|MAP_ANONYMOUS|MAP_NORESERVE|MAP_POPULATE, -1, 0)");
  expect(call(mmap_number, NULL, 0, PROT_READ, MAP_PRIVATE, 9, 0L), MMAP "(NULL, 0, PROT_READ, MAP_PRIVATE, 9, 0)");
  expect(call(mprotect, p, 4096, PROT_READ | PROT_EXEC), "mprotect(%#lx, 4096, PROT_READ|PROT_EXEC)", p);
  expect(call(mprotect, p + 1, 4096, PROT_NONE), "mprotect(%#lx, 4096, PROT_NONE)", p + 1);
  expect(call(madvise, p, 4096, MADV_DONTNEED), "madvise(%#lx, 4096, MADV_DONTNEED)", p);
  expect(call(madvise, p, 4096, 999), "madvise(%#lx, 4096, 0x3e7 /* MADV_??? */)", p);
  expect(call(msync, p, 4096, MS_ASYNC | MS_INVALIDATE), "msync(%#lx, 4096, MS_ASYNC|MS_INVALIDATE)", p);
  expect(call(mlock, p + 4096, 4096), "mlock(%#lx, 4096)", p + 4096);
  expect(call(munlock, p + 4096, 4096), "munlock(%#lx, 4096)", p + 4096);
  expect(call(munmap, p, 8192), "munmap(%#lx, 8192)", p);
  expect(call(munmap, 1, 1), "munmap(0x1, 1)");
  end();
}
