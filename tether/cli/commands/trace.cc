#include "tether/cli/commands/trace.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tether/session/session.h"
#include "tether/sink/text/text_sink.h"

namespace tether::cli {

int run_trace(int argc, char** argv) {
  SessionOptions session;
  TextOptions text;
  TextTarget target;
  const bool as_strace = std::string_view(argv[0]) == "strace";
  session.follow = as_strace ? Choice::No : Choice::Yes;
  for (int letter; (letter = ::getopt(argc, argv, "+fvyo:p:s:")) != -1;) {
    if (letter == 'f') session.follow = Choice::Yes;
    if (letter == 'v') session.verbose = Choice::Yes;
    if (letter == 'y') session.fd_paths = Choice::Yes;
    if (letter == 'o') target = parse_text_target(::optarg);
    if (letter == 'p') session.attach.push_back(Pid(std::atoi(::optarg)));
    if (letter == 's') session.string_limit = static_cast<unsigned>(std::atoi(::optarg));
  }
  if (::optind < argc) session.launch = LaunchOptions{.argv = {argv + ::optind, argv + argc}};
  if (target.kind == TextTarget::Kind::File && session.follow == Choice::Yes) text.pids = PidPrefix::Always;
  const auto report = [](const Error& error) {
    std::fprintf(stderr, "tether: %s\n", error.message.c_str());
    return 125;
  };
  auto sink = TextSink::open(target, text);
  if (!sink.has_value()) return report(sink.error());
  auto opened = Session::open(session);
  if (!opened.has_value()) return report(opened.error());
  const auto outcome = opened->run(*sink);
  if (!outcome.has_value()) return report(outcome.error());
  if (const auto closed = sink->close(); !closed.has_value()) return report(closed.error());
  return outcome->status;
}

}  // namespace tether::cli
