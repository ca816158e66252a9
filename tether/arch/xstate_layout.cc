#include "tether/arch/xstate_layout.h"

#include <asm/sigcontext.h>
#include <cpuid.h>

#include <algorithm>
#include <cstring>

namespace tether {

namespace {

constexpr unsigned kXsaveLeaf = 0xd;  // Intel SDM vol. 2, CPUID

/// XGETBV of XCR0: which features the kernel has switched on.
std::uint64_t read_xcr0() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t{high} << 32 | low;
}

bool kernel_uses_xsave() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_OSXSAVE) != 0;
}

}  // namespace

XstateLayout host_xstate_layout() {
  XstateLayout layout;
  layout.areas[static_cast<std::size_t>(XstateFeature::X87)] = {0, offsetof(_fpstate_64, xmm_space)};
  layout.areas[static_cast<std::size_t>(XstateFeature::Sse)] = {offsetof(_fpstate_64, xmm_space),
                                                                sizeof(_fpstate_64::xmm_space)};
  layout.image_size = sizeof(_fpstate_64);
  if (!kernel_uses_xsave()) return layout;
  const std::uint64_t enabled = read_xcr0();
  unsigned size = 0;
  unsigned offset = 0;
  unsigned of_all = 0;
  unsigned d = 0;
  __get_cpuid_count(kXsaveLeaf, 0, &size, &offset, &of_all, &d);
  layout.image_size = of_all;
  for (unsigned feature = 2; feature < XstateLayout::kFeatures; ++feature) {
    if ((enabled >> feature & 1) == 0) continue;
    unsigned c = 0;
    __get_cpuid_count(kXsaveLeaf, feature, &size, &offset, &c, &d);
    layout.areas[feature] = {offset, size};
  }
  return layout;
}

std::size_t xstate_extent(std::uint64_t in_use) {
  std::size_t extent = offsetof(_xstate, ymmh);
  if (!kernel_uses_xsave()) return extent;
  for (unsigned feature = 2; feature < 64; ++feature) {
    if ((in_use >> feature & 1) == 0) continue;
    unsigned size = 0;
    unsigned offset = 0;
    unsigned c = 0;
    unsigned d = 0;
    __get_cpuid_count(kXsaveLeaf, feature, &size, &offset, &c, &d);
    extent = std::max<std::size_t>(extent, std::size_t{offset} + size);
  }
  return extent;
}

void mark_in_use(std::span<std::byte> image, XstateFeature feature) {
  constexpr std::size_t at = offsetof(_xstate, xstate_hdr);
  std::uint64_t in_use = 0;
  if (image.size() < at + sizeof in_use) return;
  std::memcpy(&in_use, image.data() + at, sizeof in_use);
  in_use |= std::uint64_t{1} << static_cast<unsigned>(feature);
  std::memcpy(image.data() + at, &in_use, sizeof in_use);
}

}  // namespace tether
