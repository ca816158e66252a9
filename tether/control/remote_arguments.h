#pragma once
// RemoteArgument: what is passed to a call in another process: a number, or memory that the call gets the address of.
//
//   RemoteArgument path = text_argument("/var/log/new");
//   Scratch scratch = TETHER_TRY(Scratch::map(calls, room_for(arguments)));
//   PlacedArguments placed = TETHER_TRY(place_arguments(scratch, arguments));
//   …                                                    // make the call with placed.values
//   read_process_memory(tid, placed.outputs[0].address, …)

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/arch/calling_convention.h"
#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/control/scratch.h"

namespace tether {

struct RemoteArgument {
  enum class Kind : std::uint8_t { Number, Double, Memory } kind = Kind::Number;
  std::uint64_t bits = 0;        ///< the number; of a double its representation
  std::vector<std::byte> bytes;  ///< Memory: its contents before the call
  /// Memory: words in it that are addresses of more memory: pointees[i] is pointed to from offset pointers[i].
  std::vector<std::size_t> pointers;
  std::vector<RemoteArgument> pointees;
  std::string label;  ///< Memory: what to call it when it is shown after the call; empty: it is not
};

/// A string with its terminating NUL.
RemoteArgument text_argument(std::string_view text);

/// How much scratch memory these arguments take.
std::size_t room_for(std::span<const RemoteArgument> arguments);

struct PlacedArguments {
  std::vector<FunctionArgument> values;  ///< numbers, and the addresses of what was placed
  struct Output {
    const RemoteArgument* argument = nullptr;
    RemoteAddr address;
  };
  std::vector<Output> outputs;  ///< memory that has a label, in its order
};

/// Writes what is memory into the scratch. The arguments must outlive the result. Errors: those of Scratch::put().
Result<PlacedArguments> place_arguments(Scratch& scratch, Abi abi, std::span<const RemoteArgument> arguments);

}  // namespace tether
