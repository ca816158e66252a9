#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tether/cli/change_options.h"
#include "tether/cli/launched_target.h"
#include "tether/cli/messages.h"
#include "tether/cli/register_report.h"
#include "tether/cli/target.h"
#include "tether/cli/verb.h"
#include "tether/control/clean_memory.h"
#include "tether/control/thread_registers.h"
#include "tether/decode/names.h"
#include "tether/procfs/task.h"
#include "tether/symbol/symbolizer.h"
#include "tether/symbol/value_expression.h"

namespace tether::cli {

namespace {

constexpr std::string_view kRegsUsage =
    "usage: tether regs [OPTIONS] PID[:TID] [NAME...] [NAME=VALUE...]\n"
    "       tether regs [OPTIONS] [NAME...] [NAME=VALUE...] -- COMMAND [ARGUMENT...]\n\n"
    "Shows and changes the registers of a thread, or of a command before its first instruction.\n"
    "NAME is a group (general, segment, x87, sse, avx, avx512, debug, all), a register (rax, eflags, st0, ymm3, k1, "
    "dr7),\na part of one (al, r8d, eflags.zf), or its values of a type (xmm0.f32, ymm3.u64[2]). Without one: general "
    "and segment.\nVALUE is a number, an address (main, rsp-16), flags (ZF|PF), or values with commas; += and -= set "
    "and "
    "clear flags,\nadd and subtract.\n\nOptions:\n";

struct RegsSettings {
  ChangeSettings change;
  bool is_all = false;
  bool is_json = false;
  bool has_threads = false;
};

std::vector<Option<RegsSettings>> regs_options() {
  return with_change_options<RegsSettings>({
      {{'a', "all", OptionShape::Takes::Nothing, "", "show all registers"},
       [](RegsSettings& s, Argument) {
         s.is_all = true;
         return ok();
       }},
      {{0, "threads", OptionShape::Takes::Nothing, "", "all threads of the process, one after the other"},
       [](RegsSettings& s, Argument) {
         s.has_threads = true;
         return ok();
       }},
      json_option<RegsSettings>("one JSON object a thread and line"),
  });
}

/// What the words ask for.
struct Order {
  Pid pid;
  std::vector<Tid> threads;
  std::vector<std::string_view> names;
  std::vector<std::string_view> assignments;
};

Order order_of(const RegsSettings& settings, Pid pid, std::vector<Tid> threads, std::span<char* const> words) {
  Order order{.pid = pid, .threads = std::move(threads)};
  if (settings.is_all) order.names.push_back("all");
  for (const std::string_view word : words)
    (is_register_assignment(word) ? order.assignments : order.names).push_back(word);
  return order;
}

std::string text_of(const RegsSettings& settings, const Order& order, std::vector<RegisterReport>& reports) {
  std::string text;
  const bool is_list = reports.size() > 1 || order.names.empty() || settings.is_all;
  for (RegisterReport& report : reports) {
    complete(report);
    if (settings.is_json)
      text += register_json(report);
    else
      text += (text.empty() ? "" : "\n") + register_text(report, is_list ? RegisterHeading::Yes : RegisterHeading::No);
  }
  return text;
}

/// A thread that has ended meanwhile is none of the process any more; the only one asked for is missed.
bool is_over(const Error& error, const Order& order) {
  return order.threads.size() > 1 && (error.code == ErrorCode::TraceeGone || error.sys_errno == ESRCH);
}

int show(const RegsSettings& settings, const Order& order) {
  std::vector<RegisterReport> reports;
  for (const Tid tid : order.threads) {
    auto task = HeldTask::seize(tid, {});
    if (!task.has_value() && is_over(task.error(), order)) continue;
    if (!task.has_value()) return complain_of_target(task.error());
    auto report = read_register_report(*task, order.pid, order.names);
    [[maybe_unused]] const auto released = std::move(*task).release();
    if (report.has_value())
      reports.push_back(std::move(*report));
    else if (!is_over(report.error(), order))
      return complain(report.error());
  }
  return print_text(text_of(settings, order, reports));
}

/// The values of names in one process: its symbols, and the registers of the thread that is being changed.
class Values {
 public:
  explicit Values(Pid pid) : memory_(pid) {
    auto opened = symbol::Symbolizer::open(pid, std::make_unique<CleanMemory>(pid));
    if (!opened.has_value()) return;
    symbolizer_.emplace(std::move(*opened));
    names_ = symbol::names_of(*symbolizer_);
  }

  Result<std::uint64_t> resolve(std::string_view text, const GeneralRegisters* registers, Abi abi) {
    const auto expression = TETHER_TRY(symbol::ValueExpression::parse(text));
    const RemoteAddr address = TETHER_TRY(
        expression.evaluate_address({.registers = registers, .abi = abi, .memory = &memory_, .names = names_.get()}));
    return address.value;
  }

  /// Reads, before any thread is held, the files that the names lead to. What fails here fails later, with a message.
  void prepare(std::span<const std::string_view> assignments) {
    static constexpr GeneralRegisters kNone{};
    for (const std::string_view word : assignments)
      [[maybe_unused]] const auto value = resolve(word.substr(word.find('=') + 1), &kNone, Abi::X86_64);
  }

 private:
  CleanMemory memory_;
  std::optional<symbol::Symbolizer> symbolizer_;
  std::unique_ptr<symbol::NameResolver> names_;
};

Result<void> assign_in(HeldTask& task, const RegsSettings& settings, const Order& order, Changes& changes,
                       Values& values) {
  const RegisterCatalog& catalog = register_catalog(TETHER_TRY(task.code_abi()));
  std::vector<RegisterAssignment> assignments;
  for (const std::string_view word : order.assignments)
    assignments.push_back(TETHER_TRY(parse_register_assignment(catalog, word)));
  const GeneralRegisters registers = TETHER_TRY(task.registers());
  using InCall = AssignOptions::InCall;
  return assign_registers(
      changes, task, assignments,
      {.in_call = settings.change.is_forced ? InCall::Break : InCall::Refuse,
       .resolve = [&](std::string_view text) { return values.resolve(text, &registers, catalog.abi()); },
       .name_call = [](SyscallNr nr) { return decode::call_name(nr); }});
}

int change(const RegsSettings& settings, const Order& order) {
  return run_change(settings.change, {order.pid}, [&](Changes& changes, Front&) -> Result<void> {
    Values values(order.pid);
    values.prepare(order.assignments);
    std::vector<RegisterReport> reports;
    for (const Tid tid : order.threads) {
      const auto changed = [&]() -> Result<void> {
        HeldTask task = TETHER_TRY(HeldTask::seize(tid, {}));
        TETHER_CHECK(assign_in(task, settings, order, changes, values));
        if (!order.names.empty()) reports.push_back(TETHER_TRY(read_register_report(task, order.pid, order.names)));
        return ok();
      }();
      if (!changed.has_value() && !is_over(changed.error(), order)) return changed;
    }
    return put_text(text_of(settings, order, reports));
  });
}

int carry_out(const RegsSettings& settings, const Order& order) {
  return order.assignments.empty() ? show(settings, order) : change(settings, order);
}

int run_on_command(RegsSettings settings, const Words& words) {
  const auto launched = launch_stopped(words.command);
  if (!launched.has_value()) return complain_of_launch(launched.error());
  settings.change.is_launched = true;
  const Order order = order_of(settings, launched->pid, {leader_of(launched->pid)}, words.words);
  return finish(*launched, carry_out(settings, order));
}

}  // namespace

int run_regs(const Invocation& invocation) {
  RegsSettings settings;
  const auto shapes = regs_options();
  const auto words = read_words<RegsSettings>(invocation.argc, invocation.argv, shapes, settings);
  if (!words.has_value()) return complain(words.error());
  if (settings.change.wants_help) return print_help(kRegsUsage, shapes);
  if (!words->command.empty()) return run_on_command(settings, *words);
  const auto taken = take_target(settings.change.name, words->words);
  if (!taken.has_value()) return complain_of_target(taken.error());
  std::vector<Tid> threads{taken->target.task()};
  if (settings.has_threads) {
    if (const auto whole = expect_process(taken->target); !whole.has_value()) return complain(whole.error());
    auto all = procfs::read_task_ids(leader_of(taken->target.pid));
    if (!all.has_value()) return complain_of_target(all.error());
    threads = std::move(*all);
  }
  return carry_out(settings, order_of(settings, taken->target.pid, std::move(threads), taken->rest));
}

}  // namespace tether::cli
