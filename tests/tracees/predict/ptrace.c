// One process looks at another: what PEEK*, GETREGS and their like bring back.
#include "predict.h"
#include <elf.h>
#include <stddef.h>
#include <linux/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

static volatile long looked_at = 0x1234567;
static uid_t uid;

/// Stops itself as a tracee of this process.
static long stopped_child(void) {
  const long pid = call(fork);
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    call(ptrace, PTRACE_TRACEME, 0, NULL, NULL);
    call(kill, getpid(), SIGSTOP);
    call(exit_group, 0);
  }
  return pid;
}

static void note_registers(const struct user_regs_struct* r) {
#ifdef __x86_64__
  note("{r15=%#llx, r14=%#llx, r13=%#llx, r12=%#llx, rbp=%#llx, rbx=%#llx, r11=%#llx, r10=%#llx, r9=%#llx, r8=%#llx, rax=%#llx, ", r->r15,
       r->r14, r->r13, r->r12, r->rbp, r->rbx, r->r11, r->r10, r->r9, r->r8, r->rax);
  note("rcx=%#llx, rdx=%#llx, rsi=%#llx, rdi=%#llx, orig_rax=%#llx, rip=%#llx, cs=%#llx, eflags=%#llx, rsp=%#llx, ss=%#llx, ", r->rcx, r->rdx,
       r->rsi, r->rdi, r->orig_rax, r->rip, r->cs, r->eflags, r->rsp, r->ss);
  note("fs_base=%#llx, gs_base=%#llx, ds=%#llx, es=%#llx, fs=%#llx, gs=%#llx}", r->fs_base, r->gs_base, r->ds, r->es, r->fs, r->gs);
#else
  note("{ebx=%#lx, ecx=%#lx, edx=%#lx, esi=%#lx, edi=%#lx, ebp=%#lx, eax=%#lx, xds=%#lx, xes=%#lx, xfs=%#lx, xgs=%#lx, ", r->ebx, r->ecx,
       r->edx, r->esi, r->edi, r->ebp, r->eax, r->xds, r->xes, r->xfs, r->xgs);
  note("orig_eax=%#lx, eip=%#lx, xcs=%#lx, eflags=%#lx, esp=%#lx, xss=%#lx}", r->orig_eax, r->eip, r->xcs, r->eflags, r->esp, r->xss);
#endif
}

static void memory(long pid) {
  long word;
  expect(call(ptrace, PTRACE_PEEKDATA, pid, &looked_at, &word), "ptrace(PTRACE_PEEKDATA, %ld, %p, [0x1234567])", pid, (void*)&looked_at);
  expect(call(ptrace, PTRACE_PEEKDATA, pid, 8, &word), "ptrace(PTRACE_PEEKDATA, %ld, 0x8, %p)", pid, (void*)&word);
  expect(call(ptrace, PTRACE_POKEDATA, pid, &looked_at, 0x5), "ptrace(PTRACE_POKEDATA, %ld, %p, 0x5)", pid, (void*)&looked_at);
}

static void registers(long pid) {
  struct user_regs_struct r;
  long got = call(ptrace, PTRACE_GETREGS, pid, NULL, &r);
  size_t line = predicted_size;
  note("ptrace(PTRACE_GETREGS, %ld, ", pid);
  note_registers(&r);
  note(")");
  pad_to_result(line);
  note(" = %ld\n", got);

  char buffer[1024];
  struct iovec iov = {buffer, sizeof buffer};
  got = call(ptrace, PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov);
  CHECK(iov.iov_len == sizeof r);
  memcpy(&r, buffer, sizeof r);
  line = predicted_size;
  note("ptrace(PTRACE_GETREGSET, %ld, NT_PRSTATUS, {iov_base=", pid);
  note_registers(&r);
  note(", iov_len=1024 => %zu})", iov.iov_len);
  pad_to_result(line);
  note(" = %ld\n", got);
  iov.iov_len = 100;
  expect(call(ptrace, PTRACE_GETREGSET, pid, 0x1234, &iov), "ptrace(PTRACE_GETREGSET, %ld, 0x1234 /* NT_??? */, {iov_base=%p, iov_len=100})",
         pid, (void*)buffer);

  long word;
#ifdef __x86_64__
  expect(call(ptrace, PTRACE_PEEKUSR, pid, offsetof(struct user, regs.cs), &word), "ptrace(PTRACE_PEEKUSER, %ld, 8*CS, [%#llx])", pid, r.cs);
  expect(call(ptrace, PTRACE_POKEUSR, pid, offsetof(struct user, regs.r13), 7), "ptrace(PTRACE_POKEUSER, %ld, 8*R13, 0x7)", pid);
#else
  long peeked = call(ptrace, PTRACE_PEEKUSR, pid, offsetof(struct user, regs.xcs), &word);
  unlike_strace_6_1("it has the other ABI's register names");
  expect(peeked, "ptrace(PTRACE_PEEKUSER, %ld, 4*XCS, [%#lx])", pid, r.xcs);
#endif
  const long debug = call(ptrace, PTRACE_PEEKUSR, pid, offsetof(struct user, u_debugreg) + sizeof(long), &word);
#ifndef __x86_64__
  unlike_strace_6_1("it has the other ABI's layout");
#endif
  expect(debug, "ptrace(PTRACE_PEEKUSER, %ld, offsetof(struct user, u_debugreg)+%zu, [NULL])", pid, sizeof(long));
}

static void state(long pid) {
  siginfo_t info;
  const struct {
    uint64_t off;
    uint32_t flags;
    int32_t nr;
  } peek = {0, 0, 4};
  unsigned long message;
  expect(call(ptrace, PTRACE_GETSIGINFO, pid, NULL, &info),
         "ptrace(PTRACE_GETSIGINFO, %ld, NULL, {si_signo=SIGSTOP, si_code=SI_USER, si_pid=%ld, si_uid=%u})", pid, pid, uid);
  expect(call(kill, pid, SIGUSR2), "kill(%ld, SIGUSR2)", pid);
  expect(call(ptrace, PTRACE_PEEKSIGINFO, pid, &peek, &info), "ptrace(PTRACE_PEEKSIGINFO, %ld, {off=0, flags=0, nr=4}, [])", pid);
  expect(call(ptrace, PTRACE_GETEVENTMSG, pid, NULL, &message), "ptrace(PTRACE_GETEVENTMSG, %ld, NULL, [0])", pid);
#ifdef __x86_64__
  struct ptrace_syscall_info call_info;
  const long told = call(ptrace, PTRACE_GET_SYSCALL_INFO, pid, sizeof call_info, &call_info);
  expect(told,
         "ptrace(PTRACE_GET_SYSCALL_INFO, %ld, %zu, {op=PTRACE_SYSCALL_INFO_NONE, arch=AUDIT_ARCH_X86_64, instruction_pointer=%#llx, "
         "stack_pointer=%#llx})",
         pid, sizeof call_info, (unsigned long long)call_info.instruction_pointer, (unsigned long long)call_info.stack_pointer);
#endif
}

int main(void) {
  // The tracee's stops and its end are awaited, not announced.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  int status;
  uid = getuid();
  begin();
  const long pid = stopped_child();
  expect(pid, "fork()");
  expect(call(wait4, pid, &status, 0, NULL), "wait4(%ld, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], 0, NULL)", pid);
  memory(pid);
  registers(pid);
  state(pid);
  expect(call(kill, pid, SIGKILL), "kill(%ld, SIGKILL)", pid);
  end();
}
