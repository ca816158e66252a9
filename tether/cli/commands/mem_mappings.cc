// mem map, unmap, protect and alloc.

#include <sys/mman.h>

#include <charconv>
#include <string>
#include <vector>

#include "tether/cli/address.h"
#include "tether/cli/change_options.h"
#include "tether/cli/messages.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target_call.h"
#include "tether/cli/value_display.h"
#include "tether/control/mapping_change.h"
#include "tether/control/memory_ranges.h"
#include "tether/control/memory_value.h"
#include "tether/procfs/task.h"
#include "tether/procfs/word_size.h"

namespace tether::cli {

namespace {

constexpr std::string_view kMapUsage =
    "usage: tether mem map [OPTIONS] PID SIZE [PERMS]\n\n"
    "Maps private anonymous memory in a process, by a system call that one of its threads makes, and says where.\n"
    "SIZE takes k, M, G; PERMS are rwx or a part of it, rw without.\n\nOptions:\n";
constexpr std::string_view kUnmapUsage =
    "usage: tether mem unmap [OPTIONS] PID RANGE\n\n"
    "Unmaps whole pages. RANGE: START-END, START+SIZE, [heap]. Up to 1 MiB of private anonymous memory can be given "
    "back by `tether undo`; for other "
    "memory,\n"
    "and where a thread has its stack, --force is needed.\n\nOptions:\n";
constexpr std::string_view kProtectUsage =
    "usage: tether mem protect [OPTIONS] PID RANGE PERMS\n\n"
    "Changes the protection of whole pages. RANGE: START-END, START+SIZE, [heap]. PERMS are rwx, a part of it, or "
    "none.\n\nOptions:\n";
constexpr std::string_view kAllocUsage =
    "usage: tether mem alloc [OPTIONS] PID VALUE...\n\n"
    "Maps memory that can be read and written, puts values there, and prints the address.\n"
    "VALUE as of `tether mem write`: str:/tmp/x\\0 u32:42 'hex:90 90'.\n\nOptions:\n";

struct MemMappingsSettings {
  ChangeSettings change;
  std::optional<std::string> where;
  std::optional<std::string> protection;
};

Option<MemMappingsSettings> at_option() {
  return {{0, "at", OptionShape::Takes::Value, "ADDRESS", "where, if nothing is mapped there yet"},
          [](MemMappingsSettings& s, Argument argument) {
            s.where = std::string(*argument);
            return ok();
          }};
}

Option<MemMappingsSettings> perms_option() {
  return {{0, "perms", OptionShape::Takes::Value, "PERMS", "its protection, rw without"},
          [](MemMappingsSettings& s, Argument argument) {
            s.protection = std::string(*argument);
            return ok();
          }};
}

Result<std::uint32_t> parse_protection(std::string_view text) {
  std::uint32_t bits = 0;
  bool is_known = !text.empty();
  if (text != "none")
    for (const char c : text) {
      if (c == 'r') bits |= PROT_READ;
      if (c == 'w') bits |= PROT_WRITE;
      if (c == 'x') bits |= PROT_EXEC;
      is_known = is_known && std::string_view("rwx-").find(c) != std::string_view::npos;
    }
  if (is_known) return bits;
  return fail({.code = ErrorCode::Malformed,
               .message = "'" + std::string(text) + "' is no protection",
               .hint = "r, rw, rx, rwx, r-x or none"});
}

/// "4096", "16k", "1M": parse_span() has it behind a +.
Result<std::uint64_t> parse_size(std::string_view text) {
  if (const auto span = parse_span("0+" + std::string(text))) return span->size();
  return fail({.code = ErrorCode::Malformed,
               .message = "'" + std::string(text) + "' is no size",
               .hint = "4096, 0x1000, 16k, 1M"});
}

using Prepared = TargetCall<MemMappingsSettings>;

int complain_of_words(std::string_view wanted) {
  return complain({.code = ErrorCode::Malformed, .message = std::string(wanted), .hint = "--help says more"});
}

int map(const Prepared& prepared) {
  if (prepared.rest.empty() || prepared.rest.size() > 2) return complain_of_words("mem map takes a size, and PERMS");
  const auto size = parse_size(prepared.rest[0]);
  if (!size.has_value()) return complain(size.error());
  const auto protection = parse_protection(prepared.rest.size() > 1 ? prepared.rest[1] : "rw");
  if (!protection.has_value()) return complain(protection.error());
  MapRequest request{.size = *size, .protection = *protection};
  if (prepared.settings.where) {
    const auto where = find_address(prepared.target, *prepared.settings.where);
    if (!where.has_value()) return complain_of_target(where.error());
    request.where = *where;
  }
  return run_change(prepared.settings.change, {prepared.target.pid}, [&](Changes& changes, Front&) -> Result<void> {
    TETHER_TRY(map_memory(changes, request));
    return ok();
  });
}

int unmap(const Prepared& prepared) {
  if (prepared.rest.size() != 1) return complain_of_words("mem unmap takes a range");
  const auto range = find_range(prepared.target, prepared.rest[0]);
  if (!range.has_value()) return complain_of_target(range.error());
  return run_change(prepared.settings.change, {prepared.target.pid},
                    [&](Changes& changes, Front&) { return unmap_memory(changes, range->start, range->size()); });
}

int protect(const Prepared& prepared) {
  if (prepared.rest.size() != 2) return complain_of_words("mem protect takes a range and PERMS");
  const auto range = find_range(prepared.target, prepared.rest[0]);
  if (!range.has_value()) return complain_of_target(range.error());
  const auto protection = parse_protection(prepared.rest[1]);
  if (!protection.has_value()) return complain(protection.error());
  return run_change(prepared.settings.change, {prepared.target.pid}, [&](Changes& changes, Front&) {
    return protect_memory(changes, range->start, range->size(), *protection);
  });
}

int alloc(const Prepared& prepared) {
  if (prepared.rest.empty()) return complain_of_words("mem alloc takes values");
  const auto word = procfs::read_word_size(procfs::living_task_of(prepared.target.pid));
  if (!word.has_value()) return complain_of_target(word.error());
  const auto protection = parse_protection(prepared.settings.protection.value_or("rw"));
  if (!protection.has_value()) return complain(protection.error());
  Bytes bytes;
  for (const std::string_view text : prepared.rest) {
    const auto value = parse_memory_value(text, *word);
    if (!value.has_value()) return complain(value.error());
    bytes.insert(bytes.end(), value->bytes.begin(), value->bytes.end());
  }
  return run_change(prepared.settings.change, {prepared.target.pid}, [&](Changes& changes, Front&) -> Result<void> {
    const RemoteAddr at =
        TETHER_TRY(map_memory(changes, {.size = bytes.size(), .protection = *protection, .contents = bytes}));
    return changes.is_dry_run() ? ok() : put_text(display_address(at) + "\n");
  });
}

int run(const Invocation& invocation, std::string_view usage, std::vector<Option<MemMappingsSettings>> own,
        int (*work)(const Prepared&)) {
  const auto prepared = read_target_call<MemMappingsSettings>(invocation, usage,
                                                              with_change_options<MemMappingsSettings>(std::move(own)));
  return prepared.has_value() ? work(*prepared) : prepared.error();
}

}  // namespace

int run_mem_map(const Invocation& invocation) {
  return run(invocation, kMapUsage, {at_option()}, map);
}
int run_mem_unmap(const Invocation& invocation) {
  return run(invocation, kUnmapUsage, {}, unmap);
}
int run_mem_protect(const Invocation& invocation) {
  return run(invocation, kProtectUsage, {}, protect);
}
int run_mem_alloc(const Invocation& invocation) {
  return run(invocation, kAllocUsage, {perms_option()}, alloc);
}

}  // namespace tether::cli
