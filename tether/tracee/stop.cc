#include "tether/tracee/stop.h"

#include <type_traits>

#include "tether/sys/process_memory.h"

namespace tether {

Result<GeneralRegisters> Stop::registers() const {
  GeneralRegisters registers;
  TETHER_CHECK(sys::general_registers(tid_, registers.words));
  return registers;
}

Result<void> Stop::set_registers(const GeneralRegisters& registers) {
  return sys::set_general_registers(tid_, registers.words);
}

std::size_t Stop::read_memory(RemoteAddr addr, std::span<std::byte> out) const {
  return sys::read_process_memory(tid_, addr, out);
}

Result<SigInfoBytes> SignalDeliveryStop::info() const {
  SigInfoBytes bytes;
  TETHER_CHECK(sys::signal_info(tid(), bytes));
  return bytes;
}

Result<void> SignalDeliveryStop::set_info(const SigInfoBytes& info) {
  return sys::set_signal_info(tid(), info);
}

Tid tid_of(const AnyStop& stop) {
  return std::visit([](const Stop& s) { return s.tid(); }, stop);
}

Result<void> go_on(AnyStop&& stop, Until until) {
  if (auto* signal = std::get_if<SignalDeliveryStop>(&stop)) return std::move(*signal).deliver(until);
  if (auto* group = std::get_if<GroupStop>(&stop)) return std::move(*group).listen();
  return std::visit(
      [until](auto& s) -> Result<void> {
        if constexpr (std::is_base_of_v<PlainStop, std::remove_reference_t<decltype(s)>>)
          return std::move(s).run(until);
        else
          return ok();
      },
      stop);
}

Result<void> detach(AnyStop&& stop) {
  return std::visit([](auto& s) { return std::move(s).detach(); }, stop);
}

}  // namespace tether
