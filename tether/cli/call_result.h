#pragma once
// CallResult: what came of a call that `tether call` made, as text and as the members of a JSON object.

#include <optional>
#include <string>
#include <string_view>

#include "tether/arch/abi.h"
#include "tether/base/ids.h"
#include "tether/cli/json_output.h"
#include "tether/control/remote_arguments.h"
#include "tether/control/remote_functions.h"

namespace tether::cli {

struct CallResult {
  std::string text;  ///< the call and its result, "getpid() = 4242"
  Json json = Json::object();
};

inline constexpr std::string_view kTextType = "char*";
inline constexpr std::string_view kVoidType = "void";

/// `text` is the call with its result as `tether trace` shows it; `result` what the kernel returned.
CallResult system_call_result(std::string text, std::string_view name, std::int64_t result);

/// `call` as it was written, with a result of the type. Without a type it is an int if it looks like one, else an
/// address. What a char* points to is read from `tid`.
CallResult function_result(const std::string& call, const FunctionResult& result, std::string_view type_name, Tid tid,
                           Abi abi);

/// Adds what is in the buffers after the call; in the text, not of one whose contents stand in it already, in the place
/// of the buffer's address.
void add_outputs(CallResult& result, const PlacedArguments& placed, Tid tid, Abi abi);

}  // namespace tether::cli
