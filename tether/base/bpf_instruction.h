#pragma once
// BpfInstruction: one instruction of a classic BPF program, as seccomp(2) takes it (struct sock_filter of
// <linux/filter.h>).

#include <cstdint>

namespace tether {

struct BpfInstruction {
  std::uint16_t code = 0;
  std::uint8_t jump_true = 0;
  std::uint8_t jump_false = 0;
  std::uint32_t operand = 0;
};

}  // namespace tether
