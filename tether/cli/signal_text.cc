#include "tether/cli/signal_text.h"

#include <signal.h>

#include <charconv>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "tether/base/nearest_name.h"
#include "tether/base/signal_name.h"
#include "tether/control/signals.h"
#include "tether/decode/constants.h"
#include "tether/decode/decoder.h"
#include "tether/decode/names.h"
#include "tether/event/arena.h"
#include "tether/sink/text/value_text.h"

namespace tether::cli {

namespace {

/// Gives the decoded siginfo to `use`; what it is made of lives as long as that.
template <class Use>
auto with_decoded(const SigInfoBytes& info, Use&& use) {
  RawSignal raw{.has_info = 1};
  std::memcpy(&raw.signal, info.data(), sizeof raw.signal);
  std::memcpy(raw.siginfo, info.data(), sizeof raw.siginfo);
  RawEventBuilder builder;
  builder.begin(RawKind::Signal, Abi::X86_64, Tid(), Pid(), 0);
  builder.set_payload(raw);
  decode::Decoder decoder;
  Arena arena;
  const Event event = decoder.other(RawEventView(builder.finish()), arena);
  return use(std::get<SignalEvent>(event.what).info);
}

Json value_json(const Value& value) {
  if (value.kind == ValueKind::Integer && value.style == NumberStyle::Signed)
    return static_cast<std::int64_t>(value.number);
  if (value.kind == ValueKind::Integer) return value.number;
  std::string text;
  append_value(text, value, {});
  return text;
}

struct Member {
  std::string_view name;
  std::size_t offset;
  std::size_t size;
};
constexpr Member kMembers[] = {
    {"si_errno", offsetof(siginfo_t, si_errno), sizeof(int)},
    {"si_code", offsetof(siginfo_t, si_code), sizeof(int)},
    {"si_pid", offsetof(siginfo_t, si_pid), sizeof(pid_t)},
    {"si_uid", offsetof(siginfo_t, si_uid), sizeof(uid_t)},
    {"si_status", offsetof(siginfo_t, si_status), sizeof(int)},
    {"si_value", offsetof(siginfo_t, si_value), sizeof(sigval_t)},
    {"si_int", offsetof(siginfo_t, si_int), sizeof(int)},
    {"si_ptr", offsetof(siginfo_t, si_ptr), sizeof(void*)},
    {"si_addr", offsetof(siginfo_t, si_addr), sizeof(void*)},
    {"si_band", offsetof(siginfo_t, si_band), sizeof(long)},
    {"si_fd", offsetof(siginfo_t, si_fd), sizeof(int)},
};

Result<std::uint64_t> parse_member_value(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  std::string_view digits = text.substr(is_negative ? 1 : 0);
  const bool is_hex = digits.starts_with("0x");
  if (is_hex) digits.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 10);
  if (err == std::errc() && end == digits.data() + digits.size()) return is_negative ? -value : value;
  return decode::find_constant(Abi::X86_64, text);
}

}  // namespace

Result<Signal> parse_signal(std::string_view text) {
  if (const auto found = decode::find_signal(text); found && found->value > 0) return *found;
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (!upper.starts_with("SIG")) upper.insert(0, "SIG");
  std::vector<std::string_view> names;
  for (const Signal signal : signals_of(~sys::SignalMask{0})) names.push_back(find_signal_name(signal));
  return fail({.code = ErrorCode::NotFound,
               .message = "no signal '" + std::string(text) + "'" + did_you_mean(upper, names),
               .hint = "names are those of `kill -l`, real-time ones SIGRT_1 and so on, or numbers"});
}

std::string signal_text(Signal signal) {
  const std::string_view name = find_signal_name(signal);
  return name.empty() ? std::to_string(signal.value) : std::string(name);
}

std::string siginfo_text(const SigInfoBytes& info) {
  return with_decoded(info, [](const Value& value) {
    std::string text;
    append_value(text, value, {});
    return text;
  });
}

Json siginfo_json(const SigInfoBytes& info) {
  return with_decoded(info, [](const Value& value) {
    auto object = Json::object();
    for (const Value& member : value.children()) object[std::string(member.label)] = value_json(member);
    return object;
  });
}

std::optional<Pid> find_sender(const SigInfoBytes& bytes) {
  siginfo_t info;
  std::memcpy(&info, bytes.data(), sizeof info);
  const bool is_sent = info.si_code <= 0 && info.si_code != SI_TIMER && info.si_code != SI_SIGIO;
  if (!is_sent && info.si_signo != SIGCHLD) return std::nullopt;
  return info.si_pid > 0 ? std::optional(Pid(info.si_pid)) : std::nullopt;
}

Result<void> edit_siginfo(SigInfoBytes& info, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string_view name = assignment.substr(0, equals);
  for (const Member& member : kMembers) {
    if (member.name != name || equals == std::string_view::npos) continue;
    const std::uint64_t value = TETHER_TRY(parse_member_value(assignment.substr(equals + 1)));
    std::memcpy(info.data() + member.offset, &value, member.size);
    return ok();
  }
  std::vector<std::string_view> names;
  std::string list;
  for (const Member& member : kMembers) {
    names.push_back(member.name);
    list += (list.empty() ? "" : ", ") + std::string(member.name);
  }
  if (equals == std::string_view::npos)
    return fail({.code = ErrorCode::Malformed,
                 .message = "'" + std::string(assignment) + "' is no FIELD=VALUE",
                 .hint = "for example si_pid=1"});
  return fail({.code = ErrorCode::NotFound,
               .message = "a siginfo has no '" + std::string(name) + "'" + did_you_mean(name, names),
               .hint = "it has " + list});
}

}  // namespace tether::cli
