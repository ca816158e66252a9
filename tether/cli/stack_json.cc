#include <fmt/format.h>

#include <string>

#include "tether/base/hexadecimal.h"
#include "tether/cli/stack_report.h"
#include "tether/symbol/demangle.h"

namespace tether::cli {

namespace {

// Addresses are strings: a JSON number does not hold 64 bits safely.

Json json_of(const symbol::SourceFrame& source) {
  Json json = {{"inlined", source.is_inlined}};
  if (!source.function.empty()) json["function"] = source.function;
  if (!source.file.empty()) json["file"] = source.file;
  if (source.line != 0) json["line"] = source.line;
  if (source.column != 0) json["column"] = source.column;
  return json;
}

std::string_view end_name(symbol::Backtrace::End end) {
  using End = symbol::Backtrace::End;
  switch (end) {
    case End::Complete:
      return "complete";
    case End::Limit:
      return "limit";
    case End::Cut:
      return "cut";
    case End::Lost:
      return "lost";
  }
  return "";
}

Json json_of(const ReportedThread& thread) {
  Json json = {{"tid", thread.tid.value},
               {"name", thread.name},
               {"state", std::string(1, thread.state)},
               {"running", thread.call.is_running},
               {"stopped", !thread.was_asleep},
               {"end", end_name(thread.end)},
               {"frames", Json::array()}};
  if (thread.call.number) {
    Json args = Json::array();
    for (const std::uint64_t arg : thread.call.args) args.push_back(hex(arg));
    json["syscall"] = {{"number", *thread.call.number}, {"args", args}};
    if (!thread.call_name.empty()) json["syscall"]["name"] = thread.call_name;
  }
  if (!thread.wait_channel.empty()) json["wait_channel"] = thread.wait_channel;
  if (!thread.kernel.empty()) json["kernel"] = thread.kernel;
  if (!thread.kernel_refusal.empty()) json["kernel_refusal"] = thread.kernel_refusal;
  if (!thread.reason.empty()) json["reason"] = thread.reason;
  for (const ReportedFrame& frame : thread.frames) json["frames"].push_back(frame_json(frame));
  return json;
}

}  // namespace

Json frame_json(const ReportedFrame& reported) {
  const symbol::Location& location = reported.location;
  const std::uint64_t ahead = reported.frame.pc.value - reported.frame.lookup_address().value;
  Json json = {{"pc", hex(reported.frame.pc.value)}, {"interrupted", reported.frame.is_interrupted}};
  if (reported.frame.stack_pointer) json["sp"] = hex(reported.frame.stack_pointer->value);
  if (!location.module.empty()) {
    json["module"] = location.module;
    json["module_offset"] = hex(location.module_offset + ahead);
  }
  if (!location.symbol.empty()) {
    json["symbol"] = location.symbol;
    json["symbol_offset"] = hex(location.symbol_offset + ahead);
    if (const std::string name = symbol::demangle(location.symbol); name != location.symbol) json["name"] = name;
  }
  for (const symbol::SourceFrame& source : location.source) json["source"].push_back(json_of(source));
  return json;
}

std::string stack_json(const StackReport& report) {
  Json json = {{"schema", 1},
               {"pid", report.pid.value},
               {"command", report.command},
               {"abi", std::string(abi_name(report.abi))},
               {"pause_ns", report.pause_ns},
               {"threads", Json::array()}};
  for (const ReportedThread& thread : report.threads) json["threads"].push_back(json_of(thread));
  return json_line(json);
}

}  // namespace tether::cli
