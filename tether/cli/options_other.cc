#include <string>

#include "tether/cli/trace_options.h"

namespace tether::cli {

namespace {

using Takes = OptionShape::Takes;

Error lacks(std::string_view what) {
  return {.code = ErrorCode::Unsupported,
          .message = std::string(what) + " is an option of strace that tether does not have",
          .hint = {}};
}

Result<void> refuse_stacks(TraceSettings&, Argument) {
  return fail(lacks("-k, --stack-traces,"));
}
Result<void> refuse_detach_on(TraceSettings&, Argument) {
  return fail(lacks("-b, --detach-on,"));
}
Result<void> refuse_tampering(TraceSettings&, Argument) {
  return fail(lacks("--inject, --fault,"));
}
Result<void> refuse_kvm(TraceSettings&, Argument) {
  return fail(lacks("--kvm"));
}
Result<void> refuse_pidns(TraceSettings&, Argument) {
  return fail(lacks("--pidns-translation"));
}
Result<void> refuse_secontext(TraceSettings&, Argument) {
  return fail(lacks("--secontext"));
}
Result<void> refuse_tips(TraceSettings&, Argument) {
  return fail(lacks("--tips"));
}

constexpr TraceOption kOtherOptions[] = {
    {{'d', "debug", Takes::Nothing, "", "log every event that reaches tether to standard error"},
     [](TraceSettings& s, Argument) {
       s.logs_events = true;
       return ok();
     }},
    {{'h', "help", Takes::Nothing, "", "show this, and exit"},
     [](TraceSettings& s, Argument) {
       s.wants_help = true;
       return ok();
     }},
    {{'V', "version", Takes::Nothing, "", "show the version, and exit"},
     [](TraceSettings& s, Argument) {
       s.wants_version = true;
       return ok();
     }},
    {{'k', "stack-traces", Takes::OptionalValue, "", ""}, refuse_stacks},
    {{0, "stack-trace", Takes::OptionalValue, "", ""}, refuse_stacks},
    {{'b', "detach-on", Takes::Value, "", ""}, refuse_detach_on},
    {{0, "inject", Takes::Value, "", ""}, refuse_tampering},
    {{0, "fault", Takes::Value, "", ""}, refuse_tampering},
    {{0, "kvm", Takes::Value, "", ""}, refuse_kvm},
    {{0, "pidns-translation", Takes::Nothing, "", ""}, refuse_pidns},
    {{0, "secontext", Takes::OptionalValue, "", ""}, refuse_secontext},
    {{0, "tips", Takes::OptionalValue, "", ""}, refuse_tips},
};

}  // namespace

std::span<const TraceOption> other_options() {
  return kOtherOptions;
}

}  // namespace tether::cli
