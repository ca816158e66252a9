// Structs that say themselves how long they are, and arguments whose meaning another one chooses.
#include "predict.h"
#include <linux/input.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/shm.h>

/// The last `size` bytes before memory that cannot be read.
static void* last_bytes(size_t size) {
  char* pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(pages != MAP_FAILED && mprotect(pages + 4096, 4096, PROT_NONE) == 0);
  return pages + 4096 - size;
}

/// Structs of the size that they first had, with nothing behind them.
static void grown_structs(uint32_t* attr, struct perf_event_attr* event) {
  attr[0] = 48;
  expect(call(sched_setattr, -1, attr, 0),
         "sched_setattr(-1, {size=48, sched_policy=SCHED_OTHER, sched_flags=0, sched_nice=0, sched_priority=0, "
         "sched_runtime=0, "
         "sched_deadline=0, sched_period=0}, 0)");
  event->type = PERF_TYPE_RAW;
  event->size = PERF_ATTR_SIZE_VER0;
  event->sample_type = PERF_SAMPLE_BRANCH_STACK;
  unlike_strace_6_1("it has a note at precise_ip");
  expect(call(perf_event_open, event, -1, -1, -1, 0),
         "perf_event_open({type=PERF_TYPE_RAW, size=PERF_ATTR_SIZE_VER0, config=0, sample_period=0, "
         "sample_type=PERF_SAMPLE_BRANCH_STACK, "
         "read_format=0, disabled=0, inherit=0, pinned=0, exclusive=0, exclude_user=0, exclude_kernel=0, exclude_hv=0, "
         "exclude_idle=0, mmap=0, comm=0, freq=0, inherit_stat=0, enable_on_exec=0, task=0, watermark=0, precise_ip=0, "
         "mmap_data=0, sample_id_all=0, exclude_host=0, exclude_guest=0, exclude_callchain_kernel=0, "
         "exclude_callchain_user=0, mmap2=0, comm_exec=0, use_clockid=0, context_switch=0, write_backward=0, namespaces=0, "
         "ksymbol=0, bpf_event=0, aux_output=0, cgroup=0, text_poke=0, build_id=0, inherit_thread=0, remove_on_exec=0, "
         "sigtrap=0, wakeup_events=0, config1=0}, -1, -1, -1, 0)");
}

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
  struct shminfo shm;
  const long shm_index = call(shmctl, 0, IPC_INFO, &shm);
  expect(shm_index,
         "shmctl(0, IPC_INFO, {shmmax=%lu, shmmin=%lu, shmmni=%lu, shmseg=%lu, shmall=%lu})", shm.shmmax, shm.shmmin,
         shm.shmmni, shm.shmseg, shm.shmall);
  struct msginfo msg;
  const long msg_index = call(msgctl, 0, IPC_INFO, &msg);
  expect(msg_index,
      "msgctl(0, IPC_INFO, {msgpool=%d, msgmap=%d, msgmax=%d, msgmnb=%d, msgmni=%d, msgssz=%d, msgtql=%d, msgseg=%d})",
      msg.msgpool, msg.msgmap, msg.msgmax, msg.msgmnb, msg.msgmni, msg.msgssz, msg.msgtql, msg.msgseg);
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
  uint32_t* attr = last_bytes(48);
  struct perf_event_attr* event = last_bytes(PERF_ATTR_SIZE_VER0);
  begin();
  grown_structs(attr, event);
  chosen_arguments();
  keys(key);
  requests();
  end();
}
