// What a file is: stat, statx, times, the entries of a directory.
#include "predict.h"
#include <sys/stat.h>
#include <sys/sysmacros.h>

#ifdef __x86_64__  // of i386, struct stat64 is the kernel's alone

/// A time stamp as -v shows it: seconds, the date as a note, nanoseconds.
static void stamp(const char* name, long long seconds, unsigned long nanoseconds) {
  const time_t when = (time_t)seconds;
  struct tm tm;
  char date[32], fraction[32] = "";
  gmtime_r(&when, &tm);
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
  if (nanoseconds != 0) snprintf(fraction, sizeof fraction, ".%09lu", nanoseconds);
  note("%s=%lld /* %s%s+0000 */, %s_nsec=%lu", name, seconds, date, fraction, name, nanoseconds);
}

static void expect_stat(long result, const char* head, const struct stat* s, const char* tail) {
  const size_t begin = predicted_size;
  note("%s{st_dev=makedev(%#x, %#x), st_ino=%lu, st_mode=S_IFREG|%#o, st_nlink=%lu, st_uid=%u, st_gid=%u, ", head, major(s->st_dev),
       minor(s->st_dev), s->st_ino, s->st_mode & 07777, s->st_nlink, s->st_uid, s->st_gid);
  note("st_blksize=%ld, st_blocks=%ld, st_size=%ld, ", s->st_blksize, s->st_blocks, s->st_size);
  stamp("st_atime", s->st_atim.tv_sec, (unsigned long)s->st_atim.tv_nsec);
  note(", ");
  stamp("st_mtime", s->st_mtim.tv_sec, (unsigned long)s->st_mtim.tv_nsec);
  note(", ");
  stamp("st_ctime", s->st_ctim.tv_sec, (unsigned long)s->st_ctim.tv_nsec);
  note("}%s", tail);
  pad_to_result(begin);
  note(" = %ld\n", result);
}
#endif

int main(void) {
  const time_t zero = 0;
  struct tm tm;
  gmtime_r(&zero, &tm);  // reads the time zone now, not between the markers
  CHECK(mkdir("dir", 0700) == 0);
  const int fd = open("file", O_RDWR | O_CREAT, 0640);
  CHECK(fd >= 0 && write(fd, "hello", 5) == 5);
  begin();
  // {tv_sec, tv_nsec} of the call's own word size, which timespec is on both.
  struct {
    long sec, nsec;
  } times[2] = {{1700000000, 123456789}, {1600000000, 0}};
  expect(call(utimensat, AT_FDCWD, "file", times, 0),
         "utimensat(AT_FDCWD, \"file\", [{tv_sec=1700000000, tv_nsec=123456789} /* 2023-11-14T22:13:20.123456789+0000 */, "
         "{tv_sec=1600000000, tv_nsec=0} /* 2020-09-13T12:26:40+0000 */], 0)");
  expect(call(utimensat, AT_FDCWD, "none", NULL, AT_SYMLINK_NOFOLLOW), "utimensat(AT_FDCWD, \"none\", NULL, AT_SYMLINK_NOFOLLOW)");
  times[0].nsec = 123456;  // microseconds, to this call
  times[1].nsec = -1;
  expect(call(utimes, "file", times),
         "utimes(\"file\", [{tv_sec=1700000000, tv_usec=123456} /* 2023-11-14T22:13:20.123456+0000 */, "
         "{tv_sec=1600000000, tv_usec=%lu}])",
         -1UL);
#ifdef __x86_64__
  struct stat s;
  const long plain = call(stat, "file", &s);
  expect_stat(plain, "stat(\"file\", ", &s, ")");
  const long of_fd = call(fstat, fd, &s);
  char head[32];
  snprintf(head, sizeof head, "fstat(%d, ", fd);
  expect_stat(of_fd, head, &s, ")");
  const long at = call(newfstatat, AT_FDCWD, "file", &s, AT_SYMLINK_NOFOLLOW);
  expect_stat(at, "newfstatat(AT_FDCWD, \"file\", ", &s, ", AT_SYMLINK_NOFOLLOW)");
  expect(call(stat, "none", &s), "stat(\"none\", %p)", (void*)&s);
#endif
  struct statx x;
  expect(call(statx, AT_FDCWD, "none", AT_STATX_SYNC_AS_STAT, STATX_TYPE | STATX_SIZE, &x),
         "statx(AT_FDCWD, \"none\", AT_STATX_SYNC_AS_STAT, STATX_TYPE|STATX_SIZE, %p)", (void*)&x);
  const long dir = call(openat, AT_FDCWD, "dir", O_RDONLY | O_DIRECTORY);
  expect(dir, "openat(AT_FDCWD, \"dir\", O_RDONLY|O_DIRECTORY)");
  struct {
    uint64_t ino;
    int64_t off;
    uint16_t reclen;
    uint8_t type;
    char name[5];
  } __attribute__((packed)) entry[4];
  const long size = call(getdents64, dir, entry, sizeof entry);
  const size_t begin_line = predicted_size;
  note("getdents64(%ld, [", dir);
  for (int i = 0; i < 2; ++i)
    note("%s{d_ino=%llu, d_off=%lld, d_reclen=24, d_type=DT_DIR, d_name=\"%s\"}", i ? ", " : "", (unsigned long long)entry[i].ino,
         (long long)entry[i].off, entry[i].name);
  note("], %zu)", sizeof entry);
  pad_to_result(begin_line);
  note(" = %ld\n", size);
  expect(call(getdents64, dir, entry, sizeof entry), "getdents64(%ld, [], %zu)", dir, sizeof entry);
  expect(call(getdents, dir, entry, sizeof entry), "getdents(%ld, [], %zu)", dir, sizeof entry);
  end();
}
