#include "tether/decode/internal/capture_memory.h"

#include <algorithm>

namespace tether::decode {
namespace {

std::span<char> as_chars(std::span<std::byte> bytes) {
  return {reinterpret_cast<char*>(bytes.data()), bytes.size()};
}

constexpr std::size_t kMaxProtocol = 64;
constexpr std::size_t kMaxDetails = 1024;
constexpr std::size_t kMaxInterfaceName = 16;  // IFNAMSIZ (linux/if.h)
constexpr std::size_t kMaxProcessName = 64;    // of kernel threads longer than TASK_COMM_LEN (proc(5), comm)

}  // namespace

bool CaptureMemory::was_noted(std::int32_t number, ChunkKind kind) {
  const auto end = noted_.begin() + static_cast<std::ptrdiff_t>(std::min(noted_count_, noted_.size()));
  return std::any_of(noted_.begin(), end, [&](const Noted& n) { return n.number == number && n.kind == kind; });
}

void CaptureMemory::note_fd(std::int32_t fd) {
  if (was_noted(fd, ChunkKind::FdPath) || noted_count_ >= kMaxNoted) return;
  const std::uint64_t key = static_cast<std::uint64_t>(std::int64_t{fd});
  const std::span<std::byte> room = record_.begin_chunk(ChunkKind::FdPath, key, 4096);
  const std::size_t length = source_.read_fd_link(Fd(fd), as_chars(room));
  noted_[noted_count_++ % noted_.size()] = {fd, ChunkKind::FdPath, {}};
  if (length == 0) return;
  std::array<char, kMaxDetails> details;
  const std::string_view link(as_chars(room).data(), length);
  const std::size_t size = fd_details_ ? source_.read_fd_details(Fd(fd), link, details) : 0;
  record_.end_chunk(length);
  if (size != 0) record_.add_chunk(ChunkKind::FdDetails, key, std::as_bytes(std::span(details).first(size)));
}

void CaptureMemory::note_interface(std::uint32_t index) {
  const auto number = static_cast<std::int32_t>(index);
  if (was_noted(number, ChunkKind::Interface) || noted_count_ >= kMaxNoted) return;
  const std::span<std::byte> room = record_.begin_chunk(ChunkKind::Interface, index, kMaxInterfaceName);
  const std::size_t length = source_.read_interface_name(index, as_chars(room));
  noted_[noted_count_++ % noted_.size()] = {number, ChunkKind::Interface, {}};
  if (length != 0) record_.end_chunk(length);
}

void CaptureMemory::note_process(std::int32_t pid) {
  if (was_noted(pid, ChunkKind::ProcessName) || noted_count_ >= kMaxNoted) return;
  const auto key = static_cast<std::uint64_t>(pid);
  const std::span<std::byte> room = record_.begin_chunk(ChunkKind::ProcessName, key, kMaxProcessName);
  const std::size_t length = source_.read_process_name(Pid(pid), as_chars(room));
  noted_[noted_count_++ % noted_.size()] = {pid, ChunkKind::ProcessName, {}};
  if (length != 0) record_.end_chunk(length);
}

std::string_view CaptureMemory::fd_protocol(std::int32_t fd) {
  const auto text_of = [this](Bytes b) { return std::string_view(reinterpret_cast<const char*>(at(b)), b.size); };
  for (const Noted& noted : std::span(noted_).first(std::min(noted_count_, noted_.size())))
    if (noted.number == fd && noted.kind == ChunkKind::FdProtocol) return text_of(noted.text);
  if (noted_count_ >= kMaxNoted) return {};
  const std::uint64_t key = static_cast<std::uint64_t>(std::int64_t{fd});
  const std::span<std::byte> room = record_.begin_chunk(ChunkKind::FdProtocol, key, kMaxProtocol);
  const std::size_t length = source_.read_fd_protocol(Fd(fd), as_chars(room));
  const auto offset = static_cast<std::size_t>(room.data() - record_.bytes_so_far().data());
  if (length != 0) record_.end_chunk(length);
  noted_[noted_count_++ % noted_.size()] = {fd, ChunkKind::FdProtocol, {offset, length}};
  return text_of({offset, length});
}

}  // namespace tether::decode
