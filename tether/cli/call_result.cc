#include "tether/cli/call_result.h"

#include <bit>
#include <span>
#include <vector>

#include "tether/base/kernel_result.h"
#include "tether/cli/call_expression.h"
#include "tether/decode/names.h"
#include "tether/sink/text/string_text.h"
#include "tether/sys/process_memory.h"

namespace tether::cli {

namespace {

std::string_view type_of_untyped(std::uint64_t value, Abi abi) {
  const bool is_small = value >> 32 == 0 || value >> 31 == 0x1ffffffff;
  return abi == Abi::X86_64 && !is_small ? "ptr" : "int";
}

std::string read_text(Tid tid, RemoteAddr address) {
  constexpr std::size_t kLongest = 4096;
  std::string text(kLongest, '\0');
  text.resize(sys::read_process_memory(tid, address, std::as_writable_bytes(std::span(text))));
  return text.substr(0, text.find('\0'));
}

std::uint64_t bits_of(const FunctionResult& result, const ElementType& type) {
  if (type.kind == ElementType::Kind::Double) return std::bit_cast<std::uint64_t>(result.real);
  if (type.kind == ElementType::Kind::Float) return std::bit_cast<std::uint32_t>(result.single);
  return result.integer;
}

}  // namespace

CallResult system_call_result(std::string text, std::string_view name, std::int64_t result) {
  CallResult known{.text = std::move(text)};
  known.json["syscall"] = name;
  known.json["value"] = element_json(*find_element_type("i64"), static_cast<std::uint64_t>(result), Abi::X86_64);
  if (const auto error = error_of(result)) known.json["errno"] = decode::errno_name(*error);
  return known;
}

CallResult function_result(const std::string& call, const FunctionResult& result, std::string_view type_name, Tid tid,
                           Abi abi) {
  CallResult known{.text = call};
  const bool is_text = type_name == kTextType;
  if (type_name.empty()) type_name = type_of_untyped(result.integer, abi);
  known.json["type"] = type_name;
  if (type_name == kVoidType) return known;
  const auto type = find_element_type(is_text ? "ptr" : type_name);
  const std::uint64_t bits = bits_of(result, *type);
  known.text += " = " + show_element(*type, bits, abi);
  known.json["value"] = element_json(*type, bits, abi);
  if (!is_text || result.address.is_null()) return known;
  const std::string text = read_text(tid, result.address);
  known.text += " ";
  append_quoted(known.text, text, {});
  known.json["string"] = json_text(text);
  return known;
}

void add_outputs(CallResult& result, const PlacedArguments& placed, Tid tid, Abi abi) {
  const std::string decoded = result.text;
  const bool is_system_call = result.json.contains("syscall");
  for (const PlacedArguments::Output& output : placed.outputs) {
    std::vector<std::byte> bytes(output.argument->bytes.size());
    bytes.resize(sys::read_process_memory(tid, output.address, bytes));
    result.json["outputs"].push_back(output_json(*output.argument, abi, bytes));
    const std::string address = show_element(*find_element_type("ptr"), output.address.value, abi);
    const bool is_shown = is_system_call && decoded.find(address) == std::string::npos;
    if (!is_shown) result.text += "; " + show_output(*output.argument, abi, bytes);
  }
}

}  // namespace tether::cli
