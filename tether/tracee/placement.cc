// Where the tracer runs decides what tracing costs.
//
// A tracee's stop wakes the tracer and goes to sleep; the tracer resumes the tracee and goes to sleep. On one CPU each
// of the two is a context switch. On two CPUs each is an inter-processor interrupt to an idle CPU, which on a virtual
// machine costs an exit or two: four to five times as much (docs/speed.md). Left alone, the scheduler prefers the
// second: it wakes a task on an idle CPU if there is one, and a CPU on which the waker itself runs is not idle. So
// tracer and tracee flee from each other, unless the other CPUs are busy.
//
// Tying the tracee to a CPU would help, but its affinity is not ours to change. Tying only the tracer to the tracee's
// CPU does not help: the tracee is then woken on another one. What helps is that a CPU that runs nothing but SCHED_IDLE
// tasks counts as idle when a task is to be woken (kernel/sched/fair.c, select_idle_sibling and sched_idle_cpu; Linux
// ≥ 5.4). With the tracer in SCHED_IDLE and tied to the tracee's CPU, a resumed tracee stays where it was, and runs at
// once, since everything preempts a SCHED_IDLE task; by the time the tracer gets the CPU again the next stop has come,
// and waitid need not sleep.
//
// A SCHED_IDLE task starves while others want its CPU, and a tracer that starves holds its tracee still. So we only go
// close to a tracee that makes nearly all stops, and leave, for longer each time, when something other than the tracee
// ran while we waited: our own time on the run queue (schedstat) less the tracee's run time is what strangers took. We
// do not go where more tasks want to run than there are CPUs; and since who starves does not get to find it out,
// another thread sees to it (starvation_guard.h). Coming back from SCHED_IDLE takes CAP_SYS_NICE or RLIMIT_NICE;
// without them we never go.

#include "tether/tracee/placement.h"

#include <unistd.h>

#include <algorithm>

#include "tether/base/clock.h"

namespace tether {

namespace {

constexpr unsigned kStopsPerLap = 16;
constexpr unsigned kStopsPerWindow = 16 * kStopsPerLap;
constexpr std::uint64_t kWindowNs = 10'000'000;
constexpr std::uint64_t kLeastPatienceNs = 100'000'000;
constexpr std::uint64_t kMostPatienceNs = 10'000'000'000;

/// Others may have this share of a window, in percent, before it counts as crowded: more than our own presenter takes.
constexpr std::uint64_t kTolerated = 40;

}  // namespace

Placement::Placement() : patience_ns_(kLeastPatienceNs) {
  const auto home = sys::allowed_cpus(Tid());
  if (!home.has_value() || !procfs::read_own_schedule_use().has_value()) return;
  home_ = *home;
  is_possible_ = sys::can_change_policy();
}

Placement::~Placement() {
  if (is_close_) return_home();
}

void Placement::on_stranger(Tid tid) {
  ++strangers_;
  if (score_ > 0) {
    score_ -= std::min(score_, 3);
    return;
  }
  favourite_ = tid;
  favourite_run_ns_.reset();
  score_ = 1;
}

/// One tracee makes the stops: is this the time to go where it is?
void Placement::consider() {
  score_ = 0;  // if we stay, we shall not think of it again at the very next stop
  const std::uint64_t now = monotonic_ns();
  if (now < not_before_ns_) return;
  const auto cpu = procfs::read_last_cpu(favourite_);
  if (!cpu.has_value() || *cpu >= home_.size() || !home_[*cpu]) return;
  if (is_crowded()) return stay_away(now);
  guard_.arm();
  if (!sys::set_policy(Tid(), sys::Policy::Idle).has_value()) return guard_.disarm();
  is_close_ = true;
  fastest_lap_ns_ = ~std::uint64_t{0};
  go_to(*cpu);
  begin_window(now);
}

void Placement::go_to(std::size_t cpu) {
  cpu_ = cpu;
  sys::CpuSet one;
  one.set(cpu);
  [[maybe_unused]] const auto moved = sys::allow_cpus(Tid(), one);  // if not, the next window tells
}

/// Whether more tasks want to run than there are CPUs, ourselves left out: we are about to wait.
bool Placement::is_crowded() const {
  const auto runnable = procfs::read_runnable_count();
  return runnable.has_value() && *runnable > static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_ONLN)) + 1;
}

void Placement::return_home() {
  is_close_ = false;
  score_ = 0;
  [[maybe_unused]] const auto normal = sys::set_policy(Tid(), sys::Policy::Normal);
  guard_.disarm();
  [[maybe_unused]] const auto free = sys::allow_cpus(Tid(), home_);
}

void Placement::leave() {
  return_home();
  stay_away(monotonic_ns());
}

void Placement::stay_away(std::uint64_t now_ns) {
  not_before_ns_ = now_ns + patience_ns_;
  patience_ns_ = std::min(patience_ns_ * 2, kMostPatienceNs);
}

void Placement::begin_window(std::uint64_t now_ns) {
  window_began_ns_ = lap_began_ns_ = now_ns;
  stops_ = strangers_ = 0;
  own_ = procfs::read_own_schedule_use().value_or(procfs::ScheduleUse());
  const auto use = procfs::read_schedule_use(favourite_);
  favourite_run_ns_ = use.has_value() ? std::optional(use->run_ns) : std::nullopt;
}

/// Close to a tracee: is it still there, and was that a good idea?
void Placement::check() {
  const std::uint64_t now = monotonic_ns();
  ++stops_;
  if (guard_.has_helped()) return leave();
  if (stops_ >= kStopsPerWindow || now - window_began_ns_ >= kWindowNs) {
    if (is_disappointed(now)) return leave();
    follow();
    begin_window(now);
  } else if (stops_ % kStopsPerLap == 0) {
    if (is_among_strangers()) return leave();
    const std::uint64_t lap_ns = now - lap_began_ns_;
    fastest_lap_ns_ = std::min(fastest_lap_ns_, lap_ns);
    lap_began_ns_ = now;
    if (lap_ns > 2 * fastest_lap_ns_) follow();
  }
}

bool Placement::is_disappointed(std::uint64_t now) const {
  if (is_among_strangers()) return true;
  const auto own = procfs::read_own_schedule_use();
  const auto favourite = procfs::read_schedule_use(favourite_);
  if (!own.has_value() || !favourite.has_value() || !favourite_run_ns_) return false;
  const std::uint64_t waited = own->wait_ns - own_.wait_ns;
  const std::uint64_t ran = favourite->run_ns - *favourite_run_ns_;
  return waited > ran && (waited - ran) * 100 > (now - window_began_ns_) * kTolerated;
}

/// The load balancer may have taken the tracee away.
void Placement::follow() {
  const auto cpu = procfs::read_last_cpu(favourite_);
  if (cpu.has_value() && *cpu != cpu_ && *cpu < home_.size() && home_[*cpu]) go_to(*cpu);
}

}  // namespace tether
