// Arguments whose meaning another one chooses.
#include "predict.h"
#include <linux/input.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/userfaultfd.h>
#include <net/if.h>
#include <sys/ioctl.h>

static void chosen_arguments(void) {
  unsigned long mask = 5;
  expect(call(set_mempolicy, 0, &mask, 0), "set_mempolicy(MPOL_DEFAULT, [], 0)");
  const struct mount_attr mount = {.attr_clr = MOUNT_ATTR_RDONLY};
  unlike_strace_6_1("it has a note where no propagation is given");
  expect(call(mount_setattr, -1, "x", 0, &mount, sizeof mount),
         "mount_setattr(-1, \"x\", 0, {attr_set=0, attr_clr=MOUNT_ATTR_RDONLY, propagation=0, userns_fd=0}, 32)");
  const struct __kernel_timespec time = {.tv_sec = 1, .tv_nsec = 2};
  const struct io_uring_getevents_arg wait = {.ts = (uintptr_t)&time};
  unlike_strace_6_1("it shows a pointer");
  expect(call(io_uring_enter, -1, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &wait, sizeof wait),
         "io_uring_enter(-1, 0, 1, IORING_ENTER_GETEVENTS|IORING_ENTER_EXT_ARG, {sigmask=NULL, sigmask_sz=0, "
         "ts={tv_sec=1, tv_nsec=2}}, 24)");
  unlike_strace_6_1("it does not know the flag");
  expect(call(io_uring_register, 77, 0x80000000u | IORING_UNREGISTER_FILES, NULL, 0),
         "io_uring_register(77, IORING_REGISTER_USE_REGISTERED_RING|IORING_UNREGISTER_FILES, NULL, 0)");
}

/// What does not fit is not written, though the result says how long it is. `key` is negative where there are no keys.
static void keys(long key) {
  char buffer[16] = "untouched";
  if (key < 0) return;
  unlike_strace_6_1("it shows what was there before");
  expect(call(keyctl, KEYCTL_READ, key, buffer, 4), "keyctl(KEYCTL_READ, %ld, %p, 4)", key, (void*)buffer);
  expect(call(keyctl, KEYCTL_READ, key, buffer, 16), "keyctl(KEYCTL_READ, %ld, \"payload\", 16)", key);
}

static void requests(void) {
  expect(call(ioctl, -1, EVIOCGRAB, 1), "ioctl(-1, EVIOCGRAB, 1)");
  struct uffdio_range range = {.start = 0x1000, .len = 0x2000};
  expect(call(ioctl, -1, UFFDIO_WAKE, &range), "ioctl(-1, UFFDIO_WAKE, {start=0x1000, len=0x2000})");
  struct ifreq interface = {.ifr_name = "none"};
  memset(&interface.ifr_ifru, 'x', sizeof interface.ifr_ifru);
  interface.ifr_addr.sa_family = 5;
  expect(call(ioctl, -1, SIOCSIFADDR, &interface),
         "ioctl(-1, SIOCSIFADDR, {ifr_name=\"none\", ifr_addr={sa_family=AF_APPLETALK, sa_data=\"xxxxxxxxxxxxxx\"}})");
}

int main(void) {
  const long key = call(add_key, "user", "tether", "payload", 7, KEY_SPEC_PROCESS_KEYRING);
  begin();
  chosen_arguments();
  keys(key);
  requests();
  end();
}
