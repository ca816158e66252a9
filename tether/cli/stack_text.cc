#include <fmt/format.h>

#include <string>

#include "tether/cli/stack_report.h"
#include "tether/sink/text/string_text.h"
#include "tether/symbol/demangle.h"

namespace tether::cli {

namespace {

std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text);
  return out;
}

std::string source_text(const symbol::SourceFrame& source) {
  std::string text;
  if (!source.file.empty()) text += " at " + source.file;
  if (!source.file.empty() && source.line != 0) text += ":" + std::to_string(source.line);
  return text;
}

std::string head_of(const ReportedThread& thread) {
  std::string text = fmt::format("thread {} {}: {}", thread.tid.value, printable(thread.name), thread.state);
  if (thread.call.is_running) text += ", running";
  if (thread.call.number)
    text +=
        ", in " + (thread.call_name.empty() ? fmt::format("system call {}", *thread.call.number) : thread.call_name);
  if (!thread.wait_channel.empty()) text += ", kernel: " + printable(thread.wait_channel);
  if (thread.was_asleep) text += ", not stopped: it sleeps in the kernel";
  return text + "\n";
}

std::string frame_text(const ReportedFrame& reported) {
  const symbol::Location& location = reported.location;
  std::string text = fmt::format("{:#018x} ", reported.frame.pc.value);
  const symbol::SourceFrame* own =
      !location.source.empty() && !location.source.back().is_inlined ? &location.source.back() : nullptr;
  if (!location.symbol.empty()) {
    const std::string name = symbol::demangle(location.symbol);
    // The offset of the address itself, not of the byte before it that was looked up.
    const std::uint64_t offset =
        location.symbol_offset + (reported.frame.pc.value - reported.frame.lookup_address().value);
    text += printable(symbol::without_parameters(name)) + fmt::format("+{:#x}", offset);
  } else if (own != nullptr && !own->function.empty()) {
    text += printable(own->function);
  } else {
    text += "??";
  }
  if (own != nullptr) text += printable(source_text(*own));
  if (!location.module.empty()) text += " (" + printable(location.module);
  if (!location.module.empty() && location.symbol.empty())
    text += fmt::format("+{:#x}",
                        location.module_offset + (reported.frame.pc.value - reported.frame.lookup_address().value));
  if (!location.module.empty()) text += ")";
  return text;
}

/// A frame's lines: one for each function that was inlined there, and one for the function itself.
void append_frame(std::string& out, const ReportedFrame& reported, std::size_t& number) {
  const symbol::Location& location = reported.location;
  for (const symbol::SourceFrame& source : location.source) {
    if (!source.is_inlined) continue;
    out += fmt::format("  #{:<3}{:18} {}{} (inlined)\n", number++, "", printable(source.function),
                       printable(source_text(source)));
  }
  out += fmt::format("  #{:<3}{}\n", number++, frame_text(reported));
}

std::string end_text(const ReportedThread& thread) {
  using End = symbol::Backtrace::End;
  switch (thread.end) {
    case End::Complete:
      return {};
    case End::Limit:
      return "  ... there are more frames (--frames=N)\n";
    case End::Cut:
      return "  ... the stack goes deeper than what was copied of it\n";
    case End::Lost:
      return "  ... no further: " +
             (thread.reason.empty() ? std::string("no caller was found") : printable(thread.reason)) + "\n";
  }
  return {};
}

}  // namespace

std::string frames_text(std::span<const ReportedFrame> frames) {
  std::string text;
  std::size_t number = 0;
  for (const ReportedFrame& frame : frames) append_frame(text, frame, number);
  return text;
}

std::string stack_text(const StackReport& report) {
  std::string out =
      fmt::format("process {} {}: {} {}, stopped for {:.2f} ms\n", report.pid.value, printable(report.command),
                  report.threads.size(), report.threads.size() == 1 ? "thread" : "threads",
                  static_cast<double>(report.pause_ns) / 1e6);
  for (const ReportedThread& thread : report.threads) {
    out += head_of(thread);
    for (const std::string& frame : thread.kernel) out += "  kernel " + printable(frame) + "\n";
    if (!thread.kernel_refusal.empty()) out += "  no kernel stack: " + printable(thread.kernel_refusal) + "\n";
    out += frames_text(thread.frames);
    out += end_text(thread);
  }
  return out;
}

}  // namespace tether::cli
