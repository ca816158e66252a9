#pragma once
// The memory that a process needs to receive a descriptor by recvmsg(2) and SCM_RIGHTS (unix(7)), in the layout of its
// ABI.
//
//   const DescriptorMessage message(Abi::I386, address);
//   put message.bytes() at `address`; let the process call recvmsg(socket, message.header(), …); read it back
//   std::optional<Fd> received = message.parse(bytes);

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/base/ids.h"
#include "tether/base/remote_addr.h"

namespace tether {

class DescriptorMessage {
 public:
  /// For memory at `address`, which is aligned to 16.
  DescriptorMessage(Abi abi, RemoteAddr address);

  /// What has to stand there before the call.
  const std::vector<std::byte>& bytes() const { return bytes_; }
  /// The address of the struct msghdr.
  RemoteAddr header() const { return address_; }

  /// The number that the process got, out of what stands there after the call; absent if none came.
  std::optional<Fd> parse(std::span<const std::byte> received) const;

 private:
  Abi abi_;
  RemoteAddr address_;
  std::vector<std::byte> bytes_;
};

}  // namespace tether
