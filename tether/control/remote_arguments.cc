#include "tether/control/remote_arguments.h"

#include <cstring>

namespace tether {

namespace {

std::size_t room_for_one(const RemoteArgument& argument) {
  if (argument.kind != RemoteArgument::Kind::Memory) return 0;
  return argument.bytes.size() + Scratch::kAlignment + room_for(argument.pointees);
}

Result<RemoteAddr> place(Scratch& scratch, Abi abi, const RemoteArgument& argument,
                         std::vector<PlacedArguments::Output>& outputs) {
  std::vector<std::byte> bytes = argument.bytes;
  for (std::size_t i = 0; i < argument.pointees.size(); ++i) {
    const RemoteAddr target = TETHER_TRY(place(scratch, abi, argument.pointees[i], outputs));
    std::memcpy(bytes.data() + argument.pointers[i], &target.value, word_size(abi));
  }
  const RemoteAddr address = TETHER_TRY(scratch.put(bytes));
  if (!argument.label.empty()) outputs.push_back({&argument, address});
  return address;
}

}  // namespace

RemoteArgument text_argument(std::string_view text) {
  RemoteArgument argument{.kind = RemoteArgument::Kind::Memory};
  const auto bytes = std::as_bytes(std::span(text));
  argument.bytes.assign(bytes.begin(), bytes.end());
  argument.bytes.push_back(std::byte{0});
  return argument;
}

std::size_t room_for(std::span<const RemoteArgument> arguments) {
  std::size_t room = 0;
  for (const RemoteArgument& argument : arguments) room += room_for_one(argument);
  return room;
}

Result<PlacedArguments> place_arguments(Scratch& scratch, Abi abi, std::span<const RemoteArgument> arguments) {
  PlacedArguments placed;
  for (const RemoteArgument& argument : arguments) {
    if (argument.kind == RemoteArgument::Kind::Memory) {
      const RemoteAddr address = TETHER_TRY(place(scratch, abi, argument, placed.outputs));
      placed.values.push_back({.bits = address.value});
    } else {
      const bool is_double = argument.kind == RemoteArgument::Kind::Double;
      placed.values.push_back({.kind = is_double ? FunctionArgument::Kind::Double : FunctionArgument::Kind::Integer,
                               .bits = argument.bits});
    }
  }
  return placed;
}

}  // namespace tether
