#pragma once
// What some calls say behind their result, in parentheses: (Timeout), ([{fd=3, revents=POLLIN}]), (in [3], left {…}),
// (flags O_RDWR|O_LARGEFILE). Hand-written in irregular/result_notes.cc.

#include <string>
#include <string_view>

#include "tether/decode/internal/bytes.h"
#include "tether/decode/internal/call_view.h"
#include "tether/decode/internal/limits.h"
#include "tether/decode/internal/lookup.h"
#include "tether/decode/internal/replay_memory.h"
#include "tether/decode/internal/value_tree.h"
#include "tether/decode/kind.h"

namespace tether::decode {

/// What a note looks at: memory as it was at the exit.
struct NoteBytes {
  Bytes polled;      ///< poll: the pollfds
  Bytes fd_sets[3];  ///< select
  Bytes time_left;   ///< select, ppoll: what is left of the timeout
};

constexpr std::size_t kPollfdSize = 8;  // struct pollfd: int fd; short events, revents (asm-generic/poll.h)

/// How many bytes the timeout of such a call takes: two words, or of a *_time64 call two 64-bit numbers.
inline std::size_t time_left_size(const CallView& call) {
  return call.abi == Abi::I386 && !call.tables->string(call.node->name).ends_with("time64") ? 8 : 16;
}

/// True for those of the family whose timeout the kernel updates: all but poll, whose timeout is a number.
inline bool has_time_left(const CallView& call) {
  return call.tables->string(call.node->name) != "poll";
}

/// Reads it: from the tracee in a capture, from the record in a decoder.
template <class Memory>
NoteBytes read_for_note(const CallView& call, Memory& memory) {
  NoteBytes read;
  const auto note = static_cast<ResultNote>(call.node->result_note);
  if (call.failed || call.return_value <= 0 || note == ResultNote::None || note == ResultNote::Fcntl) return read;
  const auto fetch = [&](std::uint64_t address, std::uint64_t size) {
    return address == 0 || size == 0 ? Bytes() : memory.fetch(address, static_cast<std::size_t>(size));
  };
  if (note == ResultNote::Poll) {
    const std::uint64_t count = std::min<std::uint64_t>(call.arg_value(1), kMaxPiece / kPollfdSize);
    read.polled = fetch(call.arg_value(0), count * kPollfdSize);
    if (has_time_left(call)) read.time_left = fetch(call.arg_value(2), time_left_size(call));
    return read;
  }
  const std::uint64_t size = scalar_extent(Kind::Fdset, call.abi, call.arg_value(0), 0);
  for (std::size_t i = 0; i < 3; ++i)
    read.fd_sets[i] = fetch(call.arg_value(i + 1), std::min<std::uint64_t>(size, kMaxPiece));
  read.time_left = fetch(call.arg_value(4), time_left_size(call));
  return read;
}

/// A result that is an enumerator or a flag word: the number, and in the note its names. Empty if it has none.
std::string_view names_note(const Value& result, Arena& arena);

/// The note's text in the arena; empty if there is none.
std::string_view make_note(const CallView& call, ReplayMemory& exit_memory, std::size_t most_elements,
                           const Value* result, Arena& arena);

}  // namespace tether::decode
