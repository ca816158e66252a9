// Fuzzer of the language of addresses and conditions: any text gives a value or an error that says something.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "tether/symbol/value_expression.h"

namespace {

using namespace tether;

/// Memory whose every byte is the low byte of its address, up to 1 MiB.
class PatternMemory final : public MemoryReader {
 public:
  std::size_t read_some(RemoteAddr addr, std::span<std::byte> out) override {
    constexpr std::uint64_t kSize = 1u << 20;
    if (addr.value >= kSize) return 0;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(addr.value + i);
    return out.size();
  }
};

/// Names that mean their length; those with a 'z' mean nothing.
class LengthNames final : public symbol::NameResolver {
 public:
  Result<RemoteAddr> resolve_name(std::string_view name) override {
    if (name.find('z') != std::string_view::npos)
      return fail({.code = ErrorCode::NotFound, .message = "it has a z", .hint = {}});
    return RemoteAddr(name.size());
  }
  Result<RemoteAddr> resolve_mapping(std::string_view name) override { return resolve_name(name); }
  Result<RemoteAddr> resolve_line(std::string_view file, std::uint32_t line) override {
    return RemoteAddr(file.size() + line);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = symbol::ValueExpression::parse(text);
  if (!parsed.has_value()) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  static PatternMemory memory;
  static LengthNames names;
  const GeneralRegisters registers{};
  const auto value = parsed->evaluate({.registers = &registers, .memory = &memory, .names = &names});
  if (!value.has_value() && value.error().message.empty()) std::abort();
  const auto fixed = parsed->with_names(names);
  if (!fixed.has_value()) return 0;
  // Names are looked up beforehand also where a condition leaves them out; what can be evaluated is worth the same.
  const auto again = fixed->evaluate({.registers = &registers, .memory = &memory});
  if (value.has_value() && (!again.has_value() || std::memcmp(&again->bits, &value->bits, sizeof value->bits) != 0))
    std::abort();
  return 0;
}
