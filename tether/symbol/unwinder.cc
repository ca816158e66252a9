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

std::span<const std::string_view> dwarf_registers(Abi abi) {
  if (abi == Abi::X86_64) return kX86_64Registers;
  return kI386Registers;
}

struct Unwinding {
  const ThreadSnapshot& snapshot;
  std::span<const procfs::Mapping> maps;
  MemoryReader& memory;
  std::vector<Dwarf_Word> registers;  ///< by DWARF's numbers; the last is the instruction pointer
  std::size_t most;
  std::vector<Frame> frames{};
  bool missed_stack = false;  ///< a word was wanted that lies behind the copied stack

  bool read_word(RemoteAddr addr, std::uint64_t& word);
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
  if (mapping != nullptr && mapping->is_writable) missed_stack = true;
  if (mapping == nullptr || mapping->is_writable) return false;
  return memory.read_exactly(addr, std::as_writable_bytes(std::span(&word, 1)).first(width));
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
  if (!dwfl_frame_pc(frame, &pc, &is_activation)) return DWARF_CB_ABORT;
  Dwarf_Word sp = 0;
  const bool is_64_bit = unwinding.snapshot.abi == Abi::X86_64;
  const bool has_sp = dwfl_frame_reg(frame, is_64_bit ? kX86_64StackPointer : kI386StackPointer, &sp) == 0;
  unwinding.frames.push_back({.pc = RemoteAddr(pc),
                              .is_interrupted = is_activation,
                              .stack_pointer = has_sp ? std::optional(RemoteAddr(sp)) : std::nullopt});
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

/// A call to where no code is leaves the caller's return address on top of the stack: the frame is left at once, as if
/// its function had just been entered.
void leave_wild_call(Unwinding& unwinding, const Symbolizer::State& state) {
  const RemoteAddr pc = unwinding.snapshot.pc(), sp = unwinding.snapshot.stack_pointer();
  const procfs::Mapping* mapping = procfs::find_mapping(state.maps, pc);
  std::uint64_t caller = 0;
  if ((mapping != nullptr && mapping->is_executable) || !unwinding.read_word(sp, caller)) return;
  if (find_module(state.modules, RemoteAddr(caller)) == nullptr) return;
  unwinding.frames.push_back({.pc = pc, .is_interrupted = true, .stack_pointer = sp});
  const bool is_64_bit = unwinding.snapshot.abi == Abi::X86_64;
  unwinding.registers.back() = caller;
  unwinding.registers[is_64_bit ? kX86_64StackPointer : kI386StackPointer] += word_size(unwinding.snapshot.abi);
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
  leave_wild_call(unwinding, state);
  state.unwinding = &unwinding;
  const std::size_t wild = unwinding.frames.size();
  const int outcome = dwfl_getthread_frames(state.dwfl, kOnlyThread, take_frame, &unwinding);
  state.unwinding = nullptr;
  if (wild != 0 && unwinding.frames.size() > wild) unwinding.frames[wild].is_interrupted = false;
  trace.frames = std::move(unwinding.frames);
  if (trace.frames.empty())
    trace.frames.push_back({.pc = snapshot.pc(), .is_interrupted = true, .stack_pointer = snapshot.stack_pointer()});
  if (outcome == 0) return trace;
  if (trace.frames.size() >= unwinding.most) {
    trace.end = Backtrace::End::Limit;
  } else {
    trace.end = unwinding.missed_stack ? Backtrace::End::Cut : Backtrace::End::Lost;
    const char* why = outcome < 0 ? dwfl_errmsg(-1) : nullptr;
    trace.reason = why != nullptr ? why : "";
  }
  return trace;
}

}  // namespace tether::symbol
