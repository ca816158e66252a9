// Lets a running process make a system call: prints what getppid(2) is for it. The process does not notice.
#include <cstdio>
#include <cstdlib>

#include "tether/control/remote_process.h"

namespace {

tether::Result<void> run(tether::Pid pid) {
  return tether::with_remote_calls(pid, {}, [](tether::RemoteCalls& calls) -> tether::Result<void> {
    const auto parent = TETHER_TRY(calls.call(tether::RemoteCall::Getppid, {}));
    std::printf("getppid() = %lld\n", static_cast<long long>(parent));
    return tether::ok();
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto result = run(tether::Pid(std::atoi(argv[1])));
  if (!result.has_value()) std::fprintf(stderr, "%s\n%s\n", result.error().message.c_str(), result.error().hint.c_str());
  return result.has_value() ? 0 : 1;
}
