// The vector registers come and go with the xstate regset (NT_X86_XSTATE), which begins with the image of FXSAVE in the
// layout of struct user_fpregs_struct (<sys/user.h>): st(0) at st_space, xmm0 at xmm_space. A function expects an empty
// x87 stack, which a thread that was stopped amid a computation need not have.

#include "tether/control/remote_functions.h"

#include <elf.h>
#include <signal.h>
#include <sys/user.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>

#include "tether/arch/x86_64/registers.h"
#include "tether/arch/xstate_layout.h"
#include "tether/base/signal_name.h"
#include "tether/control/internal/interrupted_place.h"
#include "tether/control/shadow_stack.h"
#include "tether/procfs/maps.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace {

constexpr std::size_t kXstateFeatures = 512;       // the header's first word, XSTATE_BV (Intel SDM, 13.4.2)
constexpr std::uint64_t kX87AndSse = 3;
constexpr std::size_t kVectorSize = 16;
constexpr std::uint64_t kEnoughStack = 64 * 1024;
constexpr std::size_t kLentStack = 1024 * 1024;

}  // namespace

Result<RemoteFunctions> RemoteFunctions::begin(RemoteCalls& calls, symbol::Symbolizer& symbolizer,
                                               std::optional<RemoteAddr> errno_location) {
  TETHER_CHECK(refuse_shadow_stack(calls.tid(), "calling a function from outside"));
  RemoteFunctions functions(calls, symbolizer);
  functions.xstate_.resize(kLargestXstate);
  const std::size_t size = TETHER_TRY(sys::register_set(calls.tid(), NT_X86_XSTATE, functions.xstate_));
  functions.xstate_.resize(size);
  if (auto found = functions.find_stack(); !found.has_value()) return fail(std::move(found).error());
  if (errno_location) {
    auto saved = functions.save_errno(*errno_location);
    if (!saved.has_value()) return fail(std::move(saved).error());
  }
  return functions;
}

RemoteFunctions::~RemoteFunctions() {
  if (calls_) [[maybe_unused]]
    const auto ended = end();
}

Result<void> RemoteFunctions::find_stack() {
  const RemoteAddr top(calls_->saved_registers().words[arch::x86_64::kStackPointerWord]);
  const procfs::Mapping* mapping = procfs::find_mapping(symbolizer_->maps(), top);
  const bool grows = mapping != nullptr && mapping->path == "[stack]";
  const bool is_small = mapping != nullptr && !grows && top.value - mapping->start.value < kEnoughStack;
  if (is_small || TETHER_TRY(is_alternate_stack_small(top)))
    lent_stack_.emplace(TETHER_TRY(Scratch::map(*calls_, kLentStack)));
  return ok();
}

/// Whether the thread stands on the stack for its handlers, and has little left of it.
Result<bool> RemoteFunctions::is_alternate_stack_small(RemoteAddr stack_pointer) {
  const unsigned word = word_size(calls_->abi());
  Scratch scratch = TETHER_TRY(Scratch::map(*calls_, sizeof(stack_t)));
  const std::int64_t result =
      TETHER_TRY(calls_->call(RemoteCall::Sigaltstack, {0, scratch.address().value, 0, 0, 0, 0}));
  TETHER_TRY(checked(result, "sigaltstack in the process"));
  // struct sigaltstack (<asm/signal.h>): a pointer, an int padded to a word, a size.
  std::uint64_t start = 0;
  std::uint64_t size = 0;
  sys::ProcessMemory memory(calls_->tid());
  const bool is_read =
      memory.read_exactly(scratch.address(), std::as_writable_bytes(std::span(&start, 1)).first(word)) &&
      memory.read_exactly(scratch.address() + 2 * word, std::as_writable_bytes(std::span(&size, 1)).first(word));
  TETHER_CHECK(scratch.unmap());
  const std::uint64_t left = stack_pointer.value - start;
  return is_read && left < size && left < kEnoughStack;
}

Result<void> RemoteFunctions::save_errno(RemoteAddr errno_location) {
  constexpr std::chrono::milliseconds kPatience{1000};
  const FunctionResult result = TETHER_TRY(call(errno_location, {}, kPatience));
  const RemoteAddr where = result.address;
  const auto value = std::as_writable_bytes(std::span(&errno_value_, 1));
  if (sys::ProcessMemory(calls_->tid()).read_exactly(where, value)) errno_ = where;
  return ok();
}

Result<void> RemoteFunctions::end() {
  RemoteCalls* calls = calls_.release();
  if (calls == nullptr) return ok();
  if (!errno_.is_null())
    TETHER_CHECK(sys::write_process_memory(calls->tid(), errno_, std::as_bytes(std::span(&errno_value_, 1))));
  if (lent_stack_) TETHER_CHECK(lent_stack_->unmap());
  return sys::set_register_set(calls->tid(), NT_X86_XSTATE, xstate_);
}

Result<void> RemoteFunctions::set_vectors(const FunctionFrame& frame) {
  std::vector<std::byte> xstate = xstate_;
  const std::uint16_t empty = 0;  // the abridged tag word
  std::memcpy(xstate.data() + offsetof(user_fpregs_struct, ftw), &empty, sizeof empty);
  for (std::size_t i = 0; i < frame.vectors.size(); ++i) {
    std::byte* vector = xstate.data() + offsetof(user_fpregs_struct, xmm_space) + i * kVectorSize;
    std::fill_n(vector, kVectorSize, std::byte{0});
    std::memcpy(vector, &frame.vectors[i], sizeof frame.vectors[i]);
  }
  std::uint64_t features = 0;
  std::memcpy(&features, xstate.data() + kXstateFeatures, sizeof features);
  features |= kX87AndSse;
  std::memcpy(xstate.data() + kXstateFeatures, &features, sizeof features);
  return sys::set_register_set(calls_->tid(), NT_X86_XSTATE, xstate);
}

Result<FunctionResult> RemoteFunctions::call(RemoteAddr function, std::span<const FunctionArgument> arguments,
                                             std::chrono::milliseconds patience) {
  GeneralRegisters caller = calls_->saved_registers();
  if (lent_stack_) caller.words[arch::x86_64::kStackPointerWord] = (lent_stack_->address() + lent_stack_->size()).value;
  const auto frame = make_frame(
      calls_->abi(), caller,
      {.function = function.value, .return_address = calls_->return_address().value, .arguments = arguments});
  if (!frame)
    return fail({.code = ErrorCode::Malformed,
                 .message = "a function takes at most " + std::to_string(kMostFunctionArguments) + " arguments here",
                 .hint = {}});
  auto written = sys::write_process_memory(calls_->tid(), RemoteAddr(frame->stack_pointer), frame->stack);
  if (!written.has_value()) return fail(std::move(written).error().with_context("no room on the thread's stack"));
  TETHER_CHECK(set_vectors(*frame));
  const auto find_obstacle = [this](const HeldTask& task) {
    [[maybe_unused]] const auto refreshed = symbolizer_->refresh();  // the function may have loaded what it now runs in
    return find_place_to_avoid(task, *symbolizer_);
  };
  auto end = calls_->run_code(frame->registers, RemoteAddr(frame->stack_at_end), patience, find_obstacle);
  if (!end.has_value() && end.error().code == ErrorCode::TraceeGone) {
    calls_.reset();
    return fail(std::move(end).error().with_context("the function did not return"));
  }
  if (!end.has_value()) return fail(std::move(end).error());
  if (end->how == RemoteCalls::CodeEnd::How::Faulted) return fail(fault_error(*end));
  if (end->how != RemoteCalls::CodeEnd::How::Returned) return fail(abandonment(*end, patience));
  return result_of(end->registers);
}

Result<FunctionResult> RemoteFunctions::result_of(const GeneralRegisters& registers) {
  const Abi abi = calls_->abi();
  std::vector<std::byte> xstate(kLargestXstate);
  TETHER_TRY(sys::register_set(calls_->tid(), NT_X86_XSTATE, xstate));
  FunctionResult result{.integer = first_result(registers), .address = RemoteAddr(first_result(registers))};
  if (abi == Abi::X86_64) {
    std::memcpy(&result.real, xstate.data() + offsetof(user_fpregs_struct, xmm_space), sizeof result.real);
    std::memcpy(&result.single, xstate.data() + offsetof(user_fpregs_struct, xmm_space), sizeof result.single);
    return result;
  }
  long double top = 0;
  constexpr std::size_t kX87Size = 10;
  std::memcpy(&top, xstate.data() + offsetof(user_fpregs_struct, st_space), kX87Size);
  result.real = static_cast<double>(top);
  result.single = static_cast<float>(top);
  result.address.value &= 0xffffffff;
  result.integer = result.address.value | second_result(registers) << 32;
  return result;
}

Error RemoteFunctions::abandonment(const RemoteCalls::CodeEnd& end, std::chrono::milliseconds patience) const {
  const auto place =
      symbolizer_->locate(arch::x86_64::instruction_pointer(end.registers), symbol::Symbolizer::Detail::Symbol);
  const std::string why = end.how == RemoteCalls::CodeEnd::How::Unwanted
                              ? "the function was no longer wanted"
                              : "the function did not return within " + std::to_string(patience.count()) + " ms";
  return {.code = ErrorCode::Busy,
          .message = why + "; it was abandoned in " + place.text(),
          .hint = "what it has done so far stays done, and a lock that it took stays taken"};
}

Error RemoteFunctions::fault_error(const RemoteCalls::CodeEnd& end) const {
  siginfo_t info;
  std::memcpy(&info, end.fault.data(), sizeof info);
  const auto place =
      symbolizer_->locate(arch::x86_64::instruction_pointer(end.registers), symbol::Symbolizer::Detail::Symbol);
  Error error{.code = ErrorCode::Io,
              .message = "the function faulted: " + std::string(find_signal_name(Signal(info.si_signo))) + " in " +
                         place.text(),
              .hint = "the process did not notice; what the function has done so far stays done"};
  if (info.si_signo == SIGSEGV || info.si_signo == SIGBUS) {
    char digits[16];
    const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
    error.message +=
        ", address 0x" + std::string(digits, std::to_chars(std::begin(digits), std::end(digits), address, 16).ptr);
  }
  return error;
}

}  // namespace tether
