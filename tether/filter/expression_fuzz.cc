// Fuzzer of the `-e` grammar: any text gives a selection or an error that says something, and never crashes.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tether/decode/names.h"
#include "tether/filter/event_set.h"
#include "tether/filter/expression.h"

namespace tether {
namespace {

Vocabulary make_vocabulary() {
  Vocabulary vocabulary{.find_signal = decode::find_signal};
  for (const Abi abi : {Abi::X86_64, Abi::I386})
    for (const decode::CallInfo& call : decode::list_calls(abi))
      vocabulary.calls.push_back({call.nr, call.name, call.classes});
  return vocabulary;
}

template <class T>
void require_reason(const Result<T>& result) {
  if (!result.has_value() && result.error().message.empty()) std::abort();
}

}  // namespace
}  // namespace tether

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tether;
  static const Vocabulary vocabulary = make_vocabulary();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expression = parse_expression(text);
  require_reason(expression);
  const std::string_view set = expression.has_value() ? expression->set : text;
  require_reason(parse_syscall_set(set, vocabulary));
  require_reason(parse_signal_set(set, vocabulary));
  require_reason(parse_word_set(set, {{"failed", 1}, {"successful", 2}}, "status"));
  require_reason(parse_descriptor_set(set));
  return 0;
}
