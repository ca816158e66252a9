// The names of errors and signals: what needs no tables.

#include <cctype>
#include <charconv>
#include <cstring>

#include "tether/base/kernel_result.h"
#include "tether/decode/internal/signal_names.h"
#include "tether/decode/names.h"

namespace tether::decode {
namespace {

/// Errors that the kernel keeps to itself, but that a tracer sees (include/linux/errno.h). The texts are strace's.
struct InternalError {
  std::int32_t number;
  std::string_view name;
  std::string_view text;
};
constexpr InternalError kInternalErrors[] = {
    {512, "ERESTARTSYS", "To be restarted if SA_RESTART is set"},
    {513, "ERESTARTNOINTR", "To be restarted"},
    {514, "ERESTARTNOHAND", "To be restarted if no handler"},
    {515, "ENOIOCTLCMD", "No ioctl command"},
    {516, "ERESTART_RESTARTBLOCK", "Interrupted by signal"},
    {517, "EPROBE_DEFER", "Driver requests probe retry"},
    {518, "EOPENSTALE", "open found a stale dentry"},
    {519, "ENOPARAM", "Parameter not supported"},
    {521, "EBADHANDLE", "Illegal NFS file handle"},
    {522, "ENOTSYNC", "Update synchronization mismatch"},
    {523, "EBADCOOKIE", "Cookie is stale"},
    {524, "ENOTSUPP", "Operation is not supported"},
    {525, "ETOOSMALL", "Buffer or request is too small"},
    {526, "ESERVERFAULT", "An untranslatable error occurred"},
    {527, "EBADTYPE", "Type not supported by server"},
    {528, "EJUKEBOX", "Request initiated, but will not complete before timeout"},
    {529, "EIOCBQUEUED", "iocb queued, will get completion event"},
    {530, "ERECALLCONFLICT", "conflict with recalled state"},
};

const InternalError* find_internal(Errno error) {
  for (const InternalError& row : kInternalErrors)
    if (row.number == error.value) return &row;
  return nullptr;
}

std::optional<std::int32_t> parse_error_number(std::string_view text) {
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::toupper(static_cast<unsigned char>(a[i])) != std::toupper(static_cast<unsigned char>(b[i]))) return false;
  return true;
}

}  // namespace

std::string_view errno_name(Errno error) {
  if (const InternalError* row = find_internal(error); row != nullptr) return row->name;
  if (error.value <= 0) return {};  // the C library calls 0 "0"
  const char* name = strerrorname_np(error.value);
  return name != nullptr ? std::string_view(name) : std::string_view();
}

std::string_view errno_text(Errno error) {
  if (const InternalError* row = find_internal(error); row != nullptr) return row->text;
  if (error.value <= 0) return {};
  const char* text = strerrordesc_np(error.value);
  return text != nullptr ? std::string_view(text) : std::string_view();
}

std::string_view signal_name(Signal signal) {
  return signal.value > 0 ? name_of_signal(static_cast<std::uint64_t>(signal.value)) : std::string_view();
}

std::optional<Signal> find_signal(std::string_view name) {
  constexpr std::int32_t kMostSignals = 64;
  if (const auto number = parse_error_number(name)) {
    if (*number >= 1 && *number <= kMostSignals) return Signal(*number);
    return std::nullopt;
  }
  struct Alias {
    std::string_view name;
    std::int32_t number;
  };
  static constexpr Alias kAliases[] = {{"POLL", 29}, {"IOT", 6}, {"CLD", 17}, {"UNUSED", 31}, {"RTMAX", 64}};
  constexpr std::string_view kPrefix = "SIG";
  const bool has_prefix = name.size() > kPrefix.size() && equal_ignoring_case(name.substr(0, kPrefix.size()), kPrefix);
  const std::string_view stem = has_prefix ? name.substr(kPrefix.size()) : name;
  for (const Alias& alias : kAliases)
    if (equal_ignoring_case(stem, alias.name)) return Signal(alias.number);
  for (std::int32_t number = 1; number <= kMostSignals; ++number)
    if (equal_ignoring_case(signal_name(Signal(number)).substr(kPrefix.size()), stem)) return Signal(number);
  return std::nullopt;
}

std::optional<Errno> find_errno(std::string_view name) {
  if (const auto number = parse_error_number(name)) {
    if (*number >= 1 && *number <= kHighestErrno) return Errno(*number);
    return std::nullopt;
  }
  for (std::int32_t number = 1; number <= kHighestErrno; ++number)
    if (equal_ignoring_case(errno_name(Errno(number)), name) && !name.empty()) return Errno(number);
  if (equal_ignoring_case(name, "EWOULDBLOCK")) return Errno(11);
  if (equal_ignoring_case(name, "EDEADLOCK")) return Errno(35);
  if (equal_ignoring_case(name, "ENOTSUP")) return Errno(95);
  return std::nullopt;
}

}  // namespace tether::decode
