#pragma once
// ProcessFacts: everything about a process that fits on a page, from /proc alone: nobody is stopped.
//
//   const ProcessFacts facts = TETHER_TRY(read_process_facts(Pid(4242)));
//   for (const ThreadFacts& thread : facts.threads) …

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/descriptor_list.h"
#include "tether/procfs/cgroup.h"
#include "tether/procfs/current_call.h"
#include "tether/procfs/process_io.h"
#include "tether/procfs/resource_limits.h"
#include "tether/procfs/stat.h"
#include "tether/procfs/status.h"

namespace tether {

struct Ancestor {
  Pid pid;
  std::string name;  ///< comm
};

struct ThreadFacts {
  Tid tid;
  procfs::Stat stat;
  std::optional<procfs::Status> status;     ///< absent if it ended meanwhile
  std::optional<procfs::CurrentCall> call;  ///< absent where we may not trace it
  std::string wait_channel;                 ///< the kernel's function that it sleeps in
};

/// A namespace of the process that is not the one that tether lives in.
struct ForeignNamespace {
  std::string kind;  ///< "net", "mnt" …
  std::uint64_t inode = 0;
};

struct ChangedLimit {
  procfs::Limit limit;
  std::optional<procfs::Limit> ours;  ///< what tether has
};

struct ProcessFacts {
  Pid pid;
  std::vector<std::string> arguments;  ///< empty: a kernel thread, a zombie, or one that removed them
  std::string executable;              ///< /proc/PID/exe; empty if not ours to see
  std::string working_directory;       ///< cwd; the same
  std::string root;                    ///< the same
  procfs::Status status;
  procfs::Stat stat;
  std::vector<Ancestor> ancestors;  ///< the parent first
  std::vector<ThreadFacts> threads;
  std::vector<procfs::Limit> limits;
  std::vector<ChangedLimit> changed_limits;  ///< those that differ from tether's own
  std::vector<procfs::Cgroup> cgroups;
  std::optional<std::vector<ForeignNamespace>> foreign_namespaces;  ///< absent: not ours to see
  std::optional<procfs::ProcessIo> io;
  std::optional<int> oom_score_adj;
  std::optional<ProcessDescriptors> descriptors;
  std::optional<unsigned> word_bits;  ///< 64 or 32, by its executable; absent for a kernel thread
  std::optional<Ancestor> tracer;     ///< by the process that the tracing thread belongs to
};

/// NotFound if there is no such process. What is not ours to see, or gone in the middle of reading, is absent or empty.
Result<ProcessFacts> read_process_facts(Pid pid);

}  // namespace tether
