#include "tether/control/debug_address_registers.h"

#include <gtest/gtest.h>

namespace tether {
namespace {

// Intel SDM vol. 3, 17.2.4: L0, L1, … at bits 0, 2, …; R/Wn and LENn in four bits from bit 16 on.
TEST(DebugControl, EnablesWhatIsThere) {
  EXPECT_EQ(debug_control({}), 0u);
  DebugAddresses addresses;
  addresses[0] = DebugAddress{.address = RemoteAddr(0x1000)};
  EXPECT_EQ(debug_control(addresses), 0x1u);
  addresses[1] = DebugAddress{.address = RemoteAddr(0x2000), .access = DebugAccess::Write, .size = 4};
  EXPECT_EQ(debug_control(addresses), 0x00d0'0005u);
  addresses[3] = DebugAddress{.address = RemoteAddr(0x3000), .access = DebugAccess::ReadOrWrite, .size = 8};
  EXPECT_EQ(debug_control(addresses), 0xb0d0'0045u);
}

}  // namespace
}  // namespace tether
