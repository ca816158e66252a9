#include "tether/cli/hit_values.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "tether/sink/text/string_text.h"
#include "tether/symbol/unwinder.h"
#include "tether/symbol/value_expression.h"

namespace tether::cli {

namespace {

using symbol::Number;
using symbol::Symbolizer;

constexpr std::size_t kStackBytes = 256 * 1024;
constexpr std::size_t kLongestString = 200;

std::uint64_t word_at(MemoryReader& memory, std::uint64_t address, std::size_t size) {
  std::uint64_t value = 0;
  memory.read_some(RemoteAddr(address), std::as_writable_bytes(std::span(&value, 1)).first(size));
  return value;
}

std::string text_of(const Number& number) {
  switch (number.type) {
    case Number::Type::Floating:
      return fmt::format("{}", number.floating);
    case Number::Type::Signed:
    case Number::Type::Literal:
      return fmt::format("{}", number.as_signed());
    case Number::Type::Unsigned:
      break;
  }
  return fmt::format("{:#x}", number.bits);
}

std::string string_at(MemoryReader& memory, std::uint64_t address) {
  std::array<std::byte, kLongestString> bytes;
  const std::size_t got = memory.read_some(RemoteAddr(address), bytes);
  if (got == 0) return fmt::format("{:#x}", address);
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), got);
  std::string text;
  append_quoted(text, all.substr(0, all.find('\0')), {});
  return all.find('\0') == std::string_view::npos ? text + "..." : text;
}

}  // namespace

std::vector<HitValue> arguments_of(const BreakpointHit& hit) {
  std::vector<HitValue> values;
  if (hit.abi == Abi::X86_64) {
    for (const char* name : {"rdi", "rsi", "rdx", "rcx", "r8", "r9"})
      values.push_back({name, *find_register(hit.registers, hit.abi, name)});
    return values;
  }
  constexpr std::uint64_t kWord = 4;
  const std::uint64_t sp = *find_register(hit.registers, hit.abi, "esp");
  for (std::uint64_t i = 1; i <= 4; ++i)
    values.push_back({fmt::format("[esp+{}]", i * kWord), word_at(*hit.memory, sp + i * kWord, kWord)});
  return values;
}

std::vector<HitValue> registers_of(const BreakpointHit& hit) {
  std::vector<HitValue> values;
  for (const RegisterName& name : register_names(hit.abi))
    values.push_back({std::string(name.name), *find_register(hit.registers, hit.abi, name.name)});
  return values;
}

std::uint64_t returned_value(const BreakpointHit& hit) {
  return *find_register(hit.registers, hit.abi, hit.abi == Abi::X86_64 ? "rax" : "eax");
}

std::string name_of(const BreakpointHit& hit, RemoteAddr address) {
  const auto location = hit.symbolizer->locate(address, Symbolizer::Detail::Symbol);
  if (!location.module.empty()) return location.text();
  [[maybe_unused]] const auto refreshed = hit.symbolizer->refresh();
  return hit.symbolizer->locate(address, Symbolizer::Detail::Symbol).text();
}

HitTrace trace_of(const BreakpointHit& hit) {
  [[maybe_unused]] const auto refreshed = hit.symbolizer->refresh();
  symbol::ThreadSnapshot snapshot{.registers = hit.registers, .abi = hit.abi, .stack_start = {}, .stack = {}};
  snapshot.stack_start = RemoteAddr(snapshot.stack_pointer().value - symbol::kRedZone);
  snapshot.stack.resize(kStackBytes);
  snapshot.stack.resize(hit.memory->read_some(snapshot.stack_start, snapshot.stack));
  const symbol::Backtrace trace = symbol::Unwinder(*hit.symbolizer).unwind(snapshot);
  HitTrace known;
  for (const symbol::Frame& frame : trace.frames)
    known.frames.push_back(
        {.frame = frame, .location = hit.symbolizer->locate(frame.lookup_address(), Symbolizer::Detail::Lines)});
  if (trace.end == symbol::Backtrace::End::Lost) known.reason = trace.reason;
  return known;
}

std::string filled(const LogTemplate& log, const BreakpointHit& hit) {
  const auto names = symbol::names_of(*hit.symbolizer);
  const symbol::ValueContext context{
      .registers = &hit.registers, .abi = hit.abi, .memory = hit.memory, .names = names.get()};
  std::string text;
  for (const LogTemplate::Part& part : log.parts) {
    text += part.text;
    if (!part.value) continue;
    const auto value = part.value->evaluate(context);
    if (value.has_value())
      text += part.is_string ? string_at(*hit.memory, value->bits) : text_of(*value);
    else
      text += "<" + value.error().message + ">";
  }
  return text;
}

}  // namespace tether::cli
