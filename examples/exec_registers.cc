// Launches a program, prints some of its registers at its exec stop, and lets it go.
#include <cstdio>
#include <string>
#include <utility>

#include "tether/tracee/tracer.h"

namespace {

tether::Result<void> run(int argc, char** argv) {
  tether::LaunchOptions options{.argv = {argv + 1, argv + argc}};
  if (options.argv.empty()) options.argv = {"/bin/ls"};
  tether::Tracer tracer;
  const auto command = TETHER_TRY(tether::resolve_command(options));
  const auto child = TETHER_TRY(tracer.launch(command, options, {.follow = false}, {}));
  for (;;) {
    auto what = TETHER_TRY(tracer.next());
    if (std::holds_alternative<tether::Tracer::NothingLeft>(what)) return tether::ok();
    auto* stop = std::get_if<tether::AnyStop>(&what);
    if (stop == nullptr) continue;
    if (auto* exec = std::get_if<tether::ExecStop>(stop)) {
      const auto registers = TETHER_TRY(exec->registers());
      for (const char* name : {"rdi", "rsi", "rdx", "rax", "orig_rax"})
        std::printf("%s = %lld\n", name, static_cast<long long>(*find_register(registers, tether::Abi::X86_64, name)));
      std::fflush(stdout);
      return std::move(*exec).detach();
    }
    TETHER_CHECK(go_on(std::move(*stop), tether::Until::NextEvent));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto result = run(argc, argv);
  if (!result.has_value()) std::fprintf(stderr, "%s\n", result.error().message.c_str());
  return result.has_value() ? 0 : 1;
}
