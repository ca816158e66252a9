// The notes behind the results of poll, select and fcntl: the only text that decoding makes, since a note is text.

#include "tether/decode/internal/result_notes.h"

#include <charconv>

#include "tether/decode/internal/number.h"

namespace tether::decode {
namespace {

void append_number(std::string& text, std::uint64_t number, int base = 10) {
  char digits[24];
  if (base == 16) text += "0x";
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number, base).ptr);
}

void append_names(std::string& text, const Value& value) {
  const Symbols& symbols = value.symbols();
  bool first = true;
  for (const std::string_view name : symbols.names) {
    if (!first) text += '|';
    text += name;
    first = false;
  }
  if (symbols.remainder == 0 && !first) return;
  if (!first) text += '|';
  if (symbols.remainder == 0) {
    text += '0';
  } else {
    append_number(text, symbols.remainder, 16);
  }
}

/// {tv_sec=1, tv_nsec=5}: what is left of a timeout.
void append_time(std::string& text, const CallView& call, const std::byte* from, std::size_t size) {
  const auto width = static_cast<unsigned>(size / 2);
  const std::string_view name = call.tables->string(call.node->name);
  const bool is_timeval = name == "select" || name == "_newselect";
  text += "left {tv_sec=";
  text += std::to_string(static_cast<std::int64_t>(sign_extend(load_number(from, width), width)));
  text += is_timeval ? ", tv_usec=" : ", tv_nsec=";
  text += std::to_string(static_cast<std::int64_t>(sign_extend(load_number(from + width, width), width)));
  text += '}';
}

/// The set of POLL* names: that of the described call's pollfds.
Value events_value(const LeafContext& context, std::uint64_t events) {
  const TypeId id = find_named_type(context.tables, "poll_events");
  if (id == 0) return integer(events, NumberStyle::Hex);
  const TypeNode& type = context.tables.types[id];
  if (type.op != TypeOp::Flags && type.op != TypeOp::Enum) return integer(events, NumberStyle::Hex);
  return flags_value(context, context.tables.sets[type.a], events, 2);
}

std::string poll_note(const CallView& call, const NoteBytes& read, const ReplayMemory& exit, std::size_t most,
                      Arena& arena) {
  const LeafContext context{*call.tables, call.abi, arena};
  std::string text = "[";
  std::size_t shown = 0;
  for (std::size_t at = 0; at + kPollfdSize <= read.polled.size; at += kPollfdSize) {
    const std::byte* from = exit.at(read.polled.sub(at));
    const std::uint64_t events = load_number(from + 6, 2);
    if (events == 0) continue;
    if (shown != 0) text += ", ";
    if (shown++ == most) {
      text += "...";
      break;
    }
    text += "{fd=";
    text += std::to_string(static_cast<std::int32_t>(load_number(from, 4)));
    text += ", revents=";
    const Value value = events_value(context, events);
    if (value.kind == ValueKind::Symbols) {
      append_names(text, value);
    } else {
      append_number(text, events, 16);
    }
    text += '}';
  }
  text += ']';
  return text;
}

std::string select_note(const CallView& call, const NoteBytes& read, const ReplayMemory& exit) {
  static constexpr std::string_view kSets[] = {"in", "out", "except"};
  const auto fds = static_cast<std::uint32_t>(std::max<std::int32_t>(0, static_cast<std::int32_t>(call.arg_value(0))));
  std::string text;
  for (std::size_t set = 0; set < 3; ++set) {
    const Bytes bytes = read.fd_sets[set];
    std::string list;
    for (std::size_t fd = 0; fd < std::min<std::size_t>(fds, 8 * bytes.size); ++fd) {
      if (((std::to_integer<unsigned>(exit.at(bytes)[fd / 8]) >> (fd % 8)) & 1) == 0) continue;
      if (!list.empty()) list += ' ';
      list += std::to_string(fd);
    }
    if (list.empty()) continue;
    if (!text.empty()) text += ", ";
    text.append(kSets[set]).append(" [").append(list).append("]");
  }
  return text;
}

/// fcntl's F_GETFL and its like: the result as the names that it consists of.
std::string fcntl_note(const CallView& call, const Value* result) {
  constexpr std::uint64_t kGetFd = 1;  // asm-generic/fcntl.h
  constexpr std::uint64_t kGetFl = 3;
  constexpr std::uint64_t kGetSeals = 1034;
  if (result == nullptr || result->kind != ValueKind::Symbols) return {};
  const std::uint64_t command = call.arg_value(1);
  if (result->symbols().names.empty()) return {};
  std::string text;
  if (command == kGetFd || command == kGetFl) text = "flags ";
  if (command == kGetSeals) text = "seals ";
  append_names(text, *result);
  return text;
}

}  // namespace

std::string_view names_note(const Value& result, Arena& arena) {
  if (result.symbols().names.empty()) return {};
  std::string text;
  append_names(text, result);
  return arena.copy(text);
}

std::string_view make_note(const CallView& call, ReplayMemory& exit_memory, std::size_t most_elements,
                           const Value* result, Arena& arena) {
  const auto note = static_cast<ResultNote>(call.node->result_note);
  if (note == ResultNote::Fcntl) return arena.copy(fcntl_note(call, result));
  if (call.return_value == 0) return "Timeout";
  const NoteBytes read = read_for_note(call, exit_memory);
  std::string text = note == ResultNote::Poll ? poll_note(call, read, exit_memory, most_elements, arena)
                                              : select_note(call, read, exit_memory);
  if (read.time_left.size == time_left_size(call)) {
    if (!text.empty()) text += ", ";
    append_time(text, call, exit_memory.at(read.time_left), read.time_left.size);
  }
  return arena.copy(text);
}

}  // namespace tether::decode
