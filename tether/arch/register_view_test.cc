#include "tether/arch/register_view.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/user.h>

#include <cmath>
#include <cstring>
#include <string>

#include "tether/arch/register_catalog.h"

namespace tether {
namespace {

/// A machine with everything, laid out as no real one is.
constexpr XstateLayout layout() {
  XstateLayout made;
  made.areas[0] = {0, 160};
  made.areas[1] = {160, 256};
  made.areas[2] = {1024, 256};
  made.areas[5] = {1400, 64};
  made.areas[6] = {1472, 512};
  made.areas[7] = {2048, 1024};
  made.image_size = 3072;
  return made;
}

class RegisterViews : public ::testing::Test {
 protected:
  RegisterViews() {
    user_regs_struct user = {};
    user.rax = 0x1122334455667788;
    user.rip = 0x401000;
    user.eflags = 0x246;
    std::memcpy(image_.general.words.data(), &user, sizeof user);
    image_.xstate.resize(layout().image_size);
    for (std::size_t i = 0; i < image_.xstate.size(); ++i) image_.xstate[i] = static_cast<std::byte>(i * 7);
    put(160, 1.5F);
    put(164, -2.0F);
    put(168, INFINITY);
    put(172, 0.1F);
    const long double pi = 3.25L;
    std::memcpy(&image_.xstate[32], &pi, 10);
    for (int i = 0; i < 8; ++i) image_.debug[static_cast<std::size_t>(i)] = 0x10u * static_cast<unsigned>(i);
  }

  template <class T>
  void put(std::size_t at, T value) {
    std::memcpy(&image_.xstate[at], &value, sizeof value);
  }
  std::string show(std::string_view text) {
    const auto view = parse_register_view(catalog_, text);
    return view.has_value() ? format_view(*view, image_) : view.error().message;
  }
  /// The register after the assignment, or why there is none.
  std::string set(std::string_view word, const ResolveValue& resolve = {}) {
    const auto assignment = parse_register_assignment(catalog_, word);
    if (!assignment.has_value()) return assignment.error().message;
    const auto bytes = evaluate(*assignment, image_, resolve);
    return bytes.has_value() ? hex_text(*bytes) : bytes.error().message;
  }

  RegisterCatalog catalog_ = RegisterCatalog::make(Abi::X86_64, layout());
  RegisterImage image_;
};

TEST_F(RegisterViews, ShowPartsLanesAndFlags) {
  EXPECT_EQ(show("rax"), "0x1122334455667788");
  EXPECT_EQ(show("RAX"), "0x1122334455667788");
  EXPECT_EQ(show("eax"), "0x55667788");
  EXPECT_EQ(show("ah"), "0x77");
  EXPECT_EQ(show("rax.u8"), "{136, 119, 102, 85, 68, 51, 34, 17}");
  EXPECT_EQ(show("al.i8"), "-120");
  EXPECT_EQ(show("rax.i32[0]"), "1432778632");
  EXPECT_EQ(show("eflags"), "0x00000246 [PF ZF IF]");
  EXPECT_EQ(show("eflags.zf"), "1");
  EXPECT_EQ(show("rflags.CF"), "0");
  EXPECT_EQ(show("xmm0.f32"), "{1.5, -2, inf, 0.1}");
  EXPECT_EQ(show("xmm0.f32[1]"), "-2");
  EXPECT_EQ(show("st0"), "3.25");
  EXPECT_EQ(show("dr7"), "0x0000000000000070");
}

TEST_F(RegisterViews, FindThePiecesOfVectors) {
  const auto byte_at = [](std::size_t at) { return std::to_string(at * 7 % 256); };
  EXPECT_EQ(show("ymm3.u8[15]"), byte_at(160 + 3 * 16 + 15));
  EXPECT_EQ(show("ymm3.u8[16]"), byte_at(1024 + 3 * 16));
  EXPECT_EQ(show("zmm3.u8[31]"), byte_at(1024 + 3 * 16 + 15));
  EXPECT_EQ(show("zmm3.u8[32]"), byte_at(1472 + 3 * 32));
  EXPECT_EQ(show("zmm20.u8[63]"), byte_at(2048 + 4 * 64 + 63));
  EXPECT_EQ(show("k2.u8[0]"), byte_at(1400 + 2 * 8));
}

TEST_F(RegisterViews, AreRefusedWithTheReason) {
  EXPECT_EQ(show("raz"), "'raz' is no register of x86_64: did you mean 'rax'?");
  EXPECT_EQ(show("rax.f80"), "'rax' cannot be cut into f80: it has 8 bytes");
  EXPECT_EQ(show("xmm0.f32[4]"), "xmm0.f32 has no value 4");
  EXPECT_EQ(show("xmm0.f32[x]"), "'x' is no index");
  EXPECT_EQ(show("xmm0.f32[1"), "'xmm0.f32[1' lacks a ]");
  EXPECT_EQ(show("rax.zf"), "'zf' is neither a type nor a flag of rax");
  EXPECT_EQ(show(""), "'' is no register of x86_64");
}

TEST_F(RegisterViews, TakeValues) {
  EXPECT_EQ(set("rax=1"), "0x0000000000000001");
  EXPECT_EQ(set("rax=-1"), "0xffffffffffffffff");
  EXPECT_EQ(set("rax+=0x10"), "0x1122334455667798");
  EXPECT_EQ(set("al=0xff"), "0x11223344556677ff");
  EXPECT_EQ(set("ah-=1"), "0x1122334455667688");
  EXPECT_EQ(set("eflags+=TF|df"), "0x00000746");
  EXPECT_EQ(set("eflags-=ZF"), "0x00000206");
  EXPECT_EQ(set("eflags.cf=1"), "0x00000247");
  EXPECT_EQ(set("xmm0.f32[2]=3.5"), "0x3dcccccd40600000c00000003fc00000");
  EXPECT_EQ(set("xmm0.u64=1,2"), "0x00000000000000020000000000000001");
  EXPECT_EQ(set("xmm0=0x10"), "0x00000000000000000000000000000010");
  EXPECT_EQ(set("st0=3.5"), "0x4000e000000000000000");
  EXPECT_EQ(set("rip=main", [](std::string_view) -> Result<std::uint64_t> { return 0x1234; }), "0x0000000000001234");
}

TEST_F(RegisterViews, RefuseValuesThatDoNotFit) {
  EXPECT_EQ(set("al=256"), "'256' is no value for al");
  EXPECT_EQ(set("al=-129"), "'-129' is no value for al");
  EXPECT_EQ(set("rax=18446744073709551616"), "'18446744073709551616' is no value for rax");
  EXPECT_EQ(set("rax="), "'' is no value for rax");
  EXPECT_EQ(set("rax=12x"), "'12x' is no value for rax");
  EXPECT_EQ(set("eflags+=XF"), "'XF' is no value for eflags");
  EXPECT_EQ(set("eflags.zf=2"), "'2' is no value for eflags.zf");
  EXPECT_EQ(set("xmm0.f32=1,2,3"), "'1,2,3' is no value for xmm0.f32");
  EXPECT_EQ(set("xmm0=0x100000000000000000000000000000000"),
            "'0x100000000000000000000000000000000' is no value for xmm0");
  EXPECT_EQ(set("st0=abc"), "'abc' is no value for st0");
  EXPECT_EQ(set("=1"), "'=1' is no NAME=VALUE");
}

TEST_F(RegisterViews, StoreMarksTheFeaturesInUse) {
  std::memset(&image_.xstate[512], 0, 8);
  store(image_, *catalog_.find("zmm1"), std::vector<std::byte>(64, std::byte{0xaa}));
  EXPECT_EQ(show("zmm1.u8[63]"), "170");
  EXPECT_EQ(show("xmm1.u8[0]"), "170");
  std::uint64_t in_use = 0;
  std::memcpy(&in_use, &image_.xstate[512], sizeof in_use);
  EXPECT_EQ(in_use, 1u << 1 | 1u << 2 | 1u << 6);
}

TEST(RegisterCatalog, OfI386HasItsNames) {
  const RegisterCatalog catalog = RegisterCatalog::make(Abi::I386, layout());
  for (const char* name : {"eax", "eip", "orig_eax", "xmm7", "ymm7", "zmm7", "k7", "st7", "dr7", "gs"})
    EXPECT_NE(catalog.find(name), nullptr) << name;
  for (const char* name : {"rax", "xmm8", "ymm8", "zmm16", "fs_base"}) EXPECT_EQ(catalog.find(name), nullptr) << name;
  EXPECT_NE(catalog.find_part("ax"), nullptr);
  EXPECT_EQ(catalog.find_part("sil"), nullptr);
}

TEST(RegisterCatalog, WithoutAvxHasNoYmm) {
  XstateLayout old;
  old.areas[0] = {0, 160};
  old.areas[1] = {160, 256};
  const RegisterCatalog catalog = RegisterCatalog::make(Abi::X86_64, old);
  EXPECT_NE(catalog.find("xmm15"), nullptr);
  EXPECT_EQ(catalog.find("ymm0"), nullptr);
  EXPECT_EQ(catalog.find("zmm0"), nullptr);
  EXPECT_EQ(catalog.find("k0"), nullptr);
}

TEST(XstateLayout, OfThisMachineHasTheLegacyAreaWhereTheHeaderSays) {
  const XstateLayout host = host_xstate_layout();
  EXPECT_EQ(host.offset(XstateFeature::Sse), offsetof(_fpstate, _xmm));
  if (host.has(XstateFeature::Avx)) {
    EXPECT_EQ(host.offset(XstateFeature::Avx), offsetof(_xstate, ymmh));
  }
}

}  // namespace
}  // namespace tether
