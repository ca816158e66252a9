// Fuzzer of what reads /proc: a file of any content gives a value or an error.

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string_view>

#include "tether/procfs/cgroup.h"
#include "tether/procfs/current_call.h"
#include "tether/procfs/fdinfo.h"
#include "tether/procfs/maps.h"
#include "tether/procfs/process_io.h"
#include "tether/procfs/resource_limits.h"
#include "tether/procfs/schedule.h"
#include "tether/procfs/smaps.h"
#include "tether/procfs/socket_files.h"
#include "tether/procfs/stat.h"
#include "tether/procfs/status.h"
#include "tether/procfs/task.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tether::procfs;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t values = 0;
  values += parse_status(text).has_value();
  values += parse_schedule_use(text).has_value();
  values += parse_last_cpu(text).has_value();
  values += parse_stat(text).has_value();
  values += parse_fdinfo(text).has_value();
  values += parse_limits(text).has_value();
  values += parse_process_io(text).has_value();
  values += parse_current_call(text).has_value();
  values += parse_smaps(text).has_value();
  values += parse_oom_score_adj(text).has_value();
  values += parse_cgroups(text).size();
  values += parse_inet_sockets(text, {.family = AF_INET, .protocol = IPPROTO_TCP}).size();
  values += parse_inet_sockets(text, {.family = AF_INET6, .protocol = IPPROTO_UDP}).size();
  values += parse_unix_sockets(text).size();
  values += parse_netlink_sockets(text).size();
  values += parse_packet_sockets(text).size();
  if (const auto maps = parse_maps(text); maps.has_value() && !maps->empty())
    values += find_mapping(*maps, maps->front().start) != nullptr;
  [[maybe_unused]] volatile const std::size_t used = values;
  return 0;
}
