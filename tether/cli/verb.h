#pragma once
// Verb: what stands behind `tether`. main.cc lists them all.

#include <span>
#include <string_view>

namespace tether::cli {

struct Verb;

/// What a verb is called with: argv[0] is its own name.
struct Invocation {
  int argc;
  char** argv;
  std::span<const Verb> verbs;  ///< all there are, for `help`
};

struct Verb {
  std::string_view name;
  std::string_view summary;                  ///< one line
  int (*run)(const Invocation& invocation);  ///< returns tether's exit status
};

const Verb* find_verb(std::span<const Verb> verbs, std::string_view name);

/// Says that there is no such verb, and which may be meant. Returns the exit status.
int complain_of_verb(std::span<const Verb> verbs, std::string_view name);

// commands/*.cc
int run_trace(const Invocation& invocation);
int run_strace(const Invocation& invocation);
int run_replay(const Invocation& invocation);
int run_call(const Invocation& invocation);
int run_load(const Invocation& invocation);
int run_sig(const Invocation& invocation);
int run_mem(const Invocation& invocation);
int run_patch(const Invocation& invocation);
int run_set(const Invocation& invocation);
int run_tty(const Invocation& invocation);
int run_stack(const Invocation& invocation);
int run_regs(const Invocation& invocation);
int run_step(const Invocation& invocation);
int run_break(const Invocation& invocation);
int run_journal(const Invocation& invocation);
int run_undo(const Invocation& invocation);
int run_fd(const Invocation& invocation);
int run_show(const Invocation& invocation);
int run_doctor(const Invocation& invocation);
int run_help(const Invocation& invocation);
int run_version(const Invocation& invocation);

}  // namespace tether::cli
