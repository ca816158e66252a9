// Names and modes of files: how they are opened, made, linked, moved, removed, and what goes wrong.
#include "predict.h"
#include <sys/stat.h>

static void opens(void) {
  expect(call(openat, AT_FDCWD, "none", O_RDONLY), "openat(AT_FDCWD, \"none\", O_RDONLY)");
  const long fd = call(openat, AT_FDCWD, "file", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  expect(fd, "openat(AT_FDCWD, \"file\", O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0640)");
  expect(call(openat, AT_FDCWD, "file", O_WRONLY | O_CREAT | O_EXCL, 0), "openat(AT_FDCWD, \"file\", O_WRONLY|O_CREAT|O_EXCL, 000)");
  const long directory = call(openat, AT_FDCWD, ".", O_RDONLY | O_DIRECTORY | O_PATH);
  expect(directory, "openat(AT_FDCWD, \".\", O_RDONLY|O_PATH|O_DIRECTORY)");
  const long again = call(openat, directory, "file", O_WRONLY | O_APPEND | O_TRUNC | O_NONBLOCK);
  expect(again, "openat(%ld, \"file\", O_WRONLY|O_TRUNC|O_APPEND|O_NONBLOCK)", directory);
  expect(call(openat, 99, "a\nb\"\\\1\377", O_RDONLY), "openat(99, \"a\\nb\\\"\\\\\\1\\377\", O_RDONLY)");
  expect(call(openat, AT_FDCWD, (void*)1, O_RDONLY), "openat(AT_FDCWD, 0x1, O_RDONLY)");
  expect(call(openat, AT_FDCWD, NULL, O_RDONLY), "openat(AT_FDCWD, NULL, O_RDONLY)");
  expect(call(openat, AT_FDCWD, "", O_RDONLY), "openat(AT_FDCWD, \"\", O_RDONLY)");
  expect(call(close, again), "close(%ld)", again);
  expect(call(close, directory), "close(%ld)", directory);
  expect(call(close, fd), "close(%ld)", fd);
  expect(call(close, -1), "close(-1)");
}

static void modes(void) {
  expect_result("022", "umask(077)");
  call(umask, 077);
  expect_result("077", "umask(022)");
  call(umask, 022);
  expect(call(chmod, "file", 04755), "chmod(\"file\", 04755)");
  expect(call(fchmodat, AT_FDCWD, "file", 0600), "fchmodat(AT_FDCWD, \"file\", 0600)");
  expect(call(access, "file", R_OK | W_OK), "access(\"file\", R_OK|W_OK)");
  expect(call(access, "none", F_OK), "access(\"none\", F_OK)");
  expect(call(faccessat, AT_FDCWD, "none", X_OK), "faccessat(AT_FDCWD, \"none\", X_OK)");
  expect(call(truncate, "file", 7L), "truncate(\"file\", 7)");
}

static void names(void) {
  char target[64];
  expect(call(mkdir, "dir", 0711), "mkdir(\"dir\", 0711)");
  expect(call(mkdirat, AT_FDCWD, "dir", 0711), "mkdirat(AT_FDCWD, \"dir\", 0711)");
  expect(call(symlink, "file", "link"), "symlink(\"file\", \"link\")");
  expect(call(readlink, "link", target, sizeof target), "readlink(\"link\", \"file\", %zu)", sizeof target);
  expect(call(readlinkat, AT_FDCWD, "link", target, 2), "readlinkat(AT_FDCWD, \"link\", \"fi\", 2)");
  expect(call(readlink, "file", target, sizeof target), "readlink(\"file\", %p, %zu)", (void*)target, sizeof target);
  expect(call(link, "file", "second"), "link(\"file\", \"second\")");
  expect(call(linkat, AT_FDCWD, "link", AT_FDCWD, "third", AT_SYMLINK_FOLLOW),
         "linkat(AT_FDCWD, \"link\", AT_FDCWD, \"third\", AT_SYMLINK_FOLLOW)");
  expect(call(rename, "second", "dir/second"), "rename(\"second\", \"dir/second\")");
  expect(call(renameat2, AT_FDCWD, "file", AT_FDCWD, "dir/second", 1),
         "renameat2(AT_FDCWD, \"file\", AT_FDCWD, \"dir/second\", RENAME_NOREPLACE)");
  expect(call(rmdir, "dir"), "rmdir(\"dir\")");
  expect(call(unlink, "dir/second"), "unlink(\"dir/second\")");
  expect(call(unlinkat, AT_FDCWD, "dir", AT_REMOVEDIR), "unlinkat(AT_FDCWD, \"dir\", AT_REMOVEDIR)");
}

int main(void) {
  umask(022);
  begin();
  opens();
  modes();
  names();
  end();
}
