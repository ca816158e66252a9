// How lines come about.
//
// A stream is the file of all tasks, or with FilePerTask one task's file. Its last line may be open: a call that was
// entered. Every event begins a line, and thereby marks the open one as unfinished, except two that continue it: the
// exit of the same call, and the task's being let go.
//
// A call that never returned is told just before the event that says why (engine's order: session/pump.h). strace
// spells the two cases differently, `= ?` if the task ended and `<detached ...>` if it was let go; so the end of such a
// line is put off until that event, or until everything is flushed.

#include "tether/sink/text/text_sink.h"

#include <sys/types.h>
#include <unistd.h>

#include <unordered_map>
#include <utility>

#include "tether/sink/text/data_text.h"
#include "tether/sink/text/line_prefix.h"
#include "tether/sink/text/line_stream.h"
#include "tether/sink/text/number_text.h"
#include "tether/sink/text/result_text.h"
#include "tether/sink/text/string_text.h"
#include "tether/sink/text/text_output.h"
#include "tether/sink/text/value_text.h"

namespace tether {

namespace {

constexpr std::string_view kUnfinished = " <unfinished ...>";

/// What is remembered of a task between its events.
struct Task {
  SyscallNr nr;                     ///< its last call; of the ABI that it was told to run in
  std::size_t args_shown = 0;       ///< of the call that is open
  bool ends_in_comma = false;       ///< so the open call's next argument needs none
  std::string command;              ///< its name as last heard: at its end it has none
  std::string interrupted;          ///< the last of its calls that was to be restarted
  std::unique_ptr<LineStream> own;  ///< FilePerTask
};

}  // namespace

class TextSink::Impl {
 public:
  Impl(const TextTarget& target, TextOptions options)
      : target_(target), options_(std::move(options)), prefix_(options_) {}

  Result<void> open() {
    if (is_separate()) return TextOutput::check_directory(target_);
    shared_ = std::make_unique<LineStream>(TETHER_TRY(TextOutput::open(target_)));
    return ok();
  }

  bool wants_whole_calls() const { return !options_.statuses.shows_all(); }

  Result<void> accept(const Event& event) {
    const bool is_detach = std::holds_alternative<DetachedEvent>(event.what);
    if (lost_ != Tid()) end_lost_call(is_detach && lost_ == event.origin.tid);
    if (const auto* notice = std::get_if<NoticeEvent>(&event.what)) return show_notice(event.origin, *notice);
    LineStream& stream = *TETHER_TRY(stream_of(event.origin.tid));
    if (!event.origin.command.empty()) task_of(event.origin.tid).command = event.origin.command;
    task_ends_ = false;
    std::visit([&](const auto& what) { show(stream, event.origin, what); }, event.what);
    if (task_ends_) TETHER_CHECK(close_task(event.origin.tid));
    if (shared_ && shared_->is_full() && lost_ == Tid()) return shared_->write();
    return ok();
  }

  Result<void> flush() {
    if (lost_ != Tid()) end_lost_call(false);
    if (shared_) return shared_->write();
    for (auto& [tid, task] : tasks_)
      if (task.own) TETHER_CHECK(task.own->write());
    return ok();
  }

  Result<void> append_text(std::string_view lines) {
    if (lost_ != Tid()) end_lost_call(false);
    shared_->interrupt(kUnfinished);
    shared_->text().append(lines);
    return shared_->write();
  }

  Result<void> close() {
    TETHER_CHECK(flush());
    if (shared_) return shared_->close();
    for (auto& [tid, task] : tasks_)
      if (task.own) TETHER_CHECK(task.own->close());
    return ok();
  }

 private:
  bool is_separate() const { return target_.kind == TextTarget::Kind::FilePerTask; }
  const Palette* palette() const { return options_.values.palette ? &*options_.values.palette : nullptr; }

  Task& task_of(Tid tid) {
    if (last_task_ == nullptr || last_tid_ != tid) {
      last_task_ = &tasks_[tid];
      last_tid_ = tid;
    }
    return *last_task_;
  }
  Result<LineStream*> stream_of(Tid tid);
  Result<void> close_task(Tid tid);
  void forget(Tid tid) {
    tasks_.erase(tid);
    last_task_ = nullptr;
  }

  void show(LineStream& stream, const Origin& origin, const SyscallEvent& call);
  void show(LineStream& stream, const Origin& origin, const SignalEvent& event);
  void show(LineStream& stream, const Origin& origin, const StoppedEvent& event);
  void show(LineStream& stream, const Origin& origin, const ExitedEvent& event);
  void show(LineStream& stream, const Origin& origin, const KilledEvent& event);
  void show(LineStream& stream, const Origin& origin, const AttachedEvent& event);
  void show(LineStream& stream, const Origin& origin, const DetachedEvent& event);
  void show(LineStream& stream, const Origin& origin, const SupersededEvent& event);
  void show(LineStream&, const Origin&, const NoticeEvent&) {}
  Result<void> show_notice(const Origin& origin, const NoticeEvent& event);

  void begin_line(LineStream& stream, const Origin& origin, LineFacts facts);
  void begin_call(LineStream& stream, const Origin& origin, const SyscallEvent& call);
  void show_personality(LineStream& stream, const Origin& origin, const SyscallEvent& call);
  void append_interrupted_call(std::string& out, Tid tid);
  void resume_call(LineStream& stream, const Origin& origin, const SyscallEvent& call, const Task& task);
  void finish_call(LineStream& stream, const Origin& origin, const SyscallEvent& call);
  void append_equals(LineStream& stream);
  void end_lost_call(bool detached);
  bool is_wanted(const SyscallEvent& call) const;
  bool has_own_messages(const LineStream* stream) const;
  void message(LineStream* stream, std::string_view text);
  void paint(std::string& out, std::string_view Palette::*colour, std::string_view text) const;

  const TextTarget target_;
  const TextOptions options_;
  LinePrefix prefix_;
  std::unique_ptr<LineStream> shared_;
  std::unordered_map<Tid, Task> tasks_;  ///< every task that is observed now
  Task* last_task_ = nullptr;            ///< most events are of the same task as the one before
  Tid last_tid_;
  Tid lost_;                    ///< whose call did not return, with the end of its line put off; 0: none
  bool lost_is_whole_ = false;  ///< its line was begun together with it
  bool task_ends_ = false;      ///< this event is its task's last
};

Result<LineStream*> TextSink::Impl::stream_of(Tid tid) {
  Task& task = task_of(tid);
  if (!is_separate()) return shared_.get();
  if (!task.own) {
    TextTarget target = target_;
    target.name += "." + std::to_string(tid.value);
    task.own = std::make_unique<LineStream>(TETHER_TRY(TextOutput::open(target)));
  }
  return task.own.get();
}

Result<void> TextSink::Impl::close_task(Tid tid) {
  const std::unique_ptr<LineStream> own = std::move(task_of(tid).own);
  forget(tid);
  return own ? own->close() : ok();
}

void TextSink::Impl::paint(std::string& out, std::string_view Palette::*colour, std::string_view text) const {
  if (palette() == nullptr) return append_printable(out, text);
  out.append(palette()->*colour);
  append_printable(out, text);
  out.append(palette()->reset);
}

void TextSink::Impl::begin_line(LineStream& stream, const Origin& origin, LineFacts facts) {
  stream.interrupt(kUnfinished);
  stream.begin_line();
  facts.tid = origin.tid;
  facts.command = task_of(origin.tid).command;
  if (facts.time_ns == 0) facts.time_ns = origin.time_ns;
  prefix_.append(stream.text(), facts, tasks_.size());
}

/// A restart has no arguments of its own: it goes on with a call that was interrupted.
void TextSink::Impl::append_interrupted_call(std::string& out, Tid tid) {
  const std::string& name = task_of(tid).interrupted;
  out.append("<... resuming interrupted ").append(name.empty() ? "system call" : name).append(" ...>");
}

void TextSink::Impl::begin_call(LineStream& stream, const Origin& origin, const SyscallEvent& call) {
  begin_line(stream, origin,
             {.time_ns = call.phase == Phase::Whole ? call.entry_time_ns : origin.time_ns,
              .nr = call.nr,
              .address = call.instruction_pointer});
  std::string& out = stream.text();
  paint(out, &Palette::call, call.name);
  out.push_back('(');
  append_arguments(out, call.args, options_.values);
  if (call.name == "restart_syscall") append_interrupted_call(out, origin.tid);
}

void TextSink::Impl::resume_call(LineStream& stream, const Origin& origin, const SyscallEvent& call, const Task& task) {
  std::string& out = stream.text();
  if (stream.owner() != origin.tid) {
    begin_line(stream, origin, {.nr = call.nr, .address = call.instruction_pointer});
    out.append("<... ");
    paint(out, &Palette::call, call.name);
    out.append(" resumed>");
  }
  if (!call.args.empty() && task.args_shown != 0 && !task.ends_in_comma) out.append(", ");
  append_arguments(out, call.args, options_.values);
}

void TextSink::Impl::append_equals(LineStream& stream) {
  std::string& out = stream.text();
  out.append(") ");
  const std::size_t columns = stream.columns();
  if (columns < options_.column) out.append(options_.column - columns, ' ');
  out.append("= ");
}

void TextSink::Impl::finish_call(LineStream& stream, const Origin& origin, const SyscallEvent& call) {
  std::string& out = stream.text();
  if (call.result.kind == SyscallResult::Kind::Never) {
    if (call.more_args) out.append(kUnfinished);
    stream.leave_open(origin.tid);
    lost_ = origin.tid;
    lost_is_whole_ = call.phase == Phase::Whole;
    return;
  }
  append_equals(stream);
  append_result(out, call.result, options_.values);
  if (options_.durations && origin.time_ns != 0) {
    const std::uint64_t passed = origin.time_ns > call.entry_time_ns ? origin.time_ns - call.entry_time_ns : 0;
    out.append(" <");
    append_unsigned(out, passed / 1'000'000'000);
    append_fraction(out, passed % 1'000'000'000, options_.duration_precision);
    out.push_back('>');
  }
  stream.end_line();
  append_data(out, call.data);
}

void TextSink::Impl::end_lost_call(bool detached) {
  LineStream& stream = is_separate() ? *task_of(lost_).own : *shared_;
  lost_ = Tid();
  if (lost_is_whole_ && !(detached ? options_.statuses.detached : options_.statuses.unfinished))
    return stream.drop_line();
  if (detached) {
    stream.interrupt(" <detached ...>");
  } else {
    append_equals(stream);
    stream.interrupt("?");
  }
}

bool TextSink::Impl::is_wanted(const SyscallEvent& call) const {
  switch (call.result.kind) {
    case SyscallResult::Kind::Returned:
      return options_.statuses.successful;
    case SyscallResult::Kind::Failed:
    case SyscallResult::Kind::Restart:
      return options_.statuses.failed;
    case SyscallResult::Kind::Never:
      break;
  }
  return true;  // decided when it is known why: end_lost_call()
}

void TextSink::Impl::show_personality(LineStream& stream, const Origin& origin, const SyscallEvent& call) {
  if (options_.quiet.personality) return;
  begin_line(stream, origin,
             {.time_ns = call.entry_time_ns,
              .nr = {.abi = call.nr.abi, .number = task_of(origin.tid).nr.number},
              .address = call.instruction_pointer});
  stream.text()
      .append("[ Process PID=")
      .append(std::to_string(origin.tid.value))
      .append(" runs in ")
      .append(std::to_string(8 * word_size(call.nr.abi)))
      .append(" bit mode. ]");
  stream.end_line();
}

void TextSink::Impl::show(LineStream& stream, const Origin& origin, const SyscallEvent& call) {
  Task& task = task_of(origin.tid);
  if (call.phase != Phase::Exit && call.nr.abi != task.nr.abi) show_personality(stream, origin, call);
  task.nr = call.nr;
  if (call.result.kind == SyscallResult::Kind::Restart) task.interrupted = call.name;
  switch (call.phase) {
    case Phase::Enter:
      begin_call(stream, origin, call);
      task.args_shown = call.args.size();
      task.ends_in_comma = call.more_args && !call.args.empty();
      if (task.ends_in_comma) stream.text().append(", ");
      stream.leave_open(origin.tid);
      break;
    case Phase::Exit:
      resume_call(stream, origin, call, task);
      finish_call(stream, origin, call);
      break;
    case Phase::Whole:
      if (!is_wanted(call)) break;
      begin_call(stream, origin, call);
      finish_call(stream, origin, call);
      break;
  }
}

void TextSink::Impl::show(LineStream& stream, const Origin& origin, const SignalEvent& event) {
  begin_line(stream, origin, {.nr = task_of(origin.tid).nr, .address = event.instruction_pointer});
  std::string& out = stream.text();
  out.append("--- ");
  if (event.name.empty()) {
    append_signed(out, event.signal.value);
  } else {
    paint(out, &Palette::signal, event.name);
  }
  if (event.info.kind == ValueKind::Record && event.info.count != 0) {
    out.push_back(' ');
    append_value(out, event.info, options_.values);
  }
  out.append(" ---");
  stream.end_line();
}

void TextSink::Impl::show(LineStream& stream, const Origin& origin, const StoppedEvent& event) {
  begin_line(stream, origin, {.nr = task_of(origin.tid).nr, .address = event.instruction_pointer});
  std::string& out = stream.text();
  out.append("--- stopped by ");
  paint(out, &Palette::signal, event.name);
  out.append(" ---");
  stream.end_line();
}

void TextSink::Impl::show(LineStream& stream, const Origin& origin, const ExitedEvent& event) {
  task_ends_ = true;
  if (options_.quiet.exit) return;
  begin_line(stream, origin, {.nr = task_of(origin.tid).nr});
  std::string line = "+++ exited with ";
  append_signed(line, event.status);
  paint(stream.text(), &Palette::signal, line + " +++");
  stream.end_line();
}

void TextSink::Impl::show(LineStream& stream, const Origin& origin, const KilledEvent& event) {
  task_ends_ = true;
  begin_line(stream, origin, {.nr = task_of(origin.tid).nr});
  std::string line = "+++ killed by ";
  line.append(event.name).append(event.core_dumped ? " (core dumped) +++" : " +++");
  paint(stream.text(), &Palette::error, line);
  stream.end_line();
}

void TextSink::Impl::show(LineStream& stream, const Origin& origin, const AttachedEvent& event) {
  if (event.parent) {
    const SyscallNr born_in = task_of(*event.parent).nr;  // the parent may have done nothing yet that is shown
    task_of(origin.tid).nr.abi = born_in.abi;
  }
  if (!options_.quiet.attach) message(&stream, "Process " + std::to_string(origin.tid.value) + " attached");
}

void TextSink::Impl::show(LineStream& stream, const Origin& origin, const DetachedEvent&) {
  task_ends_ = true;
  if (stream.owner() == origin.tid) stream.interrupt(" <detached ...>");
  if (!options_.quiet.attach) message(&stream, "Process " + std::to_string(origin.tid.value) + " detached");
}

/// The exec'ing thread goes on under its leader's id, and so does its call. The leader's own call was lost before this.
void TextSink::Impl::show(LineStream& stream, const Origin& origin, const SupersededEvent& event) {
  if (auto former = tasks_.extract(event.by)) {
    last_task_ = nullptr;
    if (former.mapped().own) {
      former.mapped().own->interrupt(" <pid changed to " + std::to_string(origin.tid.value) + " ...>");
      (void)former.mapped().own->close();  // a full disk is told by the next write
    }
    former.mapped().own = std::move(task_of(origin.tid).own);
    task_of(origin.tid) = std::move(former.mapped());
  }
  if (stream.owner() == event.by) stream.interrupt(kUnfinished);
  if (options_.quiet.thread_execve) return;
  begin_line(stream, origin, {.nr = task_of(origin.tid).nr});
  paint(stream.text(), &Palette::signal, "+++ superseded by execve in pid " + std::to_string(event.by.value) + " +++");
  stream.end_line();
}

/// A notice may concern a task that is not observed, or none: it makes no task known.
Result<void> TextSink::Impl::show_notice(const Origin& origin, const NoticeEvent& event) {
  LineStream* stream = shared_.get();
  if (const auto task = tasks_.find(origin.tid); is_separate() && task != tasks_.end()) stream = task->second.own.get();
  if (stream == nullptr && !options_.message_fd) stream = TETHER_TRY(stream_of(origin.tid));
  message(stream, event.text);
  return ok();
}

bool TextSink::Impl::has_own_messages(const LineStream* stream) const {
  return options_.message_fd && (stream == nullptr || !stream->writes_to(*options_.message_fd));
}

/// Messages are for the person who runs the trace. Where they share the trace's output they keep out of its lines.
void TextSink::Impl::message(LineStream* stream, std::string_view text) {
  std::string line = options_.message_prefix;
  append_printable(line, text);
  line.push_back('\n');
  if (!has_own_messages(stream)) return stream->insert_line(line, kUnfinished);
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t n = ::write(*options_.message_fd, left.data(), left.size());
    if (n <= 0) return;  // no one to tell
    left.remove_prefix(static_cast<std::size_t>(n));
  }
}

TextSink::TextSink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TextSink::TextSink(TextSink&&) noexcept = default;
TextSink& TextSink::operator=(TextSink&&) noexcept = default;
TextSink::~TextSink() {
  if (impl_) (void)impl_->close();
}

Result<TextSink> TextSink::open(const TextTarget& target, TextOptions options) {
  auto impl = std::make_unique<Impl>(target, std::move(options));
  TETHER_CHECK(impl->open());
  return TextSink(std::move(impl));
}

bool TextSink::wants_whole_calls() const {
  return impl_->wants_whole_calls();
}
Result<void> TextSink::accept(const Event& event) {
  return impl_->accept(event);
}
Result<void> TextSink::flush() {
  return impl_->flush();
}
Result<void> TextSink::append_text(std::string_view lines) {
  return impl_->append_text(lines);
}
Result<void> TextSink::close() {
  return impl_->close();
}

}  // namespace tether
