#pragma once
// Verbs that are families: `tether fd ls`, `tether mem maps`. The family's file is a table of its members; each member
// is a file of its own.

#include <span>
#include <string_view>

#include "tether/cli/verb.h"

namespace tether::cli {

/// Runs the member that the first word names, with argv[0] its name. Without one, or with --help, lists them behind
/// `purpose`: a sentence. Returns the exit status.
int run_sub_verb(const Invocation& invocation, std::string_view purpose, std::span<const Verb> members);

// commands/fd_*.cc
int run_fd_ls(const Invocation& invocation);
int run_fd_dup(const Invocation& invocation);
int run_fd_close(const Invocation& invocation);
int run_fd_open(const Invocation& invocation);
int run_fd_redirect(const Invocation& invocation);
int run_fd_seek(const Invocation& invocation);
int run_fd_flags(const Invocation& invocation);
int run_fd_send(const Invocation& invocation);
int run_fd_tee(const Invocation& invocation);
int run_fd_steal(const Invocation& invocation);
int run_fd_shutdown(const Invocation& invocation);

// commands/mem_*.cc
int run_mem_maps(const Invocation& invocation);
int run_mem_read(const Invocation& invocation);
int run_mem_write(const Invocation& invocation);
int run_mem_search(const Invocation& invocation);
int run_mem_diff(const Invocation& invocation);
int run_mem_freeze(const Invocation& invocation);
int run_mem_dump(const Invocation& invocation);
int run_mem_map(const Invocation& invocation);
int run_mem_unmap(const Invocation& invocation);
int run_mem_protect(const Invocation& invocation);
int run_mem_alloc(const Invocation& invocation);

}  // namespace tether::cli
