#include "tether/base/signal_name.h"

#include <gtest/gtest.h>

#include <csignal>

namespace tether {
namespace {

TEST(SignalName, NamesEverySignal) {
  for (int number = 1; number <= 64; ++number) EXPECT_FALSE(find_signal_name(Signal(number)).empty()) << number;
  EXPECT_EQ(find_signal_name(Signal(SIGHUP)), "SIGHUP");
  EXPECT_EQ(find_signal_name(Signal(SIGSYS)), "SIGSYS");
  EXPECT_EQ(find_signal_name(Signal(SIGIO)), "SIGIO");
}

TEST(SignalName, RealTimeSignalsAreCountedFromTheKernelsFirst) {
  EXPECT_EQ(find_signal_name(Signal(32)), "SIGRTMIN");
  EXPECT_EQ(find_signal_name(Signal(33)), "SIGRT_1");
  EXPECT_EQ(find_signal_name(Signal(64)), "SIGRT_32");
}

TEST(SignalName, WhatIsNoSignalHasNoName) {
  for (const int number : {-1, 0, 65, 1 << 30}) EXPECT_EQ(find_signal_name(Signal(number)), "");
}

}  // namespace
}  // namespace tether
