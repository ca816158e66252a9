#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>

#include "tether/base/error.h"
#include "tether/cli/command_line.h"
#include "tether/cli/messages.h"
#include "tether/cli/verb.h"
#include "tether/procfs/mount_options.h"
#include "tether/procfs/status.h"
#include "tether/sys/host_probe.h"
#include "tether/tracee/permission.h"

namespace tether::cli {

namespace {

constexpr std::string_view kDoctorUsage =
    "usage: tether doctor [PID]\n\n"
    "Tries out what this machine allows, and whether process PID can be attached to; tells how to get what they do not "
    "allow.\n"
    "The exit status is 0 if tether can do its work, 1 if not.\n\nOptions:\n";

struct DoctorSettings {
  bool wants_help = false;
};

constexpr Option<DoctorSettings> kOptions[] = {
    help_option<DoctorSettings>(),
};

struct Probe {
  std::string_view name;
  bool is_needed;            ///< tether does not work without it
  std::string_view purpose;  ///< what it is for
  std::string_view fix;
  sys::ProbeErrno (*run)();
};

constexpr std::string_view kContainer =
    "allow ptrace: in a container --cap-add=SYS_PTRACE, or a seccomp profile that permits it";

constexpr Probe kProbes[] = {
    {"ptrace", true, "tracing at all", kContainer, sys::probe_tracing},
    {"PTRACE_GET_SYSCALL_INFO", true, "knowing each call and its ABI", "run Linux 5.3 or newer",
     sys::probe_syscall_info},
    {"process_vm_readv", true, "reading what arguments point to", kContainer, sys::probe_memory_read},
    {"seccomp RET_TRACE", false, "-e trace= without a stop at every call",
     "tether works without, slower; run a kernel with CONFIG_SECCOMP_FILTER", sys::probe_seccomp_trace},
    {"32-bit system calls", false, "tracing 32-bit programs",
     "run a kernel with CONFIG_IA32_EMULATION (boot option ia32_emulation=on)", sys::probe_compat_calls},
    {"PTRACE_GET_RSEQ_CONFIGURATION", false, "calls made in a thread that is within a restartable sequence",
     "run Linux 5.13 or newer; until then make none in programs that use such sequences (librseq, tcmalloc)",
     sys::probe_rseq_area},
    {"kcmp", false, "finding processes that share memory, as vfork's child does",
     "run a kernel with CONFIG_KCMP; in a container --cap-add=SYS_PTRACE, or a seccomp profile that permits it",
     sys::probe_kcmp},
    {"PTRACE_SET_SYSCALL_INFO", false, "changing calls in one step", "run Linux 6.16 or newer",
     sys::probe_set_syscall_info},
    {"seccomp user notification", false, "answering calls in a program's stead",
     "run Linux 5.0 or newer with CONFIG_SECCOMP_FILTER", sys::probe_user_notification},
    {"debug registers", false, "`break hw:` and `w:`, and calls at full speed in `step --over`",
     "in a virtual machine, have its host pass debug exceptions on", sys::probe_debug_registers},
    {"pidfd_getfd", false, "taking descriptors out of a process", "run Linux 5.6 or newer, with the right to ptrace",
     sys::probe_pidfd_getfd},
    {"syscall user dispatch", false, "catching calls inside a process", "run Linux 5.11 or newer",
     sys::probe_user_dispatch},
};

/// Prints findings, and remembers whether one of them keeps tether from its work.
class Report {
 public:
  void heading(std::string_view text) { line("", text); }
  void good(std::string_view text) { line("  ok    ", text); }
  void lacks(std::string_view text, std::string_view fix) {
    line("  no    ", text);
    if (!fix.empty()) line("        fix: ", fix);
  }
  void bad(std::string_view text, std::string_view fix) {
    is_well_ = false;
    line("  FAIL  ", text);
    if (!fix.empty()) line("        fix: ", fix);
  }
  void plain(std::string_view text) { line("        ", text); }
  bool is_well() const { return is_well_; }

 private:
  static void line(std::string_view mark, std::string_view text) {
    const std::string whole = std::string(mark) + std::string(text) + "\n";
    std::fwrite(whole.data(), 1, whole.size(), stdout);
  }
  bool is_well_ = true;
};

void examine_kernel(Report& report) {
  utsname system{};
  ::uname(&system);
  report.heading("This machine: Linux " + std::string(system.release) + ", " + system.machine);
  for (const Probe& probe : kProbes) {
    const sys::ProbeErrno err = probe.run();
    const std::string what = std::string(probe.name) + ", for " + std::string(probe.purpose);
    if (err == 0)
      report.good(what);
    else if (probe.is_needed)
      report.bad(what + ": " + describe_errno(err), probe.fix);
    else
      report.lacks(what + ": " + describe_errno(err), probe.fix);
  }
}

void examine_yama(Report& report, const AttachRights& rights) {
  const std::string setting = "kernel.yama.ptrace_scope is " + std::to_string(rights.yama_scope);
  const std::string lower = "`sysctl kernel.yama.ptrace_scope=0` as root";
  if (rights.yama_scope == 0)
    report.good("Yama does not restrict attaching");
  else if (rights.yama_scope == 3)
    report.lacks(setting + ": nobody may be attached to", "only a reboot can lower it");
  else if (rights.has_ptrace_capability())
    report.good(setting + ", which CAP_SYS_PTRACE overrules");
  else if (rights.yama_scope == 2)
    report.lacks(setting + ": only CAP_SYS_PTRACE may attach", "run tether as root, or " + lower);
  else
    report.lacks(setting + ": only own descendants may be attached to", lower + "; or start the program under tether");
}

void examine_rights(Report& report) {
  if (const auto mounted = procfs::check_mounted(); !mounted.has_value())
    return report.bad(mounted.error().message, mounted.error().hint);
  const AttachRights rights = read_attach_rights();
  report.heading("This process: user " + std::to_string(rights.uid));
  if (rights.has_ptrace_capability())
    report.good("CAP_SYS_PTRACE: processes of all users can be attached to");
  else
    report.lacks("no CAP_SYS_PTRACE: only this user's processes can be attached to",
                 "run tether as root, or `setcap cap_sys_ptrace+ep` on its file");
  examine_yama(report, rights);
  const auto own = procfs::read_status(Tid(::getpid()));
  if (own.has_value() && own->no_new_privs != 0)
    report.lacks("no_new_privs is set: launched set-uid programs keep this user's rights",
                 "start tether where it is not set");
  if (own.has_value() && own->seccomp_mode != 0)
    report.lacks("a seccomp filter confines tether, and all that it launches",
                 "start tether outside of the sandbox or container");
  const std::string hidepid = procfs::read_proc_mount_option("hidepid");
  if (hidepid.empty() || hidepid == "0" || hidepid == "off")
    report.good("/proc shows the processes of all users");
  else
    report.lacks("/proc is mounted with hidepid=" + hidepid + ": other users' processes cannot be seen",
                 "`mount -o remount,hidepid=0 /proc` as root");
}

void examine_process(Report& report, Pid pid) {
  const auto status = procfs::read_status(leader_of(pid));
  if (!procfs::check_mounted().has_value()) return;  // examine_rights() tells
  if (!status.has_value()) {
    const Error error = explain_attach_failure(pid, status.error().sys_errno);
    report.heading("Process " + std::to_string(pid.value));
    return report.bad(error.message, error.hint);
  }
  report.heading("Process " + std::to_string(pid.value) + ": " + status->name + ", user " +
                 std::to_string(status->effective_uid) + ", " + std::to_string(status->threads) +
                 (status->threads == 1 ? " thread" : " threads"));
  const sys::ProbeErrno err = sys::probe_attach(pid);
  if (err == 0) {
    report.good("can be attached to");
  } else {
    const Error error = explain_attach_failure(pid, err);
    report.bad(error.message, error.hint);
  }
  if (status->namespace_ids.size() > 1)
    report.plain("lives in a pid namespace, as process " + std::to_string(status->namespace_ids.back()));
  if (status->seccomp_mode != 0) report.plain("is confined by seccomp, which sees calls before tether does");
}

std::optional<Pid> parse_pid(std::string_view text) {
  std::int32_t pid = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (err != std::errc() || end != text.data() + text.size() || pid <= 0) return std::nullopt;
  return Pid(pid);
}

}  // namespace

int run_doctor(const Invocation& invocation) {
  DoctorSettings settings;
  const auto read = read_words<DoctorSettings>(invocation.argc, invocation.argv, kOptions, settings);
  if (!read.has_value()) return complain(read.error());
  if (settings.wants_help) {
    const std::vector<OptionShape> shapes(std::begin(kOptions), std::end(kOptions));
    const std::string text = std::string(kDoctorUsage) + describe_options(shapes);
    return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kFailed : 0;
  }
  Report report;
  std::vector<char*> words = read->words;
  words.insert(words.end(), read->command.begin(), read->command.end());
  if (!words.empty()) {
    const auto pid = parse_pid(words.front());
    if (!pid || words.size() > 1)
      return complain({.code = ErrorCode::Malformed,
                       .message = "doctor takes one process id, not '" + std::string(words.back()) + "'",
                       .hint = "see `ps -e`"});
    examine_process(report, *pid);
  }
  examine_kernel(report);
  examine_rights(report);
  return std::fflush(stdout) != 0 || std::ferror(stdout) != 0 ? kFailed : report.is_well() ? 0 : 1;
}

}  // namespace tether::cli
