#include "tools/desc/kinds.h"

#include <algorithm>
#include <initializer_list>

namespace tether::desc {
namespace {

using decode::Kind;

constexpr KindName kKinds[] = {
#define X(name, Name, width) {#name, Kind::Name, width, false},
    TETHER_SCALAR_KINDS(X)
#undef X
#define X(name, Name) {#name, Kind::Name, 0, true},
        TETHER_TEXT_KINDS(X)
#undef X
};

bool is_one_of(Kind kind, std::initializer_list<Kind> kinds) {
  return std::ranges::find(kinds, kind) != kinds.end();
}

}  // namespace

std::span<const KindName> all_kinds() {
  return kKinds;
}

const KindName* find_kind(std::string_view name) {
  const auto* found = std::ranges::find(kKinds, name, &KindName::name);
  return found == std::end(kKinds) ? nullptr : found;
}

bool is_signed(Kind kind) {
  return is_one_of(kind, {Kind::Int, Kind::Long, Kind::Loff, Kind::S8, Kind::S16, Kind::S32, Kind::S64, Kind::Fd,
                          Kind::Dirfd, Kind::Pid, Kind::Tid, Kind::Pgid, Kind::Signal, Kind::Clockid, Kind::Epoch});
}

bool is_exact(Kind kind) {
  return is_one_of(kind, {Kind::U8, Kind::U16, Kind::U32, Kind::U64, Kind::S8, Kind::S16, Kind::S32, Kind::S64,
                          Kind::Loff, Kind::Be16, Kind::Le16, Kind::Be32});
}

bool fills_its_type(Kind kind) {
  return is_one_of(kind, {Kind::Uid, Kind::Gid, Kind::Pid});
}

bool is_aggregate(Kind kind) {
  return is_one_of(kind, {Kind::Sigset, Kind::Inet6, Kind::EpollData, Kind::Siginfo});
}

bool has_no_size(Kind kind) {
  return is_one_of(
      kind, {Kind::Siginfo, Kind::Fdset, Kind::Cpumask, Kind::Dirents, Kind::BpfProg, Kind::Mac, Kind::UnixPath});
}

bool stands_bare(Kind kind) {
  return is_one_of(kind, {Kind::Sigset, Kind::Siginfo, Kind::Fdset, Kind::Cpumask, Kind::EpollData});
}

std::optional<decode::ResultNote> find_note(std::string_view name) {
  if (name == "poll") return decode::ResultNote::Poll;
  if (name == "select") return decode::ResultNote::Select;
  if (name == "fcntl") return decode::ResultNote::Fcntl;
  return std::nullopt;
}

}  // namespace tether::desc
