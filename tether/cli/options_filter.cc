#include "tether/cli/expressions.h"
#include "tether/cli/trace_options.h"

namespace tether::cli {

namespace {

using Takes = OptionShape::Takes;

constexpr TraceOption kFilterOptions[] = {
    {{'e', "", Takes::Value, "EXPR",
      "[QUALIFIER=][!]VALUE[,VALUE]...; qualifiers are trace (the\ndefault), abbrev, verbose, raw, signal, status, "
      "quiet, fd,\ndecode-fds, decode-pids"},
     [](TraceSettings& s, Argument text) { return apply_expression(s, *text); }},
    {{0, "trace", Takes::Value, "SET",
      "only these system calls: names, %classes, /regexes, numbers,\nall, none; ?NAME may be unknown, NAME@64 and "
      "NAME@32 are of\none ABI; !SET: all others"},
     take_set<Qualifier::Trace>},
    {{0, "signal", Takes::Value, "SET", "only these signals"}, take_set<Qualifier::Signal>},
    {{0, "signals", Takes::Value, "", ""}, take_set<Qualifier::Signal>},
    {{0, "status", Takes::Value, "SET",
      "only calls that ended so: successful, failed, unfinished,\nunavailable, detached"},
     take_set<Qualifier::Status>},
    {{'z', "successful-only", Takes::Nothing, "", "only calls that succeeded"},
     [](TraceSettings& s, Argument) { return apply_set(s, Qualifier::Status, "successful"); }},
    {{'Z', "failed-only", Takes::Nothing, "", "only calls that failed"},
     [](TraceSettings& s, Argument) { return apply_set(s, Qualifier::Status, "failed"); }},
    {{'P', "trace-path", Takes::Value, "PATH", "only calls that touch PATH; may be repeated"},
     [](TraceSettings& s, Argument path) {
       s.session.paths.emplace_back(*path);
       return ok();
     }},
    {{0, "trace-fds", Takes::Value, "SET", "only calls that touch these descriptors"}, take_set<Qualifier::Fd>},
    {{0, "trace-fd", Takes::Value, "", ""}, take_set<Qualifier::Fd>},
};

}  // namespace

std::span<const TraceOption> filter_options() {
  return kFilterOptions;
}

}  // namespace tether::cli
