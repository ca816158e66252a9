#include "tether/symbol/unwinder.h"

// How elfutils is made to unwind a snapshot
//
// libdwfl unwinds "threads" of a "process" that it knows only through callbacks (Dwfl_Thread_Callbacks). They are told
// once of a Dwfl (dwfl_attach_state), and so are given the Symbolizer's state, whose `unwinding` points to the snapshot
// at hand while one is being unwound. There is but one thread ever, by a made-up id. Memory is the snapshot's stack,
// and behind it what the process has mapped but cannot write: that has not changed since.

#include <elfutils/libdwfl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <span>

#include "tether/symbol/internal/symbolizer_state.h"

namespace tether::symbol {

namespace {

constexpr pid_t kOnlyThread = 1;

// By DWARF's numbers (System V ABI for x86-64, figure 3.36; for i386, table 2.14).
constexpr std::array<std::string_view, 17> kX86_64Registers{"rax", "rdx", "rcx", "rbx", "rsi", "rdi",
                                                            "rbp", "rsp", "r8",  "r9",  "r10", "r11",
                                                            "r12", "r13", "r14", "r15", "rip"};
constexpr std::array<std::string_view, 9> kI386Registers{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip"};
constexpr unsigned kX86_64StackPointer = 7, kI386StackPointer = 4;
constexpr unsigned kX86_64FramePointer = 6, kI386FramePointer = 5;

std::span<const std::string_view> dwarf_registers(Abi abi) {
  if (abi == Abi::X86_64) return kX86_64Registers;
  return kI386Registers;
}

struct Unwinding {
  const ThreadSnapshot& snapshot;
  std::span<const procfs::Mapping> maps;
  MemoryReader& memory;
  std::vector<Dwarf_Word> registers;  ///< to begin with, by DWARF's numbers; the last is the instruction pointer
  std::size_t most;
  std::vector<Frame> frames{};
  bool missed_stack = false;            ///< a word was wanted that lies behind the copied part of the stack
  bool missed_word = false;             ///< a word that was wanted since the last frame could not be read
  bool has_null_frame_pointer = false;  ///< of the last frame: the ABI's mark of the outermost one

  bool has_left_code = false;  ///< the last frame stands where no code is; `registers` are those that it had

  bool read_word(RemoteAddr addr, std::uint64_t& word);
  bool is_code(RemoteAddr addr) const {
    const procfs::Mapping* mapping = procfs::find_mapping(maps, addr);
    return mapping != nullptr && mapping->is_executable;
  }
  unsigned stack_pointer_number() const {
    return snapshot.abi == Abi::X86_64 ? kX86_64StackPointer : kI386StackPointer;
  }
};

bool Unwinding::read_word(RemoteAddr addr, std::uint64_t& word) {
  const std::size_t width = word_size(snapshot.abi);
  word = 0;
  const std::uint64_t at = addr.value - snapshot.stack_start.value;
  if (addr >= snapshot.stack_start && at <= snapshot.stack.size() && snapshot.stack.size() - at >= width) {
    std::memcpy(&word, snapshot.stack.data() + at, width);
    return true;
  }
  const procfs::Mapping* mapping = procfs::find_mapping(maps, addr);
  const RemoteAddr stack_end = snapshot.stack_start + snapshot.stack.size();
  if (mapping != nullptr && mapping->is_writable && addr >= stack_end && mapping->contains(stack_end))
    missed_stack = true;
  // What may be written has been since: only the rest of memory is read now.
  const bool is_read = mapping != nullptr && !mapping->is_writable &&
                       memory.read_exactly(addr, std::as_writable_bytes(std::span(&word, 1)).first(width));
  missed_word = missed_word || !is_read;
  return is_read;
}

Unwinding& current(void* state) {
  return *static_cast<Unwinding*>(static_cast<Symbolizer::State*>(state)->unwinding);
}

pid_t next_thread(Dwfl*, void* state, void** thread) {
  if (*thread != nullptr) return 0;
  *thread = state;
  return kOnlyThread;
}

bool get_thread(Dwfl*, pid_t, void* state, void** thread) {
  *thread = state;
  return true;
}

bool read_memory(Dwfl*, Dwarf_Addr addr, Dwarf_Word* word, void* state) {
  std::uint64_t value = 0;
  const bool is_read = current(state).read_word(RemoteAddr(addr), value);
  *word = value;
  return is_read;
}

bool set_registers(Dwfl_Thread* thread, void* state) {
  const Unwinding& unwinding = current(state);
  const auto count = static_cast<unsigned>(unwinding.registers.size());
  dwfl_thread_state_register_pc(thread, unwinding.registers.back());
  return dwfl_thread_state_registers(thread, 0, count, unwinding.registers.data());
}

int take_frame(Dwfl_Frame* frame, void* argument) {
  auto& unwinding = *static_cast<Unwinding*>(argument);
  Dwarf_Addr pc = 0;
  bool is_activation = false;
  unwinding.missed_word = false;  // here, since dwfl_frame_pc() finds the caller to know whether a signal lies between
  if (!dwfl_frame_pc(frame, &pc, &is_activation)) return DWARF_CB_ABORT;
  const auto register_of = [&](unsigned number) {
    Dwarf_Word value = 0;
    return dwfl_frame_reg(frame, number, &value) == 0 ? std::optional(value) : std::nullopt;
  };
  const std::optional<Dwarf_Word> sp = register_of(unwinding.stack_pointer_number());
  const bool is_64_bit = unwinding.snapshot.abi == Abi::X86_64;
  unwinding.has_null_frame_pointer = register_of(is_64_bit ? kX86_64FramePointer : kI386FramePointer) == 0u;
  unwinding.frames.push_back({.pc = RemoteAddr(pc),
                              .is_interrupted = is_activation,
                              .stack_pointer = sp ? std::optional(RemoteAddr(*sp)) : std::nullopt});
  if (is_activation && sp && !unwinding.is_code(RemoteAddr(pc))) {
    for (unsigned i = 0; i + 1 < unwinding.registers.size(); ++i) unwinding.registers[i] = register_of(i).value_or(0);
    unwinding.registers.back() = pc;
    unwinding.has_left_code = true;
    return DWARF_CB_ABORT;
  }
  return unwinding.frames.size() < unwinding.most ? DWARF_CB_OK : DWARF_CB_ABORT;
}

/// Tells libdwfl how to read; false if it cannot unwind this machine's code, or none of the files can be read.
bool attach(Symbolizer::State& state, Elf* elf) {
  static constexpr Dwfl_Thread_Callbacks kCallbacks{.next_thread = next_thread,
                                                    .get_thread = get_thread,
                                                    .memory_read = read_memory,
                                                    .set_initial_registers = set_registers,
                                                    .detach = nullptr,
                                                    .thread_detach = nullptr};
  if (!state.is_attached) state.is_attached = dwfl_attach_state(state.dwfl, elf, state.pid.value, &kCallbacks, &state);
  return state.is_attached;
}

/// A call to where no code is leaves the caller's return address on top of the stack: goes back to the caller, as if
/// the call had just been made. False if none is there.
bool return_to_caller(Unwinding& unwinding, const Symbolizer::State& state) {
  Dwarf_Word& sp = unwinding.registers[unwinding.stack_pointer_number()];
  std::uint64_t caller = 0;
  if (!unwinding.read_word(RemoteAddr(sp), caller) || find_module(state.modules, RemoteAddr(caller)) == nullptr)
    return false;
  unwinding.registers.back() = caller;
  sp += word_size(unwinding.snapshot.abi);
  return true;
}

bool has_frame_information(Dwarf_CFI* cfi, Dwarf_Addr pc) {
  Dwarf_Frame* frame = nullptr;
  const bool is_found = cfi != nullptr && dwarf_cfi_addrframe(cfi, pc, &frame) == 0;
  std::free(frame);
  return is_found;
}

/// Whether the files say how to unwind at `pc`.
bool has_frame_information(Symbolizer::State& state, RemoteAddr pc) {
  const LoadedModule* loaded = state.find_loaded(pc);
  if (loaded == nullptr || loaded->dwfl == nullptr) return false;
  Dwarf_Addr bias = 0;
  if (has_frame_information(dwfl_module_eh_cfi(loaded->dwfl, &bias), pc.value - bias)) return true;
  return has_frame_information(dwfl_module_dwarf_cfi(loaded->dwfl, &bias), pc.value - bias);
}

/// Runs libdwfl over the snapshot, again and again where the chain leads out of all code. What dwfl_getthread_frames()
/// returned.
int take_frames(Unwinding& unwinding, Symbolizer::State& state) {
  for (;;) {
    const std::size_t had = unwinding.frames.size();
    unwinding.has_left_code = false;
    const int outcome = dwfl_getthread_frames(state.dwfl, kOnlyThread, take_frame, &unwinding);
    // The frame that was gone back to is a caller, not one that was interrupted.
    if (had != 0 && unwinding.frames.size() > had) unwinding.frames[had].is_interrupted = false;
    if (!unwinding.has_left_code || unwinding.frames.size() >= unwinding.most || !return_to_caller(unwinding, state))
      return outcome;
  }
}

void set_end(Backtrace& trace, const Unwinding& unwinding, Symbolizer::State& state, const char* why) {
  const Frame& last = trace.frames.back();
  const RemoteAddr at = last.lookup_address();
  if (trace.frames.size() >= unwinding.most) {
    trace.end = Backtrace::End::Limit;
  } else if (unwinding.missed_stack) {
    trace.end = Backtrace::End::Cut;
  } else if (unwinding.has_null_frame_pointer && !last.is_interrupted && find_module(state.modules, at) != nullptr &&
             !has_frame_information(state, at)) {
    // Code without call frame information begins with a frame pointer of 0 (System V ABI for x86-64, 3.4.1).
    trace.end = Backtrace::End::Complete;
  } else {
    trace.end = Backtrace::End::Lost;
    trace.reason = !last.is_interrupted && !has_frame_information(state, at)
                       ? "the code here has no call frame information, and keeps no frame pointer"
                   : why != nullptr ? why
                                    : "the caller's address cannot be read";
  }
}

}  // namespace

RemoteAddr ThreadSnapshot::pc() const {
  return RemoteAddr(find_register(registers, abi, abi == Abi::X86_64 ? "rip" : "eip").value_or(0));
}

RemoteAddr ThreadSnapshot::stack_pointer() const {
  return RemoteAddr(find_register(registers, abi, abi == Abi::X86_64 ? "rsp" : "esp").value_or(0));
}

Backtrace Unwinder::unwind(const ThreadSnapshot& snapshot, std::size_t most) {
  Symbolizer::State& state = *symbolizer_.state_;
  Unwinding unwinding{.snapshot = snapshot,
                      .maps = state.maps,
                      .memory = *state.memory,
                      .registers = {},
                      .most = std::max<std::size_t>(most, 1)};
  for (const std::string_view name : dwarf_registers(snapshot.abi))
    unwinding.registers.push_back(find_register(snapshot.registers, snapshot.abi, name).value_or(0));
  Backtrace trace;
  GElf_Addr bias = 0;
  LoadedModule* program = state.program();
  if (program == nullptr || !attach(state, program->elf(bias))) {
    const char* why = dwfl_errmsg(-1);
    trace.frames.push_back({.pc = snapshot.pc(), .is_interrupted = true, .stack_pointer = snapshot.stack_pointer()});
    trace.end = Backtrace::End::Lost;
    trace.reason = why != nullptr ? why : "no file of the process can be read";
    return trace;
  }
  state.unwinding = &unwinding;
  const int outcome = take_frames(unwinding, state);
  state.unwinding = nullptr;
  const char* why = outcome < 0 ? dwfl_errmsg(-1) : nullptr;
  trace.frames = std::move(unwinding.frames);
  if (trace.frames.empty())
    trace.frames.push_back({.pc = snapshot.pc(), .is_interrupted = true, .stack_pointer = snapshot.stack_pointer()});
  // libdwfl takes a return address that cannot be read for none, and the frame for the first.
  if (outcome != 0 || unwinding.missed_word) set_end(trace, unwinding, state, why);
  return trace;
}

}  // namespace tether::symbol
