#include "tether/engine/replay/replay_engine.h"
#include "tether/session/direct_consumer.h"
#include "tether/session/pump.h"
#include "tether/session/session.h"

namespace tether {

Result<SessionOutcome> replay(const std::string& recording, const SessionOptions& options, Sink& sink) {
  auto engine = TETHER_TRY(ReplayEngine::open(recording));
  const RecordingHeader& header = engine->header();
  decode::DecodeOptions decode;
  decode.string_limit = header.string_limit;
  decode.verbose = header.verbose != 0;
  decode.fd_paths = header.fd_paths != 0;
  decode.fd_details = header.fd_details != 0;
  decode.pid_names = header.pid_names != 0;
  decode.read_dumps = options.read_dumps;
  decode.write_dumps = options.write_dumps;
  Pump pump(decode, {.signals = options.signals, .calls = options.syscalls, .paths = options.paths, .fds = options.fds},
            sink);
  DirectConsumer consumer(pump, *engine);
  const auto outcome = engine->run(consumer);
  TETHER_CHECK(consumer.result());
  TETHER_CHECK(pump.finish());
  if (!outcome.has_value()) return fail(outcome.error());
  return SessionOutcome{.events = pump.events(), .syscalls = outcome->syscalls};
}

}  // namespace tether
