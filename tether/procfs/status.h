#pragma once
// /proc/PID/status, as far as tether asks it (proc(5)).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

/// In bytes. All 0 for a kernel thread and a zombie, which have no memory.
struct MemorySums {
  std::uint64_t virtual_size = 0;        ///< VmSize
  std::uint64_t virtual_peak = 0;        ///< VmPeak
  std::uint64_t resident = 0;            ///< VmRSS
  std::uint64_t resident_peak = 0;       ///< VmHWM
  std::uint64_t resident_anonymous = 0;  ///< RssAnon
  std::uint64_t resident_file = 0;       ///< RssFile
  std::uint64_t resident_shared = 0;     ///< RssShmem
  std::uint64_t swapped = 0;             ///< VmSwap
  std::uint64_t locked = 0;              ///< VmLck
};

struct Status {
  std::string name;       ///< as written there: escaped by the kernel
  char state = '?';       ///< R S D T t Z X I
  Pid thread_group;       ///< Tgid
  Pid parent;             ///< PPid
  Tid tracer;             ///< TracerPid; 0 if none
  std::uint32_t uid = 0;  ///< real
  std::uint32_t effective_uid = 0;
  std::uint32_t saved_uid = 0;
  std::uint32_t gid = 0;  ///< real
  std::uint32_t effective_gid = 0;
  std::uint32_t saved_gid = 0;
  std::vector<std::uint32_t> groups;  ///< supplementary ones
  std::uint32_t umask = 0;
  std::uint32_t threads = 0;
  std::vector<std::int32_t> namespace_ids;  ///< NSpid: the task's id in each pid namespace, outermost first
  MemorySums memory;
  std::uint64_t signals_blocked = 0;           ///< SigBlk; bit N-1 is signal N
  std::uint64_t signals_ignored = 0;           ///< SigIgn
  std::uint64_t signals_caught = 0;            ///< SigCgt
  std::uint64_t signals_pending = 0;           ///< SigPnd: the thread's own
  std::uint64_t signals_pending_process = 0;   ///< ShdPnd: those for any thread of the process
  std::uint64_t inheritable_capabilities = 0;  ///< CapInh; bit N is capability N
  std::uint64_t permitted_capabilities = 0;    ///< CapPrm
  std::uint64_t effective_capabilities = 0;    ///< CapEff
  std::uint64_t bounding_capabilities = 0;     ///< CapBnd
  std::uint64_t ambient_capabilities = 0;      ///< CapAmb
  int no_new_privs = 0;
  int seccomp_mode = 0;                    ///< 0 none, 1 strict, 2 filter
  std::uint32_t seccomp_filters = 0;       ///< Linux ≥ 5.9
  std::uint64_t voluntary_switches = 0;    ///< voluntary_ctxt_switches: it waited for something
  std::uint64_t involuntary_switches = 0;  ///< nonvoluntary_ctxt_switches: its time was up
};

/// Fields that are missing keep their defaults. Malformed if there is no Tgid line.
Result<Status> parse_status(std::string_view text);

/// NotFound or TraceeGone if there is no such task.
Result<Status> read_status(Tid tid);

}  // namespace tether::procfs
