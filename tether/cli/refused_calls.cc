#include "tether/cli/refused_calls.h"

#include <algorithm>
#include <iterator>

namespace tether::cli {

namespace {

constexpr std::string_view kEnds = "it ends the process, or the thread, and does not return";
constexpr std::string_view kReplaces = "it replaces the program, and there is no way back";
constexpr std::string_view kForks =
    "the child would go on where tether put the thread, not where the program was, and crash";
constexpr std::string_view kReturns = "it loads the thread's registers from a signal frame that is not there";
constexpr std::string_view kJumps = "it leaves for a place in the program instead of returning";
constexpr std::string_view kMask =
    "the thread's signal mask is put back after the call, so that it has no effect; `tether sig mask` changes it";

struct Refusal {
  std::string_view name;
  std::string_view reason;
};
constexpr Refusal kRefusals[] = {
    {"exit", kEnds},
    {"exit_group", kEnds},
    {"_exit", kEnds},
    {"_Exit", kEnds},
    {"abort", kEnds},
    {"quick_exit", kEnds},
    {"pthread_exit", kEnds},
    {"execve", kReplaces},
    {"execveat", kReplaces},
    {"execv", kReplaces},
    {"execvp", kReplaces},
    {"execvpe", kReplaces},
    {"execl", kReplaces},
    {"execle", kReplaces},
    {"execlp", kReplaces},
    {"fexecve", kReplaces},
    {"fork", kForks},
    {"vfork", kForks},
    {"clone", kForks},
    {"clone3", kForks},
    {"_Fork", kForks},
    {"__libc_fork", kForks},
    {"daemon", kForks},
    {"forkpty", kForks},
    {"rt_sigreturn", kReturns},
    {"sigreturn", kReturns},
    {"longjmp", kJumps},
    {"_longjmp", kJumps},
    {"siglongjmp", kJumps},
    {"setcontext", kJumps},
    {"swapcontext", kJumps},
    {"rt_sigprocmask", kMask},
    {"sigprocmask", kMask},
    {"pthread_sigmask", kMask},
    {"ssetmask", kMask},
};

}  // namespace

std::optional<std::string_view> find_refusal(std::string_view name) {
  if (const std::size_t colon = name.rfind(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
  name = name.substr(0, name.find('@'));
  const auto found = std::ranges::find(kRefusals, name, &Refusal::name);
  return found == std::end(kRefusals) ? std::nullopt : std::optional(found->reason);
}

}  // namespace tether::cli
