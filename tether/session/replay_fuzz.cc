// Fuzzer of a recording on its way to text: a file that somebody else may have written. Records that are well-formed
// but lie (an exit without an entry, chunks that were never asked for) must not crash the pump, the decoder or the
// text.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "tether/base/unique_fd.h"
#include "tether/event/recording.h"
#include "tether/session/session.h"
#include "tether/sink/text/text_sink.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tether;
  const UniqueFd file(::memfd_create("recording", MFD_CLOEXEC));
  if (::write(file.get(), data, size) != static_cast<ssize_t>(size)) std::abort();
  std::string text;
  auto sink = TextSink::open({.kind = TextTarget::Kind::Buffer, .buffer = &text},
                             {.durations = true, .message_fd = std::nullopt});
  if (!sink.has_value()) std::abort();
  const auto outcome = replay("/proc/self/fd/" + std::to_string(file.get()), {}, *sink);
  if (!outcome.has_value() && outcome.error().message.empty()) std::abort();
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') std::abort();  // nothing that drives a terminal
  return 0;
}
