#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tether/base/unique_fd.h"
#include "tether/cli/address.h"
#include "tether/cli/change_options.h"
#include "tether/cli/messages.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target_call.h"
#include "tether/control/memory_value.h"
#include "tether/control/memory_write.h"
#include "tether/procfs/task.h"
#include "tether/procfs/word_size.h"

namespace tether::cli {

namespace {

constexpr std::string_view kMemWriteUsage =
    "usage: tether mem write [OPTIONS] PID ADDRESS VALUE...\n"
    "       tether mem write [OPTIONS] PID ADDRESS --file FILE\n\n"
    "Writes values, one behind the other; to read-only memory and code, too: the process then has its own copy of "
    "that\n"
    "page. Where code stands, its threads are held for the moment, as `tether patch` does. `tether undo` takes it "
    "back.\n"
    "VALUE: u32:42 i8:-1 f64:3.14 ptr:0x7f00 u16:1,2,3 str:text\\n\\0 utf16:text wstr:text 'hex:90 90'.\n\nOptions:\n";

constexpr std::size_t kMostBytes = 16 << 20;  // it is kept twice, in hexadecimal, in the journal

struct MemWriteSettings {
  ChangeSettings change;
  std::optional<std::string> file;
};

std::vector<Option<MemWriteSettings>> mem_write_options() {
  return with_change_options<MemWriteSettings>({
      {{0, "file", OptionShape::Takes::Value, "FILE", "write what FILE holds"},
       [](MemWriteSettings& s, Argument argument) {
         s.file = std::string(*argument);
         return ok();
       }},
  });
}

Result<Bytes> read_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(errno_error(errno, path));
  Bytes bytes;
  std::byte buffer[65536];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error(errno, path));
    if (got == 0) break;
    bytes.insert(bytes.end(), buffer, buffer + got);
    if (bytes.size() > kMostBytes)
      return fail({.code = ErrorCode::Malformed, .message = path + " is larger than 16 MiB", .hint = {}});
  }
  if (bytes.empty()) return fail({.code = ErrorCode::Malformed, .message = path + " is empty", .hint = {}});
  return bytes;
}

Result<Bytes> parse_values(std::span<char* const> words, std::size_t word) {
  Bytes bytes;
  for (const std::string_view text : words) {
    const MemoryValue value = TETHER_TRY(parse_memory_value(text, word));
    bytes.insert(bytes.end(), value.bytes.begin(), value.bytes.end());
  }
  return bytes;
}

}  // namespace

int run_mem_write(const Invocation& invocation) {
  const auto call = read_target_call<MemWriteSettings>(invocation, kMemWriteUsage, mem_write_options());
  if (!call.has_value()) return call.error();
  const MemWriteSettings& settings = call->settings;
  const Pid pid = call->target.pid;
  if (call->rest.empty() || (call->rest.size() > 1) == settings.file.has_value())
    return complain({.code = ErrorCode::Malformed,
                     .message = "mem write takes an address, and values or --file",
                     .hint = "tether mem write PID 0x7f0012345678 u32:42"});
  const auto address = find_address(call->target, call->rest[0]);
  if (!address.has_value()) return complain_of_target(address.error());
  const auto word = procfs::read_word_size(procfs::living_task_of(pid));
  if (!word.has_value()) return complain_of_target(word.error());
  const auto bytes = settings.file ? read_file(*settings.file) : parse_values(call->rest.subspan(1), *word);
  if (!bytes.has_value()) return complain(bytes.error());
  const SharedFiles files = settings.change.is_forced ? SharedFiles::Write : SharedFiles::Refuse;
  return run_change(settings.change, {pid},
                    [&](Changes& changes, Front&) { return write_checked(changes, *address, *bytes, files); });
}

}  // namespace tether::cli
