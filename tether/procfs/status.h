#pragma once
// /proc/PID/status, as far as tether asks it (proc(5)).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"

namespace tether::procfs {

struct Status {
  std::string name;       ///< as written there: escaped by the kernel
  char state = '?';       ///< R S D T t Z X I
  Pid thread_group;       ///< Tgid
  Pid parent;             ///< PPid
  Tid tracer;             ///< TracerPid; 0 if none
  std::uint32_t uid = 0;  ///< real
  std::uint32_t effective_uid = 0;
  std::uint32_t threads = 0;
  std::vector<std::int32_t> namespace_ids;   ///< NSpid: the task's id in each pid namespace, outermost first
  std::uint64_t signals_blocked = 0;         ///< SigBlk; bit N-1 is signal N
  std::uint64_t signals_ignored = 0;         ///< SigIgn
  std::uint64_t signals_caught = 0;          ///< SigCgt
  std::uint64_t signals_pending = 0;         ///< SigPnd: the thread's own
  std::uint64_t effective_capabilities = 0;  ///< CapEff
  std::uint32_t umask = 0;                   ///< Umask
  int no_new_privs = 0;
  int seccomp_mode = 0;  ///< 0 none, 1 strict, 2 filter
};

/// Fields that are missing keep their defaults. Malformed if there is no Tgid line.
Result<Status> parse_status(std::string_view text);

/// NotFound or TraceeGone if there is no such task.
Result<Status> read_status(Tid tid);

}  // namespace tether::procfs
