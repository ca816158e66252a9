#pragma once
// Irregular calls: the few that no row of the tables can say. Each is a case in irregular/, found by its call's name.
//
// A case may redirect the call to another row (socketcall), add to what is captured, and change the decoded arguments.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "tether/decode/internal/call_view.h"
#include "tether/decode/internal/capture_memory.h"
#include "tether/decode/internal/number.h"
#include "tether/decode/internal/replay_memory.h"
#include "tether/decode/internal/value_tree.h"
#include "tether/decode/tables.h"
#include "tether/event/raw_event.h"

namespace tether::decode {

enum class Irregular : std::uint8_t {
  None,
  Sigreturn,   ///< shows the signal mask that it restores, from the frame on the stack
  Recvmsg,     ///< shows msg_namelen as it was before the call
  Ptrace,      ///< PTRACE_GETREGSET: shows iov_len as it was before the call
  Socketcall,  ///< i386: a socket call whose arguments lie in memory
  Ipc,         ///< i386: a System V call whose arguments stand elsewhere
  Llseek,      ///< i386: the one call that passes the upper half of a number first
};

/// By the name of the call.
Irregular find_irregular(const Tables& tables, std::uint32_t number);

/// The registers of a call, which a redirection replaces.
struct CallRegisters {
  std::array<std::uint64_t, 6> args;
};

// ── sigreturn (irregular/sigreturn.cc) ──

/// Where the kernel's signal frame holds the mask: one run of bytes, or two on old i386 frames.
struct MaskPart {
  std::uint64_t address = 0;
  unsigned width = 0;  ///< 0: there is no such part
};
std::array<MaskPart, 2> signal_mask_parts(const Tables& tables, Abi abi, const RawSyscallEntry& entry);

void decode_sigreturn(const Tables& tables, Abi abi, const RawSyscallEntry& entry, ReplayMemory& memory,
                      ValueTree& tree);

// ── recvmsg, ptrace (irregular/length_before.cc) ──

/// A struct that begins with a pointer and its length, of which the call changes the length.
struct LengthBefore {
  std::size_t argument;               ///< that points to the struct: index of the register and of the value
  std::string_view pointer_member{};  ///< shown as well if the call failed; may be empty
  std::string_view member;
  unsigned width;  ///< of the length, in bytes
  NumberStyle style = NumberStyle::Unsigned;
  std::uint64_t address = 0;  ///< of the struct
};

/// Absent if the call has none, or no struct.
std::optional<LengthBefore> find_length_before(Irregular irregular, Abi abi, const CallRegisters& registers);

/// Completes the struct among tree.values() by what the entry's record says of its length; replaces it if the call
/// failed.
void decode_length_before(const LengthBefore& length, bool failed, ReplayMemory& memory, ValueTree& tree);

// ── socketcall (irregular/socketcall.cc) ──

struct SocketSubcall {
  std::uint32_t number;  ///< in the i386 table
  std::uint32_t arg_count;
};

/// Absent if the number names no call.
std::optional<SocketSubcall> find_socket_subcall(const Tables& tables, std::uint64_t which);

// ── ipc (irregular/ipc.cc) ──

/// Where the arguments of a System V call are: in ipc's registers 0 … 5, or, 6 and 7, in the words that `ptr` points
/// to.
struct IpcSubcall {
  std::uint32_t number;  ///< in the i386 table
  std::array<std::uint8_t, 5> from;
  std::uint32_t words;  ///< that have to be read at `ptr`
};

/// shmat's address is not ipc's result: the kernel writes it where the fourth of these registers points to.
inline constexpr std::uint32_t kIpcShmat = 1005;

/// Absent if the number names no call.
std::optional<IpcSubcall> find_ipc_subcall(const Tables& tables, std::uint64_t which);

// ── what capture and decoder do alike ──

/// Reads at the entry what the case needs beyond its arguments; `registers` are those of the redirected call.
template <class Memory>
void read_for_irregular(Irregular irregular, const Tables& tables, Abi abi, const RawSyscallEntry& entry,
                        const CallRegisters& registers, Memory& memory) {
  if (irregular == Irregular::Sigreturn) {
    for (const MaskPart& part : signal_mask_parts(tables, abi, entry))
      if (part.width != 0) memory.fetch(part.address, part.width);
  }
  if (const auto length = find_length_before(irregular, abi, registers))
    memory.fetch(length->address, word_size(abi) + length->width);
}

template <class Memory>
std::uint32_t redirect_ipc(const Tables& tables, std::uint32_t number, CallRegisters& registers, Memory& memory) {
  const auto subcall = find_ipc_subcall(tables, zero_extend(registers.args[0], 4));
  if (!subcall) return number;
  std::array<std::uint64_t, 8> words{};
  std::copy(registers.args.begin(), registers.args.end(), words.begin());
  const Bytes block = memory.fetch(zero_extend(registers.args[4], 4), 4 * subcall->words);
  if (block.size < 4 * subcall->words) return number;
  for (std::uint32_t i = 0; i < subcall->words; ++i) words[6 + i] = load_number(memory.at(block.sub(4 * i)), 4);
  for (std::size_t i = 0; i < subcall->from.size(); ++i) registers.args[i] = words[subcall->from[i]];
  return subcall->number;
}

template <class Memory>
std::uint32_t redirect_socketcall(const Tables& tables, std::uint32_t number, CallRegisters& registers,
                                  Memory& memory) {
  const auto subcall = find_socket_subcall(tables, zero_extend(registers.args[0], 4));
  if (!subcall) return number;
  const Bytes block = memory.fetch(zero_extend(registers.args[1], 4), 4 * subcall->arg_count);
  if (block.size < 4 * subcall->arg_count) return number;
  for (std::uint32_t i = 0; i < subcall->arg_count; ++i)
    registers.args[i] = load_number(memory.at(block.sub(4 * i)), 4);
  return subcall->number;
}

/// The row that really tells of the call, and its registers; `number` itself if nothing redirects it.
template <class Memory>
std::uint32_t redirect(Irregular irregular, const Tables& tables, std::uint32_t number, CallRegisters& registers,
                       Memory& memory) {
  if (irregular == Irregular::Socketcall) return redirect_socketcall(tables, number, registers, memory);
  if (irregular == Irregular::Ipc) return redirect_ipc(tables, number, registers, memory);
  if (irregular == Irregular::Llseek) std::swap(registers.args[1], registers.args[2]);
  return number;
}

/// The result of a redirected call where it is not that of the call itself.
template <class Memory>
void correct_result(std::uint32_t number, const CallRegisters& registers, Memory& memory, CallView& call) {
  if (call.abi != Abi::I386 || number != kIpcShmat || !call.returned || call.failed) return;
  const Bytes result = memory.fetch(zero_extend(registers.args[3], 4), 4);
  if (result.size == 4) call.return_value = static_cast<std::int64_t>(load_number(memory.at(result), 4));
}

}  // namespace tether::decode
