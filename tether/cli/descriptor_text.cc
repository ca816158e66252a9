#include "tether/cli/descriptor_text.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <ctime>

#include "tether/base/overloaded.h"
#include "tether/base/signal_name.h"
#include "tether/cli/amounts.h"
#include "tether/control/describe_socket.h"

namespace tether::cli {

namespace {

struct NamedEvent {
  std::uint32_t bit;
  std::string_view name;
};

// Without EPOLLERR and EPOLLHUP, which the kernel adds to every registration.
constexpr NamedEvent kEvents[] = {{EPOLLIN, "IN"},
                                  {EPOLLPRI, "PRI"},
                                  {EPOLLOUT, "OUT"},
                                  {EPOLLRDHUP, "RDHUP"},
                                  {EPOLLET, "ET"},
                                  {EPOLLONESHOT, "ONESHOT"},
                                  {EPOLLEXCLUSIVE, "EXCLUSIVE"}};

struct NamedClock {
  std::int32_t number;
  std::string_view name;
};

constexpr NamedClock kClocks[] = {{CLOCK_REALTIME, "CLOCK_REALTIME"},
                                  {CLOCK_MONOTONIC, "CLOCK_MONOTONIC"},
                                  {CLOCK_BOOTTIME, "CLOCK_BOOTTIME"},
                                  {CLOCK_REALTIME_ALARM, "CLOCK_REALTIME_ALARM"},
                                  {CLOCK_BOOTTIME_ALARM, "CLOCK_BOOTTIME_ALARM"}};

std::string event_names(std::uint32_t events) {
  std::string names;
  for (const NamedEvent& event : kEvents)
    if ((events & event.bit) != 0) names += (names.empty() ? "" : "|") + std::string(event.name);
  return names;
}

std::string clock_name(std::int32_t number) {
  for (const NamedClock& clock : kClocks)
    if (clock.number == number) return std::string(clock.name);
  return "clock " + std::to_string(number);
}

double seconds(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

std::string describe_epoll(const procfs::EpollInfo& epoll) {
  constexpr std::size_t kMaxListed = 8;
  if (epoll.targets.empty()) return "watches nothing";
  std::string text = "watches ";
  for (std::size_t i = 0; i < std::min(epoll.targets.size(), kMaxListed); ++i)
    text +=
        fmt::format("{}{} ({})", i == 0 ? "" : ", ", epoll.targets[i].fd.value, event_names(epoll.targets[i].events));
  if (epoll.targets.size() > kMaxListed) text += fmt::format(" and {} more", epoll.targets.size() - kMaxListed);
  return text;
}

std::string describe_timer(const procfs::TimerFdInfo& timer) {
  if (timer.remaining_ns == 0) return clock_name(timer.clock) + ", not armed";
  std::string text = clock_name(timer.clock) + ", expires in " + duration_text(seconds(timer.remaining_ns));
  if (timer.interval_ns != 0) text += ", then every " + duration_text(seconds(timer.interval_ns));
  return text;
}

std::string describe_pid(const procfs::PidFdInfo& pidfd) {
  if (pidfd.pid == 0) return "a process outside of our pid namespace";
  return pidfd.pid < 0 ? "a process that is gone" : "process " + std::to_string(pidfd.pid);
}

/// What a special file tells of itself.
std::string describe_special(const procfs::SpecialInfo& special) {
  return std::visit(
      Overloaded{[](std::monostate) { return std::string(); },
                 [](const procfs::EventFdInfo& event) { return "count " + std::to_string(event.count); },
                 [](const procfs::EpollInfo& epoll) { return describe_epoll(epoll); },
                 [](const procfs::InotifyInfo& inotify) {
                   const std::size_t count = inotify.watches.size();
                   return fmt::format("{} watch{}", count, count == 1 ? "" : "es");
                 },
                 [](const procfs::SignalFdInfo& signals) { return "takes " + signal_mask_text(signals.mask); },
                 [](const procfs::TimerFdInfo& timer) { return describe_timer(timer); },
                 [](const procfs::PidFdInfo& pidfd) { return describe_pid(pidfd); },
                 [](const procfs::TerminalMasterInfo& master) {
                   return "master of /dev/pts/" + std::to_string(master.index);
                 }},
      special);
}

Json epoll_json(const procfs::EpollInfo& epoll) {
  Json targets = Json::array();
  for (const procfs::EpollTarget& target : epoll.targets)
    targets.push_back({{"fd", target.fd.value},
                       {"events", target.events},
                       {"event_names", event_names(target.events)},
                       {"data", json_hex(target.data)}});
  return targets;
}

void add_special(Json& json, const procfs::SpecialInfo& special) {
  std::visit(
      Overloaded{
          [](std::monostate) {}, [&](const procfs::EventFdInfo& event) { json["count"] = event.count; },
          [&](const procfs::EpollInfo& epoll) { json["watches"] = epoll_json(epoll); },
          [&](const procfs::InotifyInfo& inotify) {
            Json watches = Json::array();
            for (const procfs::InotifyWatch& watch : inotify.watches)
              watches.push_back({{"wd", watch.descriptor}, {"inode", watch.inode}, {"mask", json_hex(watch.mask)}});
            json["watches"] = std::move(watches);
          },
          [&](const procfs::SignalFdInfo& signals) { json["signals"] = signal_mask_json(signals.mask); },
          [&](const procfs::TimerFdInfo& timer) {
            json["clock"] = clock_name(timer.clock);
            json["expirations"] = timer.ticks;
            json["remaining_ns"] = timer.remaining_ns;
            json["interval_ns"] = timer.interval_ns;
          },
          [&](const procfs::PidFdInfo& pidfd) { json["process"] = pidfd.pid; },
          [&](const procfs::TerminalMasterInfo& master) { json["slave"] = master.index; }},
      special);
}

Json socket_json(const sys::Socket& socket) {
  Json json = {{"family", socket_family_name(socket)},
               {"type", socket_type_name(socket.type)},
               {"state", socket_state_name(socket.state)}};
  if (const std::string local = inet_end_text(socket.local, socket.family); !local.empty()) {
    json["local"] = local;
    json["remote"] = inet_end_text(socket.remote, socket.family);
  }
  if (!socket.path.empty()) json["path"] = json_text(unix_path_text(socket.path));
  if (socket.peer != 0) json["peer_inode"] = socket.peer;
  if (socket.port_id != 0) json["port_id"] = socket.port_id;
  if (socket.interface_index != 0) json["interface"] = socket.interface_index;
  return json;
}

template <class Use>
void for_each_signal(std::uint64_t mask, Use use) {
  for (std::int32_t number = 1; number <= 64; ++number)
    if ((mask >> (number - 1) & 1) != 0) use(find_signal_name(Signal(number)));
}

}  // namespace

std::string signal_mask_text(std::uint64_t mask) {
  std::string text;
  for_each_signal(mask, [&](std::string_view name) { text += (text.empty() ? "" : " ") + std::string(name); });
  return text.empty() ? "none" : text;
}

Json signal_mask_json(std::uint64_t mask) {
  Json names = Json::array();
  for_each_signal(mask, [&](std::string_view name) { names.push_back(name); });
  return names;
}

std::string describe_target(const Descriptor& descriptor) {
  if (descriptor.socket) return describe_socket(*descriptor.socket);
  const std::string& protocol = descriptor.socket_protocol;
  if (protocol.starts_with("TCP")) return "tcp, neither connected nor listening";  // sock_diag does not list it
  if (!protocol.empty()) return protocol + " " + descriptor.path;
  const std::string special = describe_special(descriptor.info.special);
  // "anon_inode:[eventfd]" says no more than the kind does.
  if (!special.empty() && !descriptor.path.starts_with('/')) return special;
  return descriptor.path + (descriptor.is_deleted ? " (deleted)" : "") + (special.empty() ? "" : ", " + special);
}

std::string describe_peers(const Descriptor& descriptor) {
  constexpr std::size_t kMaxListed = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(descriptor.peers.size(), kMaxListed); ++i) {
    const Peer& peer = descriptor.peers[i];
    text += fmt::format("{}{}[{}]:{}", i == 0 ? "" : ", ", peer.name, peer.pid.value, peer.fd.value);
  }
  if (descriptor.peers.size() > kMaxListed) text += fmt::format(" and {} more", descriptor.peers.size() - kMaxListed);
  return text;
}

Json descriptor_json(const Descriptor& descriptor) {
  const procfs::FdInfo& info = descriptor.info;
  Json json = {{"fd", descriptor.fd.value},
               {"kind", descriptor_kind_name(descriptor.kind)},
               {"path", json_text(descriptor.path)},
               {"deleted", descriptor.is_deleted},
               {"access", procfs::access_mode_name(info.flags)},
               {"flags", procfs::open_flag_names(info.flags)},
               {"flag_bits", info.flags},
               {"cloexec", procfs::has_cloexec(info.flags)},
               {"offset", info.offset},
               {"inode", descriptor.inode},
               {"mount", info.mount_id}};
  if (descriptor.socket) json["socket"] = socket_json(*descriptor.socket);
  if (!descriptor.socket_protocol.empty()) json["socket"] = {{"protocol", descriptor.socket_protocol}};
  add_special(json, info.special);
  if (descriptor.peers.empty()) return json;
  Json peers = Json::array();
  for (const Peer& peer : descriptor.peers)
    peers.push_back({{"pid", peer.pid.value}, {"name", json_text(peer.name)}, {"fd", peer.fd.value}});
  json["peers"] = std::move(peers);
  return json;
}

}  // namespace tether::cli
