// older_kernel VERSION COMMAND…   runs COMMAND as if on an older Linux: what that one does not have answers as it does there.
//
// A seccomp filter gives system calls, ptrace(2) requests, prctl(2) options and flags that came after VERSION ("5.10", "6.1") the answer
// of a kernel that does not know them. All that COMMAND starts is under it, too. A process that is to make remote calls is therefore
// started outside: its filter would have to be suspended, which is refused to a tracer that has one itself (kernel/ptrace.c).
// What is not new but behaves otherwise (a stop, a restart, a line of /proc) is not covered: tests/kernels/run runs real kernels.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SINCE(major, minor) ((major) << 16 | (minor))
#define ANY 0xffffffffu

// An argument of a call that is answered: the value itself if `bits` is ANY, else any of the bits set.
struct newcomer {
  unsigned since, call, call_32, argument, bits, value, answer;
};

#define PTRACE_REQUEST(since, number) {since, SYS_ptrace, 26, 0, ANY, number, EIO}
#define REGISTER_SET(since, type) {since, SYS_ptrace, 26, 2, ANY, type, EINVAL}
#define PRCTL_OPTION(since, number) {since, SYS_prctl, 172, 0, ANY, number, EINVAL}
#define CALL_FLAGS(since, number, argument, flags) {since, number, number, argument, flags, 0, EINVAL}

// The numbers are include/uapi's: the headers that this is built with are older than some of what it hides.
static const struct newcomer kNewcomers[] = {
    PTRACE_REQUEST(SINCE(5, 13), 0x420f),     // PTRACE_GET_RSEQ_CONFIGURATION
    PTRACE_REQUEST(SINCE(6, 4), 0x4210),      // PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG
    PTRACE_REQUEST(SINCE(6, 4), 0x4211),      // PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG
    PTRACE_REQUEST(SINCE(6, 16), 0x4212),     // PTRACE_SET_SYSCALL_INFO
    REGISTER_SET(SINCE(6, 6), 0x204),         // NT_X86_SHSTK
    PRCTL_OPTION(SINCE(5, 11), 59),           // PR_SET_SYSCALL_USER_DISPATCH
    PRCTL_OPTION(SINCE(5, 14), 62),           // PR_SCHED_CORE
    PRCTL_OPTION(SINCE(5, 17), 0x53564d41),   // PR_SET_VMA
    CALL_FLAGS(SINCE(6, 9), 434, 1, 0x80),    // pidfd_open: PIDFD_THREAD
    CALL_FLAGS(SINCE(6, 9), 424, 3, 7),       // pidfd_send_signal: PIDFD_SIGNAL_*
    {SINCE(6, 7), SYS_ioctl, 54, 1, ANY, 0xc0606610, ENOTTY},   // PAGEMAP_SCAN
    {SINCE(6, 11), SYS_ioctl, 54, 1, ANY, 0xc0686611, ENOTTY},  // PROCMAP_QUERY
};

// The last call in the order of <asm/unistd.h>, which is one for both ABIs from 424 on.
static const struct {
  unsigned version, last_call;
} kKernels[] = {{SINCE(5, 10), 440}, {SINCE(6, 1), 450}, {SINCE(6, 12), 462}};

#define LOAD(member) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define UNLESS(test, operand, otherwise) (struct sock_filter) BPF_JUMP(BPF_JMP | (test) | BPF_K, operand, 0, otherwise)
#define ANSWER(error) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter program[256];
static unsigned length;

static void add(struct sock_filter instruction) {
  program[length++] = instruction;
}

static void hide(const struct newcomer* it, unsigned number) {
  add(LOAD(nr));
  add(UNLESS(BPF_JEQ, number, 3));
  add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * it->argument));
  add(it->bits == ANY ? UNLESS(BPF_JEQ, it->value, 1) : UNLESS(BPF_JSET, it->bits, 1));
  add(ANSWER(it->answer));
}

static void hide_newcomers(unsigned version, unsigned last_call, int is_32_bit) {
  add(LOAD(nr));
  add(UNLESS(BPF_JGT, last_call, 1));
  add(ANSWER(ENOSYS));
  for (const struct newcomer* it = kNewcomers; it < kNewcomers + sizeof kNewcomers / sizeof *kNewcomers; ++it)
    if (it->since > version) hide(it, is_32_bit ? it->call_32 : it->call);
  add(ALLOW);
}

static int become(unsigned version, unsigned last_call) {
  add(LOAD(arch));
  const unsigned fork = length;
  add(UNLESS(BPF_JEQ, AUDIT_ARCH_X86_64, 0));
  hide_newcomers(version, last_call, 0);
  program[fork].jf = (uint8_t)(length - fork - 1);
  hide_newcomers(version, last_call, 1);
  const struct sock_fprog filter = {.len = (unsigned short)length, .filter = program};
  // Set-uid programs keep working where we may (root); else no_new_privs is the price.
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0) return 0;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0;
}

int main(int argc, char** argv) {
  unsigned major = 0, minor = 0;
  if (argc >= 3 && sscanf(argv[1], "%u.%u", &major, &minor) == 2)
    for (unsigned i = 0; i < sizeof kKernels / sizeof *kKernels; ++i)
      if (kKernels[i].version == SINCE(major, minor)) {
        if (become(kKernels[i].version, kKernels[i].last_call) == 0) execvp(argv[2], argv + 2);
        perror(argv[2]);
        return 125;
      }
  fprintf(stderr, "usage: older_kernel 5.10|6.1|6.12 COMMAND...\n");
  return 125;
}
