// Which registers a system call needs.
//
// A thread that is held while it is blocked in a call stands behind the `syscall` instruction, with -ERESTART… as its
// result. When it goes on, the kernel sets the instruction pointer back by the length of that instruction and the
// result to the call's number, from orig_rax, and the call is made again with the arguments that it finds then
// (arch/x86/kernel/signal.c, arch_do_signal_or_restart). So a new rax would be taken for the call's result, or
// overwritten; a new rip would be decremented; new arguments would be another call's. The others are the program's own.

#include "tether/control/thread_registers.h"

#include <elf.h>
#include <sys/user.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "tether/arch/syscall_restart.h"
#include "tether/arch/x86_64/registers.h"
#include "tether/sys/ptrace.h"

namespace tether {

namespace {

constexpr std::size_t kDebugRegisters[] = {0, 1, 2, 3, 6, 7};  // 7 last: it switches the others on

std::size_t debug_offset(std::size_t i) {
  return offsetof(user, u_debugreg) + i * sizeof(std::uint64_t);
}

std::string task_text(Tid tid) {
  return "thread " + std::to_string(tid.value);
}

bool is_any_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// Whether the call could not be started again as it was.
bool breaks_call(std::string_view name, Abi abi) {
  static constexpr std::string_view kX86_64[] = {"rax", "orig_rax", "rip", "cs", "rdi",
                                                 "rsi", "rdx",      "r10", "r8", "r9"};
  static constexpr std::string_view kI386[] = {"eax", "orig_eax", "eip", "cs",  "ebx",
                                               "ecx", "edx",      "esi", "edi", "ebp"};
  return abi == Abi::X86_64 ? is_any_of(name, kX86_64) : is_any_of(name, kI386);
}

/// Whether the call has to be given up for the value to be what the program finds.
bool ends_call(std::string_view name) {
  static constexpr std::string_view kNames[] = {"rax", "rip", "cs", "eax", "eip"};
  return is_any_of(name, kNames);
}

Result<void> write_registers(HeldTask& task, const RegisterImage& from, const RegisterImage& to, RegisterSets sets) {
  if (from.general.words != to.general.words) TETHER_CHECK(task.set_registers(to.general));
  if (sets.xstate && from.xstate != to.xstate)
    TETHER_CHECK(sys::set_register_set(task.tid(), NT_X86_XSTATE, to.xstate));
  if (!sets.debug) return ok();
  for (const std::size_t i : kDebugRegisters)
    if (from.debug[i] != to.debug[i]) TETHER_CHECK(sys::set_user_word(task.tid(), debug_offset(i), to.debug[i]));
  return ok();
}

/// Writes, and looks whether it is there: the kernel leaves out bits of eflags that are not the program's.
Result<void> write_and_check(HeldTask& task, const RegisterImage& from, const RegisterImage& to, RegisterSets sets,
                             std::span<const RegisterChange> wanted, const RegisterCatalog& catalog) {
  const auto written = write_registers(task, from, to, sets);
  const auto restore = [&] { [[maybe_unused]] const auto restored = write_registers(task, to, from, sets); };
  if (!written.has_value()) {
    restore();
    if (written.error().code == ErrorCode::TraceeGone) return written;
    return fail({.code = ErrorCode::Malformed,
                 .sys_errno = written.error().sys_errno,
                 .message = "the kernel refuses what " + task_text(task.tid()) +
                            " was to have in its registers: " + describe_errno(written.error().sys_errno),
                 .hint = "selectors, bases and addresses must be a program's own; reserved bits must be 0"});
  }
  const auto now = TETHER_TRY(read_registers(task, sets));
  for (const RegisterChange& change : wanted) {
    const auto bytes = load(now, *catalog.find(change.name));
    if (bytes == change.after) continue;
    restore();
    return fail({.code = ErrorCode::Malformed,
                 .message = "the kernel does not let a program have " + change.name + " " + hex_text(change.after) +
                            ": it made " + hex_text(bytes) + " of it",
                 .hint = "nothing was changed"});
  }
  return ok();
}

/// Journals the changes one inside of the other, and makes all of them at once in the middle. A dry run has no inside.
Result<void> make_all(Changes& changes, std::span<const RegisterChange> left,
                      const std::function<Result<void>()>& act) {
  if (left.empty()) return act();
  if (changes.is_dry_run()) {
    for (const RegisterChange& change : left) TETHER_CHECK(changes.make(change, act));
    return ok();
  }
  return changes.make(left.back(), [&] { return make_all(changes, left.first(left.size() - 1), act); });
}

Result<void> check_call(const HeldTask& task, Abi abi, std::span<const RegisterChange> changes,
                        const AssignOptions& options) {
  const auto call = TETHER_TRY(find_interrupted_call(task));
  if (!call || options.in_call == AssignOptions::InCall::Break) return ok();
  const auto breaking =
      std::ranges::find_if(changes, [abi](const RegisterChange& c) { return breaks_call(c.name, abi); });
  if (breaking == changes.end()) return ok();
  const std::string name = options.name_call ? std::string(options.name_call(*call)) : std::string();
  return fail({.code = ErrorCode::Busy,
               .message = task_text(task.tid()) + " is inside " +
                          (name.empty() ? "system call " + std::to_string(call->number) : name + "()") +
                          ", which a change of " + breaking->name + " would break",
               .hint =
                   "wait until it has returned; registers that a call does not use, such as xmm0, can be changed now; "
                   "--force changes it all the same"});
}

/// The registers that differ, each once, in the order of the assignments.
std::vector<RegisterChange> compare(Tid tid, std::span<const RegisterAssignment> assignments, const RegisterImage& from,
                                    const RegisterImage& to) {
  std::vector<RegisterChange> changes;
  for (const RegisterAssignment& assignment : assignments) {
    const Register& reg = *assignment.target.reg;
    const bool is_known = std::ranges::find(changes, reg.name, &RegisterChange::name) != changes.end();
    RegisterChange change{.tid = tid, .name = reg.name, .before = load(from, reg), .after = load(to, reg)};
    if (!is_known && change.before != change.after) changes.push_back(std::move(change));
  }
  return changes;
}

/// With a call that is given up, no other than the values of the assignments count: orig_rax says that there is none.
void give_up_call(RegisterImage& image, const RegisterCatalog& catalog, Tid tid, std::vector<RegisterChange>& changes) {
  const Register& number = *catalog.find(catalog.abi() == Abi::X86_64 ? "orig_rax" : "orig_eax");
  const bool ends = std::ranges::any_of(changes, [](const RegisterChange& c) { return ends_call(c.name); });
  const bool is_set = std::ranges::find(changes, number.name, &RegisterChange::name) != changes.end();
  if (!ends || is_set) return;
  RegisterChange change{.tid = tid, .name = number.name, .before = load(image, number), .after = {}};
  change.after.assign(number.size(), std::byte{0xff});
  store(image, number, change.after);
  changes.push_back(std::move(change));
}

}  // namespace

const RegisterCatalog& register_catalog(Abi abi) {
  static const XstateLayout layout = host_xstate_layout();
  static const RegisterCatalog x86_64 = RegisterCatalog::make(Abi::X86_64, layout);
  static const RegisterCatalog i386 = RegisterCatalog::make(Abi::I386, layout);
  return abi == Abi::X86_64 ? x86_64 : i386;
}

void RegisterSets::add(RegisterSet set) {
  xstate |= set == RegisterSet::Xstate;
  debug |= set == RegisterSet::Debug;
}

Result<RegisterImage> read_registers(const HeldTask& task, RegisterSets sets) {
  RegisterImage image;
  if (sets.xstate) {
    static const std::size_t size = host_xstate_layout().image_size;
    image.xstate.resize(size);
    auto got = sys::register_set(task.tid(), NT_X86_XSTATE, image.xstate);
    if (!got.has_value())
      return fail(std::move(got).error().with_context("the extended state of " + task_text(task.tid())));
    image.xstate.resize(*got);
  }
  image.general = TETHER_TRY(task.registers());
  if (sets.debug)
    for (const std::size_t i : kDebugRegisters)
      image.debug[i] = TETHER_TRY(sys::user_word(task.tid(), debug_offset(i)));
  return image;
}

Result<std::optional<SyscallNr>> find_interrupted_call(const HeldTask& task) {
  const GeneralRegisters registers = TETHER_TRY(task.registers());
  const auto number = static_cast<std::int32_t>(registers.words[arch::x86_64::kSyscallNumberWord]);
  if (number < 0) return std::optional<SyscallNr>();
  const auto result = registers.words[arch::x86_64::kResultWord];
  const Abi abi = TETHER_TRY(sys::syscall_info(task.tid())).abi;
  const bool is_restarted = is_restart_code(static_cast<std::int64_t>(result)) ||
                            (abi == Abi::I386 && is_restart_code(static_cast<std::int32_t>(result)));
  if (!is_restarted) return std::optional<SyscallNr>();
  return std::optional(SyscallNr{.abi = abi, .number = static_cast<std::uint32_t>(number)});
}

Result<void> assign_registers(Changes& changes, HeldTask& task, std::span<const RegisterAssignment> assignments,
                              const AssignOptions& options) {
  RegisterSets sets;
  for (const RegisterAssignment& assignment : assignments) sets.add(assignment.target.reg->set);
  const RegisterCatalog& catalog = register_catalog(TETHER_TRY(task.code_abi()));
  const RegisterImage from = TETHER_TRY(read_registers(task, sets));
  RegisterImage to = from;
  for (const RegisterAssignment& assignment : assignments) {
    const auto bytes = TETHER_TRY(evaluate(assignment, to, options.resolve));
    store(to, *assignment.target.reg, bytes);
  }
  auto wanted = compare(task.tid(), assignments, from, to);
  TETHER_CHECK(check_call(task, catalog.abi(), wanted, options));
  if (const auto call = TETHER_TRY(find_interrupted_call(task))) give_up_call(to, catalog, task.tid(), wanted);
  return make_all(changes, wanted, [&] { return write_and_check(task, from, to, sets, wanted, catalog); });
}

Result<void> undo(Pid, const RegisterChange& change, UndoMode mode) {
  HeldTask task = TETHER_TRY(HeldTask::seize(change.tid, {}));
  const RegisterCatalog& catalog = register_catalog(TETHER_TRY(task.code_abi()));
  const Register* reg = catalog.find(change.name);
  if (reg == nullptr || reg->size() != change.before.size())
    return fail({.code = ErrorCode::Unsupported,
                 .message = task_text(change.tid) + " has no register " + change.name + " just now: it runs " +
                            std::string(abi_name(catalog.abi())) + " code",
                 .hint = {}});
  RegisterSets sets;
  sets.add(reg->set);
  const RegisterImage from = TETHER_TRY(read_registers(task, sets));
  const auto now = load(from, *reg);
  if (now == change.before) return ok();
  if (now != change.after)
    return fail({.code = ErrorCode::Busy,
                 .message = change.name + " of " + task_text(change.tid) + " is " + hex_text(now) + ", not the " +
                            hex_text(change.after) + " that was written: the thread has run on since",
                 .hint = "`tether regs` sets what you want"});
  if (mode == UndoMode::DryRun) return ok();
  RegisterImage to = from;
  store(to, *reg, change.before);
  return write_and_check(task, from, to, sets, {}, catalog);
}

}  // namespace tether
