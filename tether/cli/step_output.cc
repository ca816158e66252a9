#include "tether/cli/step_output.h"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "tether/arch/register_catalog.h"
#include "tether/arch/x86_64/registers.h"
#include "tether/base/hexadecimal.h"
#include "tether/base/overloaded.h"
#include "tether/base/signal_name.h"
#include "tether/cli/json_output.h"
#include "tether/control/clean_memory.h"
#include "tether/decode/names.h"
#include "tether/sink/text/string_text.h"
#include "tether/symbol/value_expression.h"

namespace tether::cli {

namespace {

constexpr std::size_t kNameWidth = 28;
constexpr std::size_t kTextWidth = 36;
constexpr std::uint64_t kPageBits = 12;

std::string pad(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

struct ChangedRegister {
  std::string_view name;
  std::uint64_t value;
};

/// What an instruction changed, besides the instruction pointer, and orig_rax, which is the kernel's.
std::vector<ChangedRegister> changes_of(const Stepper::Executed& done) {
  std::vector<ChangedRegister> changed;
  for (const RegisterName& reg : register_names(done.abi)) {
    const std::uint64_t mask = reg.bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << reg.bits) - 1;
    const std::uint64_t after = done.after.words[reg.word] & mask;
    if (reg.name.ends_with("ip") || reg.name.starts_with("orig_")) continue;
    if ((done.before.words[reg.word] & mask) != after) changed.push_back({reg.name, after});
  }
  return changed;
}

/// The system call that the instruction makes; empty if it makes none.
std::string_view call_made(const Stepper::Executed& done) {
  if (!done.instruction) return {};
  const bool is_fast = done.instruction->flow == disasm::Flow::SystemCall;
  if (!is_fast && done.instruction->flow != disasm::Flow::Interrupt) return {};
  const Abi abi = is_fast ? done.abi : Abi::I386;
  const auto word = done.is_restarted_call ? arch::x86_64::kSyscallNumberWord : arch::x86_64::kResultWord;
  return decode::call_name({.abi = abi, .number = static_cast<std::uint32_t>(done.before.words[word])});
}

/// A sequence that was begun, and that a preemption has sent to its abort handler.
bool has_aborted(const Stepper::Executed& done) {
  return arch::x86_64::instruction_pointer(done.after) == done.sequence->abort_handler;
}

std::string named(RemoteAddr address, ProcessNames& names) {
  const std::string name = names.name_of(address);
  return hex(address.value) + (name.empty() ? "" : " <" + name + ">");
}

std::string end_text(std::int32_t status) {
  if (WIFSIGNALED(status)) return "killed by " + std::string(find_signal_name(Signal(WTERMSIG(status))));
  return "exited with " + std::to_string(WEXITSTATUS(status));
}

Result<std::FILE*> open_for_writing(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return fail(errno_error(errno, path));
  return file;
}

}  // namespace

symbol::Symbolizer* ProcessNames::symbolizer() {
  if (!symbolizer_) {
    auto opened = symbol::Symbolizer::open(pid_, std::make_unique<CleanMemory>(pid_));
    if (opened.has_value()) symbolizer_.emplace(std::move(*opened));
  }
  return symbolizer_ ? &*symbolizer_ : nullptr;
}

std::string ProcessNames::name_of(RemoteAddr address) {
  symbol::Symbolizer* symbols = symbolizer();
  if (symbols == nullptr) return {};
  auto location = symbols->locate(address, symbol::Symbolizer::Detail::Symbol);
  if (location.module.empty() && unknown_pages_.insert(address.value >> kPageBits).second &&
      symbols->refresh().has_value())
    location = symbols->locate(address, symbol::Symbolizer::Detail::Symbol);
  return location.module.empty() ? std::string() : location.text();
}

Result<RemoteAddr> ProcessNames::resolve(std::string_view text, const GeneralRegisters& registers, Abi abi) {
  const auto expression = TETHER_TRY(symbol::ValueExpression::parse(text));
  symbol::Symbolizer* symbols = symbolizer();
  const auto names = symbols != nullptr && symbols->refresh().has_value() ? symbol::names_of(*symbols) : nullptr;
  CleanMemory memory(pid_);
  return expression.evaluate_address({.registers = &registers, .abi = abi, .memory = &memory, .names = names.get()});
}

void ProcessNames::forget() {
  symbolizer_.reset();
  unknown_pages_.clear();
}

void StepOutput::Close::operator()(std::FILE* file) const {
  if (file != stdout && file != stderr) std::fclose(file);
}

Result<StepOutput> StepOutput::open(const StepOutputOptions& options) {
  StepOutput output(options, TETHER_TRY(disasm::Disassembler::open()));
  if (options.file && *options.file == "-")
    output.file_.reset(stdout);
  else if (options.file)
    output.file_.reset(TETHER_TRY(open_for_writing(*options.file)));
  else
    output.file_.reset(options.otherwise);
  std::setvbuf(output.file_.get(), nullptr, _IOFBF, BUFSIZ);  // standard error too: it is flushed where that matters
  if (options.trace_file) output.trace_.reset(TETHER_TRY(open_for_writing(*options.trace_file)));
  return output;
}

Result<void> StepOutput::put(std::FILE* file, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file) == text.size()) return ok();
  return fail(errno_error(errno, "cannot write what was stepped"));
}

Result<void> StepOutput::flush() {
  if (std::fflush(file_.get()) != 0 || (trace_ && std::fflush(trace_.get()) != 0))
    return fail(errno_error(errno, "cannot write what was stepped"));
  return ok();
}

Result<void> StepOutput::show(const Stepper::Happening& happening, Tid tid, ProcessNames& names) {
  const auto* done = std::get_if<Stepper::Executed>(&happening);
  if (done != nullptr && trace_) {
    std::array<char, sizeof(std::uint64_t)> raw;
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(raw.data(), &done->address.value, raw.size());
    const bool is_text = options_.trace_format == StepOutputOptions::TraceFormat::Text;
    TETHER_CHECK(put(trace_.get(), is_text ? hex(done->address.value) + "\n" : std::string(raw.data(), raw.size())));
  }
  if (std::holds_alternative<Stepper::ProgramChanged>(happening)) names.forget();
  switch (options_.format) {
    case StepOutputOptions::Format::Text:
      return put(file_.get(), text_of(happening, names));
    case StepOutputOptions::Format::Json:
      return put(file_.get(), json_of(happening, tid, names));
    case StepOutputOptions::Format::Nothing:
      break;
  }
  return ok();
}

std::string StepOutput::instruction_text(const Stepper::Executed& done, ProcessNames& names) const {
  if (!done.instruction) return "(bad)";
  const auto again = disassembler_.decode(done.instruction->code(), done.address, done.abi,
                                          [&](RemoteAddr address) { return names.name_of(address); });
  std::string text = again.has_value() ? again->text : done.instruction->text;
  if (const auto call = call_made(done); !call.empty()) text += "  ; " + std::string(call);
  if (done.sequence)
    text +=
        "  ; and a restartable sequence, to " + hex(done.sequence->end.value) + (has_aborted(done) ? ", aborted" : "");
  return text;
}

std::string StepOutput::text_of(const Stepper::Happening& happening, ProcessNames& names) const {
  const auto raw = std::visit(
      Overloaded{
          [&](const Stepper::Executed& done) {
            std::string line = hex(done.address.value) + "  " + pad(names.name_of(done.address), kNameWidth) + "  " +
                               pad(instruction_text(done, names), kTextWidth);
            for (const ChangedRegister& reg : changes_of(done))
              line += "  " + std::string(reg.name) + "=" +
                      (reg.name == "eflags" ? "[" + flags_text(reg.name, reg.value) + "]" : hex(reg.value));
            line.erase(line.find_last_not_of(' ') + 1);
            return line;
          },
          [&](const Stepper::SequenceAborted& s) {
            return "--- restartable sequence at " + named(s.sequence.start, names) +
                   " is aborted by stepping, and will be run as a whole ---";
          },
          [&](const Stepper::SignalArrived& s) { return "--- " + std::string(find_signal_name(s.signal)) + " ---"; },
          [&](const Stepper::HandlerEntered& h) {
            return "--- handler of " + std::string(find_signal_name(h.signal)) + " at " + named(h.address, names) +
                   " ---";
          },
          [&](const Stepper::GroupStopped& s) {
            return "--- stopped by " + std::string(find_signal_name(s.signal)) + " ---";
          },
          [&](const Stepper::Continued&) { return std::string("--- continued ---"); },
          [&](const Stepper::ProgramChanged&) { return std::string("--- executes another program ---"); },
          [&](const Stepper::Ended& e) { return "+++ " + end_text(e.status) + " +++"; },
          [&](const Stepper::Woken&) { return std::string(); },
      },
      happening);
  if (raw.empty()) return {};
  std::string line;
  append_printable(line, raw);
  return line + "\n";
}

std::string StepOutput::json_of(const Stepper::Happening& happening, Tid tid, ProcessNames& names) const {
  const auto place = [&](Json& line, RemoteAddr address) {
    line["address"] = hex(address.value);
    if (auto name = names.name_of(address); !name.empty()) line["symbol"] = std::move(name);
  };
  Json line = {{"schema", 1}, {"tid", tid.value}};
  std::visit(Overloaded{
                 [&](const Stepper::Executed& done) {
                   line["event"] = "instruction";
                   line["number"] = done.number;
                   place(line, done.address);
                   if (done.instruction) line["bytes"] = hex_digits(done.instruction->code());
                   line["text"] = instruction_text(done, names);
                   if (done.sequence)
                     line["sequence"] = {{"start", hex(done.sequence->start.value)},
                                         {"end", hex(done.sequence->end.value)},
                                         {"aborted", has_aborted(done)}};
                   line["changed"] = Json::object();
                   for (const ChangedRegister& reg : changes_of(done))
                     line["changed"][std::string(reg.name)] = hex(reg.value);
                 },
                 [&](const Stepper::SequenceAborted& s) {
                   line["event"] = "sequence-aborted";
                   place(line, s.sequence.start);
                   line["abort_handler"] = hex(s.sequence.abort_handler.value);
                 },
                 [&](const Stepper::SignalArrived& s) {
                   line["event"] = "signal";
                   line["signal"] = find_signal_name(s.signal);
                 },
                 [&](const Stepper::HandlerEntered& h) {
                   line["event"] = "handler";
                   line["signal"] = find_signal_name(h.signal);
                   place(line, h.address);
                 },
                 [&](const Stepper::GroupStopped& s) {
                   line["event"] = "stopped";
                   line["signal"] = find_signal_name(s.signal);
                 },
                 [&](const Stepper::Continued&) { line["event"] = "continued"; },
                 [&](const Stepper::ProgramChanged&) { line["event"] = "exec"; },
                 [&](const Stepper::Ended& e) {
                   line["event"] = "ended";
                   if (WIFSIGNALED(e.status))
                     line["signal"] = find_signal_name(Signal(WTERMSIG(e.status)));
                   else
                     line["status"] = WEXITSTATUS(e.status);
                 },
                 [&](const Stepper::Woken&) { line.clear(); },
             },
             happening);
  if (line.empty()) return {};
  return json_line(line);
}

Result<void> StepOutput::conclude(std::uint64_t executed, std::string_view why, const Stepper::Upcoming* upcoming,
                                  ProcessNames& names) {
  if (options_.format == StepOutputOptions::Format::Json) {
    Json line = {{"schema", 1}, {"event", "end"}, {"executed", executed}, {"why", why}};
    if (upcoming != nullptr) line["at"] = hex(upcoming->address.value);
    TETHER_CHECK(put(file_.get(), json_line(line)));
    return flush();
  }
  const std::string where = upcoming != nullptr ? ", now at " + named(upcoming->address, names) : "";
  std::string line;
  append_printable(line, std::to_string(executed) + (executed == 1 ? " instruction" : " instructions") + ": " +
                             std::string(why) + where);
  TETHER_CHECK(put(file_.get(), line + "\n"));
  return flush();
}

}  // namespace tether::cli
