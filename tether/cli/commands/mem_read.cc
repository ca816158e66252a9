#include <unistd.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "tether/cli/address.h"
#include "tether/cli/change_options.h"
#include "tether/cli/mem_options.h"
#include "tether/cli/messages.h"
#include "tether/cli/numbers.h"
#include "tether/cli/sub_verbs.h"
#include "tether/cli/target_call.h"
#include "tether/cli/value_display.h"
#include "tether/control/clean_memory.h"
#include "tether/control/memory_value.h"
#include "tether/procfs/maps.h"
#include "tether/procfs/task.h"
#include "tether/procfs/word_size.h"

namespace tether::cli {

namespace {

constexpr std::string_view kMemReadUsage =
    "usage: tether mem read [OPTIONS] PID ADDRESS [TYPE]\n\n"
    "Shows memory of a process, which is not stopped for it: 256 bytes, or values of a type.\n"
    "ADDRESS: 0x7f0012345678, [heap]+16, libc.so.6+0x28a00.\n"
    "TYPE: u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 ptr, several of them u32[8]; str and wstr up to their NUL, str[16];\n"
    "      {id:u32,name:str[16],next:ptr} a structure as C lays it out, packed{...} one without gaps.\n\nOptions:\n";

constexpr unsigned kDefaultSize = 256;
constexpr unsigned kMostSize = 1U << 30;
constexpr std::size_t kMostText = 4096;

struct MemReadSettings {
  std::optional<std::string> name;
  std::optional<unsigned> size;
  bool is_json = false;
  bool wants_help = false;
};

const std::vector<Option<MemReadSettings>>& mem_read_options() {
  static const std::vector<Option<MemReadSettings>> kOptions = {
      name_option<MemReadSettings>(),
      {{'s', "size", OptionShape::Takes::Value, "BYTES", "how much to show, or of a text at most (k, M)"},
       [](MemReadSettings& s, Argument argument) -> Result<void> {
         s.size = TETHER_TRY(parse_count(*argument, "--size", kMostSize));
         if (*s.size == 0)
           return fail({.code = ErrorCode::Malformed, .message = "--size: no byte would be shown", .hint = {}});
         return ok();
       }},
      json_option<MemReadSettings>(),
      help_option<MemReadSettings>(),
  };
  return kOptions;
}

struct Memory {
  RemoteAddr address;
  Bytes bytes;
};

Error unreadable(Pid pid, RemoteAddr at) {
  return {.code = ErrorCode::NotFound,
          .message = "process " + std::to_string(pid.value) + " has no readable memory at " + display_address(at),
          .hint = "`tether mem maps " + std::to_string(pid.value) + "` shows what it has"};
}

/// As much as can be read of `size` bytes. Errors: those of read_maps, which say why nothing can.
Result<Memory> read_memory(Pid pid, RemoteAddr address, std::uint64_t size) {
  TETHER_TRY(procfs::read_maps(procfs::living_task_of(pid)));  // no such process, no right: said there
  Memory memory{.address = address, .bytes = Bytes(size)};
  memory.bytes.resize(CleanMemory(pid).read_some(address, memory.bytes));
  if (memory.bytes.empty()) return fail(unreadable(pid, address));
  return memory;
}

std::string elements_as_text(const ValueType& type, const Memory& memory, std::uint64_t count) {
  const bool is_single = !type.count && type.is_number();
  const std::uint64_t in_row = type.kind == ValueType::Kind::Structure ? 1 : type.width > 4 ? 4 : 8;
  std::string text;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i % in_row == 0) text += (i == 0 ? "" : "\n") + display_address(memory.address + i * type.width) + " ";
    text += " " + display_value(type, std::span(memory.bytes).subspan(i * type.width));
  }
  if (is_single && (type.kind == ValueType::Kind::Unsigned || type.kind == ValueType::Kind::Signed)) {
    Number raw = read_number(type, memory.bytes.data());
    raw.kind = ValueType::Kind::Pointer;  // hexadecimal
    if (type.width < sizeof raw.bits) raw.bits &= (std::uint64_t{1} << type.width * 8) - 1;
    text += " (" + format_number(raw) + ")";
  }
  return text + "\n";
}

std::string elements_as_json(const ValueType& type, const Memory& memory, std::uint64_t count) {
  std::string text;
  ValueType single = type;
  if (!type.is_text()) single.count.reset();
  for (std::uint64_t i = 0; i < count; ++i)
    text += json_line({{"schema", 1},
                       {"address", display_address(memory.address + i * type.width)},
                       {"type", name_of(single)},
                       {"value", value_to_json(type, std::span(memory.bytes).subspan(i * type.width))}});
  return text;
}

int show_bytes(Pid pid, RemoteAddr address, const MemReadSettings& settings) {
  const std::uint64_t size = settings.size.value_or(kDefaultSize);
  const auto memory = read_memory(pid, address, size);
  if (!memory.has_value()) return complain_of_target(memory.error());
  const int status = print_text(settings.is_json ? json_line({{"schema", 1},
                                                              {"address", display_address(address)},
                                                              {"bytes", format_hex_bytes(memory->bytes)}})
                                                 : display_bytes(address, memory->bytes));
  // Asked for explicitly, it is an error that there is less.
  if (memory->bytes.size() < size && settings.size)
    return complain_of_target(unreadable(pid, address + memory->bytes.size()));
  return status;
}

int show_text(Pid pid, RemoteAddr address, const ValueType& type, const MemReadSettings& settings) {
  const std::uint64_t size = type.count ? *size_of(type) : settings.size.value_or(kMostText);
  const auto memory = read_memory(pid, address, size);
  if (!memory.has_value()) return complain_of_target(memory.error());
  const std::string shown = settings.is_json
                                ? elements_as_json(type, *memory, 1)
                                : display_address(address) + "  " + display_value(type, memory->bytes) + "\n";
  return print_text(shown);
}

int show_values(Pid pid, RemoteAddr address, const ValueType& type, const MemReadSettings& settings) {
  const std::uint64_t size = *size_of(type);
  if (size > kMostSize)
    return complain({.code = ErrorCode::Malformed, .message = "that is more than 1 GiB", .hint = "`tether mem dump`"});
  const auto memory = read_memory(pid, address, size);
  if (!memory.has_value()) return complain_of_target(memory.error());
  const std::uint64_t count = memory->bytes.size() / type.width;
  if (count != 0) {
    const int status =
        print_text(settings.is_json ? elements_as_json(type, *memory, count) : elements_as_text(type, *memory, count));
    if (status != 0) return status;
  }
  if (memory->bytes.size() < size) return complain_of_target(unreadable(pid, address + memory->bytes.size()));
  return 0;
}

}  // namespace

int run_mem_read(const Invocation& invocation) {
  const auto call = read_target_call<MemReadSettings>(invocation, kMemReadUsage, mem_read_options());
  if (!call.has_value()) return call.error();
  const MemReadSettings& settings = call->settings;
  const Pid pid = call->target.pid;
  if (call->rest.empty() || call->rest.size() > 2)
    return complain({.code = ErrorCode::Malformed,
                     .message = "mem read takes an address, and a type if you like",
                     .hint = "tether mem read PID 0x7f0012345678 u32[4]"});
  const auto address = find_address(call->target, call->rest[0]);
  if (!address.has_value()) return complain_of_target(address.error());
  if (call->rest.size() == 1) return show_bytes(pid, *address, settings);
  const auto word = procfs::read_word_size(procfs::living_task_of(pid));
  if (!word.has_value()) return complain_of_target(word.error());
  const auto type = parse_value_type(call->rest[1], *word);
  if (!type.has_value()) return complain(type.error());
  if (type->is_text()) return show_text(pid, *address, *type, settings);
  return show_values(pid, *address, *type, settings);
}

}  // namespace tether::cli
