// Fuzzer of `tether call`'s expressions: any text gives a call or an error that says something, and never crashes.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tether/cli/call_expression.h"
#include "tether/decode/constants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tether;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Abi abi : {Abi::X86_64, Abi::I386}) {
    const auto call = cli::parse_call(text, abi, [abi](std::size_t argument, std::string_view word) {
      return word.size() > 2 ? Result<std::uint64_t>(argument) : decode::find_constant(abi, word);
    });
    if (!call.has_value() && call.error().message.empty()) std::abort();
    if (!call.has_value()) continue;
    room_for(call->arguments);
    for (const RemoteArgument& argument : call->arguments)
      if (!argument.label.empty()) cli::show_output(argument, abi, argument.bytes);
  }
  return 0;
}
