#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tether/cli/address.h"
#include "tether/cli/change_options.h"
#include "tether/cli/messages.h"
#include "tether/cli/target_call.h"
#include "tether/cli/value_display.h"
#include "tether/control/assembler.h"
#include "tether/control/clean_memory.h"
#include "tether/control/code_write.h"
#include "tether/control/memory_value.h"
#include "tether/disasm/disassembler.h"
#include "tether/procfs/maps.h"
#include "tether/procfs/task.h"
#include "tether/sink/text/string_text.h"
#include "tether/symbol/symbolizer.h"

namespace tether::cli {

namespace {

constexpr std::string_view kPatchUsage =
    "usage: tether patch [OPTIONS] PID WHERE BYTES|'INSTRUCTIONS'\n\n"
    "Replaces code of a running process, and shows it before and after. All threads that may run it are held for the\n"
    "moment, and none may stand within what is replaced; return addresses on their stacks are not looked at. The "
    "process\n"
    "gets its own copy of the page; the file stays as it is. `tether undo` puts the former code back.\n"
    "BYTES: '90 90', hex:9090. INSTRUCTIONS: 'nop', 'mov eax, 1; ret', in Intel syntax, for the system's assembler.\n"
    "What is left of the last instruction that is overwritten is filled with nop.\n\nOptions:\n";

constexpr std::byte kNop{0x90};
constexpr std::size_t kMostPatch = 4096;

struct PatchSettings {
  ChangeSettings change;
  bool keeps_rest = false;  ///< --no-pad
};

std::vector<Option<PatchSettings>> patch_options() {
  return with_change_options<PatchSettings>({
      {{0, "no-pad", OptionShape::Takes::Nothing, "",
        "leave the rest of the last instruction as it is; needs --force where that cuts one in two"},
       [](PatchSettings& s, Argument) {
         s.keeps_rest = true;
         return ok();
       }},
  });
}

/// Two hexadecimal digits each; everything else is for the assembler.
bool are_bytes(std::string_view text) {
  if (text.starts_with("hex:")) return true;
  std::size_t digits = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || text[i] == ' ') {
      if (digits != 2) return false;
      digits = 0;
    } else if (std::string_view("0123456789abcdefABCDEF").find(text[i]) == std::string_view::npos) {
      return false;
    } else {
      ++digits;
    }
  }
  return true;
}

Result<Bytes> make_code(std::string_view text, symbol::Symbolizer& symbolizer, RemoteAddr at, Abi abi) {
  if (text == "hex:" || text.find_first_not_of(" ;") == std::string_view::npos)
    return fail({.code = ErrorCode::Malformed,
                 .message = "there is nothing to write: no bytes and no instruction",
                 .hint = "for example '90 90', or 'mov eax, 1; ret'"});
  if (are_bytes(text)) return parse_hex_bytes(text.starts_with("hex:") ? text.substr(4) : text);
  const auto find_symbol = [&](std::string_view name) -> std::optional<RemoteAddr> {
    const auto found = symbolizer.find_symbol(name);
    return found.has_value() ? std::optional(found->address) : std::nullopt;
  };
  return assemble(text, {.abi = abi, .at = at, .find_symbol = find_symbol});
}

/// What the steps of a patch have in common.
struct PatchPlace {
  Pid pid;
  RemoteAddr at;
  Abi abi;
  const disasm::Disassembler& disassembler;
  symbol::Symbolizer& symbolizer;
};

std::string listing(std::string_view title, const PatchPlace& place, std::span<const std::byte> code) {
  std::string text(title);
  const symbol::Location where = place.symbolizer.locate(place.at, symbol::Symbolizer::Detail::Symbol);
  if (!where.symbol.empty()) append_printable(text, " (" + where.text() + ")");
  text += ":\n";
  const auto name = [&](RemoteAddr address) {
    const symbol::Location location = place.symbolizer.locate(address, symbol::Symbolizer::Detail::Symbol);
    return location.symbol.empty() ? std::string() : location.text();
  };
  std::size_t shown = 0;
  const auto line = [&](RemoteAddr address, std::span<const std::byte> bytes, std::string_view what) {
    text += fmt::format("  {:#x}  {:<30} ", address.value, format_hex_bytes(bytes));
    append_printable(text, what);
    text += "\n";
  };
  for (const disasm::Instruction& instruction : place.disassembler.decode_all(code, place.at, place.abi, name)) {
    line(instruction.address, instruction.code(), instruction.text);
    shown += instruction.length;
  }
  if (shown < code.size()) line(place.at + shown, code.subspan(shown), "(no whole instruction)");
  return text;
}

struct Patch {
  RemoteAddr at;
  Bytes before;
  Bytes after;
};

/// Where the function is known that contains the address: an instruction must begin there.
Result<void> check_boundary(const PatchPlace& place) {
  constexpr std::uint64_t kFarthest = 1 << 16;
  const symbol::Location location = place.symbolizer.locate(place.at, symbol::Symbolizer::Detail::Symbol);
  const std::uint64_t offset = location.symbol_offset;
  if (location.symbol.empty() || offset == 0 || offset > kFarthest) return ok();
  const RemoteAddr start(place.at.value - offset);
  Bytes code(offset + disasm::Instruction::kMostBytes);
  code.resize(CleanMemory(place.pid).read_some(start, code));
  if (code.size() < offset) return ok();
  const auto before = place.disassembler.whole_instructions(code, start, place.abi, offset);
  // Bytes that are no instruction lie between: data, or code that is not decoded from the function's start.
  if (!before.has_value() || *before == offset) return ok();
  return fail(
      {.code = ErrorCode::Unsupported,
       .message = display_address(place.at) + " is in the middle of an instruction of " + location.symbol,
       .hint = "the next one begins at " + display_address(start + *before) + "; --force patches it all the same"});
}

/// What is written must not run over the end of the function in which it begins.
Result<void> check_function_end(const PatchPlace& place, std::size_t size) {
  const symbol::Location location = place.symbolizer.locate(place.at, symbol::Symbolizer::Detail::Symbol);
  if (location.symbol_size == 0 || location.symbol_offset + size <= location.symbol_size) return ok();
  const RemoteAddr end = place.at + (location.symbol_size - location.symbol_offset);
  return fail({.code = ErrorCode::Unsupported,
               .message = "the patch is " + std::to_string(size) + " bytes long, and " + location.symbol + " ends at " +
                          display_address(end) + ", " + std::to_string(end.value - place.at.value) +
                          " bytes behind its first: it would run into what stands there",
               .hint = "write less, or --force"});
}

/// The code that is to stand there, up to the end of the last instruction that it touches.
Result<Patch> plan(const PatchPlace& place, Bytes code, const PatchSettings& settings) {
  const auto& [pid, at, abi, disassembler, symbolizer] = place;
  if (code.size() > kMostPatch)
    return fail({.code = ErrorCode::Malformed, .message = "that is more than 4096 bytes of code", .hint = {}});
  Bytes around(code.size() + disasm::Instruction::kMostBytes);
  around.resize(CleanMemory(pid).read_some(at, around));
  if (around.size() < code.size())
    return fail({.code = ErrorCode::NotFound,
                 .message = "process " + std::to_string(pid.value) + " has no readable memory at " +
                            display_address(at + around.size()),
                 .hint = "`tether mem maps " + std::to_string(pid.value) + "` shows what it has"});
  const auto whole = disassembler.whole_instructions(around, at, abi, code.size());
  const bool is_forced = settings.change.is_forced;
  if (!whole.has_value() && !is_forced)
    return fail(
        {.code = ErrorCode::Malformed,
         .message = "at " + display_address(at) + " stands no code that can be made out: " + whole.error().message,
         .hint = "is it where an instruction begins? --force writes all the same"});
  const std::size_t size = whole.has_value() ? *whole : code.size();
  if (!is_forced) TETHER_CHECK(check_function_end(place, std::max(size, code.size())));
  if (size > code.size() && settings.keeps_rest && !is_forced)
    return fail({.code = ErrorCode::Unsupported,
                 .message = "the patch ends " + std::to_string(size - code.size()) +
                            " bytes before the end of the instruction that it overwrites",
                 .hint = "without --no-pad they become nop; --force leaves them as they are"});
  if (size > code.size() && !settings.keeps_rest) code.resize(size, kNop);
  around.resize(std::max(code.size(), size));
  Bytes after = around;
  std::ranges::copy(code, after.begin());
  return Patch{.at = at, .before = std::move(around), .after = std::move(after)};
}

Result<void> check_is_code(Pid pid, RemoteAddr at, const PatchSettings& settings) {
  const std::vector<procfs::Mapping> maps = TETHER_TRY(procfs::read_maps(procfs::living_task_of(pid)));
  const procfs::Mapping* mapping = procfs::find_mapping(maps, at);
  if (mapping == nullptr || mapping->is_executable || settings.change.is_forced) return ok();
  return fail({.code = ErrorCode::Unsupported,
               .message = "the memory at " + display_address(at) + " is not executable",
               .hint = "`tether mem write` changes data; --force patches it all the same"});
}

Result<int> patch(const Target& target, std::string_view where, std::string_view what, const PatchSettings& settings) {
  const Pid pid = target.pid;
  const RemoteAddr at = TETHER_TRY(find_address(target, where));
  symbol::Symbolizer symbolizer = TETHER_TRY(symbol::Symbolizer::open(pid, std::make_unique<CleanMemory>(pid)));
  const disasm::Disassembler disassembler = TETHER_TRY(disasm::Disassembler::open());
  const PatchPlace place{
      .pid = pid, .at = at, .abi = symbolizer.abi(), .disassembler = disassembler, .symbolizer = symbolizer};
  TETHER_CHECK(check_is_code(pid, at, settings));
  if (!settings.change.is_forced) TETHER_CHECK(check_boundary(place));
  Bytes code = TETHER_TRY(make_code(what, symbolizer, at, place.abi));
  const Patch planned = TETHER_TRY(plan(place, std::move(code), settings));
  if (planned.before == planned.after) return print_text(listing("it is so already", place, planned.before));
  if (!settings.change.is_quiet &&
      print_text(listing("before", place, planned.before) + listing("after", place, planned.after)) != 0)
    return kFailed;
  return run_change(settings.change, {pid},
                    [&](Changes& changes, Front&) { return write_code(changes, at, planned.after); });
}

}  // namespace

int run_patch(const Invocation& invocation) {
  const auto call = read_target_call<PatchSettings>(invocation, kPatchUsage, patch_options());
  if (!call.has_value()) return call.error();
  const PatchSettings& settings = call->settings;
  if (call->rest.size() != 2)
    return complain({.code = ErrorCode::Malformed,
                     .message = "patch takes an address, and bytes or instructions as one word",
                     .hint = "tether patch PID 0x401136 'mov eax, 1; ret'"});
  const auto status = patch(call->target, call->rest[0], call->rest[1], settings);
  return status.has_value() ? *status : complain_of_target(status.error());
}

}  // namespace tether::cli
