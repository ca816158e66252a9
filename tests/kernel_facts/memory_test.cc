// Reading another process's memory, and naming its sockets, from outside.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "tests/kernel_facts/child.h"

namespace tether::facts {
namespace {

/// Two pages of which the second is gone; mapped before the fork, so that the child has it at the same place.
class Edge {
 public:
  Edge() : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    start_ = static_cast<char*>(::mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::munmap(start_ + page_, page_);
    std::fill(start_, start_ + page_, 'A');
  }
  ~Edge() { ::munmap(start_, page_); }
  char* end() const { return start_ + page_; }

 private:
  std::size_t page_;
  char* start_;
};

int sleep_for_ever() {
  for (;;) ::pause();
  return 0;
}

TEST(Memory, AReadAcrossTheEdgeOfAMappingIsShort) {
  const Edge edge;
  Child child(sleep_for_ever);
  std::vector<char> buffer(300);
  const iovec local = {buffer.data(), buffer.size()}, remote = {edge.end() - 100, buffer.size()};
  EXPECT_EQ(::process_vm_readv(child.pid(), &local, 1, &remote, 1, 0), 100);
  EXPECT_EQ(std::string(buffer.begin(), buffer.begin() + 100), std::string(100, 'A'));
}

TEST(Memory, ABadAddressFailsWithEfault) {
  const Edge edge;
  Child child(sleep_for_ever);
  char c;
  const iovec local = {&c, 1}, remote = {edge.end(), 1};
  EXPECT_EQ(::process_vm_readv(child.pid(), &local, 1, &remote, 1, 0), -1);
  EXPECT_EQ(errno, EFAULT);
}

TEST(Memory, ABatchEndsAtItsFirstBadPiece) {
  const Edge edge;
  Child child(sleep_for_ever);
  std::array<char, 30> buffer;
  const iovec local = {buffer.data(), buffer.size()};
  const iovec remote[] = {{edge.end() - 10, 10}, {edge.end(), 10}, {edge.end() - 10, 10}};
  EXPECT_EQ(::process_vm_readv(child.pid(), &local, 1, remote, 3, 0), 10);
}

TEST(Memory, SocketsNameTheirProtocolInAnExtendedAttribute) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  char name[64];
  const ssize_t size = ::getxattr(path.c_str(), "system.sockprotoname", name, sizeof name);
  ::close(fd);
  ASSERT_GT(size, 0) << "errno " << errno;
  EXPECT_TRUE(std::string_view(name) == "UNIX-STREAM" || std::string_view(name) == "UNIX") << name;  // before Linux 5.15
}

}  // namespace
}  // namespace tether::facts
