// Fuzzer of what reads /proc: a file of any content gives a value or an error.

#include <cstdint>
#include <string_view>

#include "tether/procfs/maps.h"
#include "tether/procfs/schedule.h"
#include "tether/procfs/status.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  [[maybe_unused]] const auto status = tether::procfs::parse_status(text);
  [[maybe_unused]] const auto use = tether::procfs::parse_schedule_use(text);
  [[maybe_unused]] const auto cpu = tether::procfs::parse_last_cpu(text);
  if (const auto maps = tether::procfs::parse_maps(text); maps.has_value() && !maps->empty())
    [[maybe_unused]] const auto* first = tether::procfs::find_mapping(*maps, maps->front().start);
  return 0;
}
