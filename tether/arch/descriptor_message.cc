// The headers of the machine that we are built for have only its own layout; that of i386 is include/net/compat.h's
// (struct compat_msghdr, compat_cmsghdr) and include/linux/compat.h's (compat_iovec), which no header exports.

#include "tether/arch/descriptor_message.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>
#include <cstring>

namespace tether {

namespace {

template <class W>
struct Layout {
  using Word = W;
  struct Header {
    Word name;
    std::uint32_t name_length;
    Word vectors;
    Word vector_count;
    Word control;
    Word control_length;
    std::uint32_t flags;
  };
  struct ControlHeader {
    Word length;
    std::int32_t level;
    std::int32_t type;
  };
};
using NativeLayout = Layout<std::uint64_t>;
using CompatLayout = Layout<std::uint32_t>;
static_assert(sizeof(NativeLayout::Header) == sizeof(msghdr));
static_assert(offsetof(NativeLayout::Header, control_length) == offsetof(msghdr, msg_controllen));
static_assert(sizeof(NativeLayout::ControlHeader) == sizeof(cmsghdr));

/// All that one call needs, one behind the other.
template <class L>
struct Block {
  struct Vector {
    typename L::Word base;
    typename L::Word length;
  };
  typename L::Header header;
  Vector vector;
  std::uint64_t payload;  // a message must have at least one byte
  typename L::ControlHeader control;
  std::int32_t descriptor;
  std::int32_t padding;  // CMSG_SPACE
};

template <class L>
std::vector<std::byte> make_block(RemoteAddr address) {
  using Word = typename L::Word;
  using Whole = Block<L>;
  const auto at = [&](std::size_t offset) { return static_cast<Word>(address.value + offset); };
  Whole block{};
  block.header.vectors = at(offsetof(Whole, vector));
  block.header.vector_count = 1;
  block.header.control = at(offsetof(Whole, control));
  block.header.control_length = sizeof block.control + sizeof block.descriptor + sizeof block.padding;
  block.vector = {.base = at(offsetof(Whole, payload)), .length = 1};
  std::vector<std::byte> bytes(sizeof block);
  std::memcpy(bytes.data(), &block, sizeof block);
  return bytes;
}

template <class L>
std::optional<Fd> parse_block(std::span<const std::byte> received) {
  Block<L> block;
  if (received.size() < sizeof block) return std::nullopt;
  std::memcpy(&block, received.data(), sizeof block);
  const bool is_descriptor = block.control.level == SOL_SOCKET && block.control.type == SCM_RIGHTS &&
                             block.control.length == sizeof block.control + sizeof block.descriptor;
  return is_descriptor ? std::optional(Fd(block.descriptor)) : std::nullopt;
}

}  // namespace

DescriptorMessage::DescriptorMessage(Abi abi, RemoteAddr address)
    : abi_(abi),
      address_(address),
      bytes_(abi == Abi::X86_64 ? make_block<NativeLayout>(address) : make_block<CompatLayout>(address)) {}

std::optional<Fd> DescriptorMessage::parse(std::span<const std::byte> received) const {
  return abi_ == Abi::X86_64 ? parse_block<NativeLayout>(received) : parse_block<CompatLayout>(received);
}

}  // namespace tether
