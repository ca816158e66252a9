#include "tether/arch/signal_frame.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/user.h>
#include <ucontext.h>

#include <bit>
#include <cstring>

#include "tether/arch/xstate_layout.h"

namespace tether {
namespace {

constexpr RemoteAddr kTop{0x7fff12345678};
constexpr RemoteAddr kTop32{0xffe12345};
const ReturnPath kPath64{.call = RemoteAddr(0x1000), .sigreturn = RemoteAddr(0x2000), .words_popped = 0};
const ReturnPath kPath32{.call = RemoteAddr(0x1000), .sigreturn = RemoteAddr(0x2000), .words_popped = 3};

std::vector<std::byte> bytes_of(std::initializer_list<unsigned> values) {
  std::vector<std::byte> bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

GeneralRegisters registers_with(const user_regs_struct& values) {
  GeneralRegisters registers;
  std::memcpy(registers.words.data(), &values, sizeof values);
  return registers;
}

template <class T>
T word_at(const SignalFrame& frame, std::size_t offset) {
  T word{};
  std::memcpy(&word, frame.bytes.data() + offset, sizeof word);
  return word;
}

/// As a handler of the C library's would see it: behind the return address.
ucontext_t context_of(const SignalFrame& frame) {
  return word_at<ucontext_t>(frame, sizeof(std::uint64_t));
}

greg_t register_of(const SignalFrame& frame, int which) {
  return context_of(frame).uc_mcontext.gregs[which];
}

TEST(ReturnPathSearch, TakesPartsFromDifferentPlaces) {
  ReturnPathSearch search;
  EXPECT_FALSE(search.look(Abi::X86_64, RemoteAddr(0x1000), bytes_of({0x90, 0x0f, 0x05, 0xc3})));
  EXPECT_FALSE(search.found(Abi::X86_64));
  EXPECT_TRUE(search.look(Abi::X86_64, RemoteAddr(0x2000), bytes_of({0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05})));
  EXPECT_EQ(search.found(Abi::X86_64)->call, RemoteAddr(0x1001));
  EXPECT_EQ(search.found(Abi::X86_64)->sigreturn, RemoteAddr(0x2000));
}

TEST(ReturnPathSearch, KnowsWhatTheVdsoOfI386Pops) {
  ReturnPathSearch search;
  EXPECT_TRUE(search.look(Abi::I386, RemoteAddr(0x1000),
                          bytes_of({0xb8, 0xad, 0, 0, 0, 0xcd, 0x80, 0xcd, 0x80, 0x5d, 0x5a, 0x59, 0xc3})));
  EXPECT_EQ(search.found(Abi::I386)->call, RemoteAddr(0x1007));
  EXPECT_EQ(search.found(Abi::I386)->words_popped, 3U);
}

TEST(SignalFrame, HasRegistersMaskAndExtendedState) {
  const std::vector<std::byte> xstate(xstate_extent(0));
  user_regs_struct values{};
  values.r15 = 15;
  values.rsp = kTop.value + 128;
  values.rip = 0x401000;
  values.orig_rax = ~0ULL;
  const auto frame = make_signal_frame(
      {.registers = registers_with(values), .signal_mask = 1U << (SIGTERM - 1), .xstate = xstate, .x87 = {}}, kTop,
      kPath64);
  ASSERT_TRUE(frame);
  const ucontext_t context = context_of(*frame);
  const sigset_t& mask = context.uc_sigmask;
  EXPECT_LE(frame->stack_pointer.value + frame->bytes.size(), kTop.value);
  EXPECT_EQ(word_at<std::uint64_t>(*frame, 0), kPath64.sigreturn.value);
  EXPECT_EQ(register_of(*frame, REG_R15), 15);
  EXPECT_EQ(register_of(*frame, REG_RIP), 0x401000);
  EXPECT_EQ(register_of(*frame, REG_RSP), static_cast<greg_t>(values.rsp));
  EXPECT_TRUE(::sigismember(&mask, SIGTERM));
  EXPECT_FALSE(::sigismember(&mask, SIGHUP));
  const auto extended_at = std::bit_cast<std::uint64_t>(context.uc_mcontext.fpregs);
  EXPECT_EQ(extended_at % 64, 0U);
  const std::size_t extended = extended_at - frame->stack_pointer.value;
  const auto description = word_at<_fpx_sw_bytes>(*frame, extended + sizeof(_fpstate) - sizeof(_fpx_sw_bytes));
  EXPECT_EQ(description.magic1, FP_XSTATE_MAGIC1);
  EXPECT_EQ(word_at<std::uint32_t>(*frame, extended + description.xstate_size), FP_XSTATE_MAGIC2);
  EXPECT_EQ(extended + description.extended_size, frame->bytes.size());
}

TEST(SignalFrame, BeginsAnInterruptedCallAgain) {
  const std::vector<std::byte> xstate(xstate_extent(0));
  user_regs_struct values{};
  values.rip = 0x401002;
  values.rax = static_cast<unsigned long long>(-512);  // ERESTARTSYS
  values.orig_rax = 7;
  const auto frame =
      make_signal_frame({.registers = registers_with(values), .xstate = xstate, .x87 = {}}, kTop, kPath64);
  ASSERT_TRUE(frame);
  EXPECT_EQ(register_of(*frame, REG_RIP), 0x401000);
  EXPECT_EQ(register_of(*frame, REG_RAX), 7);
}

TEST(SignalFrame, OfI386LeavesRoomForWhatThePathPops) {
  const std::vector<std::byte> xstate(xstate_extent(0));
  const std::vector<std::byte> x87(kX87ImageSize);
  const auto frame = make_signal_frame({.abi = Abi::I386, .xstate = xstate, .x87 = x87}, kTop32, kPath32);
  ASSERT_TRUE(frame);
  EXPECT_EQ(word_at<std::uint32_t>(*frame, 3 * sizeof(std::uint32_t)), kPath32.sigreturn.value);
}

TEST(SignalFrame, WantsAnImageWithAHeader) {
  const std::vector<std::byte> legacy(512);
  EXPECT_FALSE(make_signal_frame({.xstate = legacy, .x87 = {}}, kTop, kPath64));
}

}  // namespace
}  // namespace tether
