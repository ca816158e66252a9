#pragma once
// XstateLayout: where in the image of PTRACE_GETREGSET(NT_X86_XSTATE) each part of the extended state lies.
//
// The image has the standard (not compacted) format of XSAVE (Intel SDM vol. 1, 13.4): the legacy area of FXSAVE, a
// header, and behind them the features, each at an offset of which only the processor knows (CPUID leaf 0xD).
//
//   const XstateLayout layout = host_xstate_layout();
//   if (layout.has(XstateFeature::Avx)) … layout.offset(XstateFeature::Avx) …

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tether {

/// The numbers of the state components (Intel SDM vol. 1, 13.1).
enum class XstateFeature : std::uint8_t {
  X87 = 0,
  Sse = 1,
  Avx = 2,      ///< the high halves of ymm0…15
  Opmask = 5,   ///< k0…7
  ZmmHigh = 6,  ///< the high halves of zmm0…15
  HighZmm = 7,  ///< zmm16…31
};

struct XstateLayout {
  static constexpr std::size_t kFeatures = 8;  ///< those that registers here are made of

  struct Area {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;  ///< 0: the machine has no such feature
  };
  std::array<Area, kFeatures> areas{};
  std::size_t image_size = 0;  ///< of all that the machine may have, ours or not

  bool has(XstateFeature feature) const { return areas[static_cast<std::size_t>(feature)].size != 0; }
  std::uint32_t offset(XstateFeature feature) const { return areas[static_cast<std::size_t>(feature)].offset; }
};

/// Room for any machine's image: AMX's tiles are 8 KiB.
inline constexpr std::size_t kLargestXstate = 16 * 1024;

/// What this machine's processor and kernel have switched on (CPUID leaf 0xD and XCR0). Without XSAVE: x87 and SSE.
XstateLayout host_xstate_layout();

/// Up to which byte an image reaches whose header names the features of `in_use` (bit N: feature N).
std::size_t xstate_extent(std::uint64_t in_use);

/// Says in the header of an image that `feature` has other than its initial value, so that the kernel takes its bytes
/// (arch/x86/kernel/fpu/xstate.c, copy_uabi_to_xstate). Nothing for an image without a header.
void mark_in_use(std::span<std::byte> image, XstateFeature feature);

}  // namespace tether
