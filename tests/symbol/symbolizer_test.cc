// Names and addresses of live tracees.

#include "tether/symbol/symbolizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "tests/support/tracee_process.h"
#include "tether/symbol/value_expression.h"
#include "tether/sys/process_memory.h"

namespace tether {
namespace {

using symbol::FoundSymbol;
using symbol::Location;
using symbol::Symbolizer;
using testing::Bits;
using testing::TraceeProcess;

class SymbolizerOfTracee : public ::testing::TestWithParam<Bits> {
 protected:
  void SetUp() override {
    const std::string reason = testing::reason_not_runnable(GetParam());
    if (!reason.empty()) GTEST_SKIP() << reason;
    tracee_ = std::make_unique<TraceeProcess>(TraceeProcess::start({"call_chain", "plain", "1"}, GetParam()));
    ASSERT_EQ(tracee_->read_line(), "ready");
    auto opened = Symbolizer::open(Pid(tracee_->pid()), std::make_unique<sys::ProcessMemory>(Tid(tracee_->pid())));
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    symbolizer_ = std::make_unique<Symbolizer>(std::move(*opened));
  }
  std::unique_ptr<TraceeProcess> tracee_;
  std::unique_ptr<Symbolizer> symbolizer_;
};

TEST_P(SymbolizerOfTracee, FindsAVariableWhoseValueIsKnown) {
  const auto found = symbolizer_->find_symbol("call_chain:call_chain_counter");
  // The 32-bit program's file is called call_chain.32.
  const auto counter = found.has_value() ? found : symbolizer_->find_symbol("call_chain_counter");
  ASSERT_TRUE(counter.has_value()) << counter.error().message;
  EXPECT_EQ(counter->kind, FoundSymbol::Kind::Object);
  EXPECT_EQ(counter->size, 4u);
  std::int32_t value = 0;
  ASSERT_TRUE(sys::ProcessMemory(Tid(tracee_->pid()))
                  .read_exactly(counter->address, std::as_writable_bytes(std::span(&value, 1))));
  EXPECT_EQ(value, 7);
}

TEST_P(SymbolizerOfTracee, ThereAndBack) {
  for (const char* name : {"outer", "libc:getpid", "libc:fopen"}) {
    const auto found = symbolizer_->find_symbol(name);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    const Location at = symbolizer_->locate(found->address + 1, Symbolizer::Detail::Symbol);
    EXPECT_EQ(at.symbol_offset, 1u) << name;
    EXPECT_EQ(at.module, found->module);
    const auto again = symbolizer_->find_symbol(at.module + ":" + at.symbol);
    ASSERT_TRUE(again.has_value()) << at.symbol;
    EXPECT_EQ(again->address, found->address);
  }
}

TEST_P(SymbolizerOfTracee, TheVdsoHasSymbols) {
  const char* name = GetParam() == Bits::B64 ? "[vdso]:__vdso_clock_gettime" : "[vdso]:__kernel_vsyscall";
  const auto found = symbolizer_->find_symbol(name);
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->module, "[vdso]");
}

TEST_P(SymbolizerOfTracee, LinesThereAndBack) {
  const auto outer = symbolizer_->find_symbol("outer");
  ASSERT_TRUE(outer.has_value());
  const Location at = symbolizer_->locate(outer->address, Symbolizer::Detail::Lines);
  ASSERT_FALSE(at.source.empty());
  EXPECT_EQ(at.source.back().function, "outer");
  EXPECT_TRUE(at.source.back().file.ends_with("call_chain.c"));
  const auto addresses = symbolizer_->find_line("call_chain.c", at.source.back().line);
  ASSERT_TRUE(addresses.has_value()) << addresses.error().message;
  EXPECT_NE(std::ranges::find(*addresses, outer->address), addresses->end());
}

TEST_P(SymbolizerOfTracee, ALineIsFoundThatBeginsWithWhatIsNoStatement) {
  constexpr std::uint32_t kLine = 90'000;
  auto addresses = symbolizer_->find_line("tracee.h", kLine);  // file 1 of the compiler's list
  if (!addresses.has_value()) addresses = symbolizer_->find_line("call_chain.c", kLine);
  ASSERT_TRUE(addresses.has_value()) << addresses.error().message;
  EXPECT_EQ(*addresses, std::vector{symbolizer_->find_symbol("late_statement_at")->address});
}

TEST_P(SymbolizerOfTracee, AnInlinedFunctionIsAFrameOfItsOwn) {
  const auto last = symbolizer_->find_symbol("last_step");
  ASSERT_TRUE(last.has_value());
  bool is_found = false;
  for (std::uint64_t offset = 0; offset < last->size; ++offset) {
    const Location at = symbolizer_->locate(last->address + offset, Symbolizer::Detail::Lines);
    if (at.source.size() != 2) continue;
    is_found = true;
    EXPECT_EQ(at.source[0].function, "inlined_step");
    EXPECT_TRUE(at.source[0].is_inlined);
    EXPECT_EQ(at.source[1].function, "last_step");
    EXPECT_FALSE(at.source[1].is_inlined);
    EXPECT_GT(at.source[1].line, at.source[0].line);
  }
  EXPECT_TRUE(is_found);
}

TEST_P(SymbolizerOfTracee, AnIndirectFunctionIsResolvedOrSaidToBeOne) {
  const auto found = symbolizer_->find_symbol("libc:strlen");
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->kind, FoundSymbol::Kind::IndirectFunction);
  if (!found->is_resolved) return;
  const Location chosen = symbolizer_->locate(found->address, Symbolizer::Detail::Symbol);
  EXPECT_TRUE(chosen.module.starts_with("libc")) << chosen.module;
}

TEST_P(SymbolizerOfTracee, WhatIsNotThereIsSaid) {
  EXPECT_EQ(symbolizer_->find_symbol("call_chain_countre").error().code, ErrorCode::NotFound);
  EXPECT_NE(symbolizer_->find_symbol("call_chain_countre").error().message.find("did you mean 'call_chain_counter'?"),
            std::string::npos);
  EXPECT_NE(symbolizer_->find_symbol("libx:malloc").error().message.find("no module 'libx'"), std::string::npos);
  EXPECT_EQ(symbolizer_->find_line("nowhere.c", 3).error().code, ErrorCode::NotFound);
  EXPECT_EQ(symbolizer_->find_line("call_chain.c", 100'000).error().code, ErrorCode::NotFound);
  EXPECT_EQ(symbolizer_->find_line("call_chain.c", 0).error().code, ErrorCode::Malformed);
  const Location nowhere = symbolizer_->locate(RemoteAddr(1), Symbolizer::Detail::Lines);
  EXPECT_TRUE(nowhere.module.empty() && nowhere.symbol.empty() && nowhere.source.empty());
  EXPECT_EQ(nowhere.text(), "0x1");
}

TEST_P(SymbolizerOfTracee, ExpressionsSeeItsNamesAndMemory) {
  sys::ProcessMemory memory(Tid(tracee_->pid()));
  const auto names = symbol::names_of(*symbolizer_);
  const auto value = [&](std::string_view text) {
    const auto number = symbol::ValueExpression::parse(text)->evaluate(
        {.registers = nullptr, .abi = symbolizer_->abi(), .memory = &memory, .names = names.get()});
    EXPECT_TRUE(number.has_value()) << number.error().message;
    return number.has_value() ? number->bits : 0;
  };
  EXPECT_EQ(value("i32[call_chain_counter]"), 7u);
  EXPECT_EQ(value("i32[call_chain_counter] == 7 && [stack] != 0"), 1u);
  EXPECT_EQ(value("u32[libc]"), 0x464c457fu);  // "\x7fELF"
  EXPECT_EQ(value("u32[libc.so.6]"), 0x464c457fu);
  EXPECT_EQ(value("u32[[vdso]]"), 0x464c457fu);
}

TEST_P(SymbolizerOfTracee, RefreshingKeepsWhatStillHolds) {
  const auto before = symbolizer_->find_symbol("outer");
  ASSERT_TRUE(symbolizer_->refresh().has_value());
  const auto after = symbolizer_->find_symbol("outer");
  ASSERT_TRUE(before.has_value() && after.has_value());
  EXPECT_EQ(before->address, after->address);
  EXPECT_EQ(symbolizer_->abi(), GetParam() == Bits::B64 ? Abi::X86_64 : Abi::I386);
}

INSTANTIATE_TEST_SUITE_P(Widths, SymbolizerOfTracee, ::testing::Values(Bits::B64, Bits::B32));

TEST(Symbolizer, VersionsTellSymbolsOfOneNameApart) {
  TraceeProcess tracee = TraceeProcess::start({"call_chain", "plain", "1"}, Bits::B64);
  ASSERT_EQ(tracee.read_line(), "ready");
  auto opened = Symbolizer::open(Pid(tracee.pid()), std::make_unique<sys::ProcessMemory>(Tid(tracee.pid())));
  ASSERT_TRUE(opened.has_value());
  // glibc has had two memcpys on x86-64 since 2.14.
  const auto old_one = opened->find_symbol("libc:memcpy@GLIBC_2.2.5");
  const auto new_one = opened->find_symbol("libc:memcpy@GLIBC_2.14");
  if (!old_one.has_value() && !new_one.has_value()) GTEST_SKIP() << "this C library is not glibc";
  ASSERT_TRUE(old_one.has_value() && new_one.has_value());
  EXPECT_EQ(old_one->version, "GLIBC_2.2.5");
  EXPECT_EQ(new_one->version, "GLIBC_2.14");
  EXPECT_FALSE(old_one->is_default);
  EXPECT_TRUE(new_one->is_default);
  EXPECT_EQ(opened->find_symbol("libc:memcpy")->address, new_one->address);
  EXPECT_FALSE(opened->find_symbol("libc:memcpy@GLIBC_9").has_value());
}

}  // namespace
}  // namespace tether
