#include "tether/control/snapshot.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "tether/base/unique_fd.h"
#include "tether/control/clean_memory.h"
#include "tether/control/internal/elf_types.h"
#include "tether/control/internal/page_buffer.h"
#include "tether/control/memory_ranges.h"
#include "tether/control/state_directory.h"
#include "tether/procfs/maps.h"
#include "tether/procfs/task.h"

namespace tether {

namespace {

using View = std::span<const std::byte>;

constexpr std::size_t kReadPiece = 65536;

Error no_core(std::string_view why) {
  return {.code = ErrorCode::Malformed,
          .message = "that is no core file: " + std::string(why),
          .hint = "`tether mem diff PID --save FILE` makes one"};
}

template <class T>
std::optional<T> read_at(View bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T object;
  std::memcpy(&object, bytes.data() + offset, sizeof object);
  return object;
}

View part_of(View bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size()) return {};
  return bytes.subspan(offset, std::min<std::uint64_t>(size, bytes.size() - offset));
}

}  // namespace

template <class Elf>
Result<void> Snapshot::read_programs() {
  const auto header = read_at<typename Elf::Header>(file(), 0);
  if (!header || header->e_type != ET_CORE || header->e_phentsize != sizeof(typename Elf::Program))
    return fail(no_core("its header is of another kind of file"));
  std::uint64_t count = header->e_phnum;
  if (count == PN_XNUM) {
    const auto section = read_at<typename Elf::Section>(file(), header->e_shoff);
    if (!section) return fail(no_core("it ends early"));
    count = section->sh_info;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto program = read_at<typename Elf::Program>(file(), header->e_phoff + i * sizeof(typename Elf::Program));
    if (!program) return fail(no_core("it ends early"));
    const View contents = part_of(file(), program->p_offset, program->p_filesz);
    if (program->p_type == PT_NOTE) read_notes(contents);
    if (program->p_type == PT_LOAD && !contents.empty())
      parts_.push_back({.start = RemoteAddr(program->p_vaddr), .size = program->p_memsz, .contents = contents});
  }
  std::ranges::sort(parts_, {}, &Part::start);
  return ok();
}

void Snapshot::read_notes(View notes) {
  constexpr std::string_view kOurs("TETHER\0", 7);
  const auto padded = [](std::uint64_t size) { return (size + 3) / 4 * 4; };
  for (std::uint64_t at = 0; at < notes.size();) {
    const auto head = read_at<Elf64_Nhdr>(notes, at);
    if (!head) return;
    const View name = part_of(notes, at + sizeof *head, head->n_namesz);
    const View value = part_of(notes, at + sizeof *head + padded(head->n_namesz), head->n_descsz);
    if (std::string_view(reinterpret_cast<const char*>(name.data()), name.size()) == kOurs)
      life_.assign(reinterpret_cast<const char*>(value.data()), value.size());
    at += sizeof *head + padded(head->n_namesz) + padded(head->n_descsz);
  }
}

Result<Snapshot> Snapshot::open(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!file.is_open() || ::fstat(file.get(), &status) != 0) return fail(errno_error(errno, path));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size < EI_NIDENT) return fail(no_core("it is too short"));
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (bytes == MAP_FAILED) return fail(errno_error(errno, path));
  Snapshot snapshot(bytes, size);
  const auto* ident = static_cast<const unsigned char*>(bytes);
  if (std::memcmp(ident, ELFMAG, SELFMAG) != 0) return fail(no_core("it is no ELF file"));
  if (ident[EI_CLASS] == ELFCLASS64)
    TETHER_CHECK(snapshot.read_programs<internal::Elf64>());
  else
    TETHER_CHECK(snapshot.read_programs<internal::Elf32>());
  return snapshot;
}

Snapshot::Snapshot(Snapshot&& other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)),
      size_(other.size_),
      parts_(std::move(other.parts_)),
      life_(std::move(other.life_)) {}

Snapshot::~Snapshot() {
  if (bytes_ != nullptr) ::munmap(bytes_, size_);
}

namespace {

class Comparison {
 public:
  Comparison(Pid pid, const DifferenceOptions& options, const std::function<void(const Difference&)>& visit)
      : memory_(pid), options_(options), visit_(visit), buffer_(kReadPiece) {}

  /// `contents` of what now is one readable mapping, of which `runs` exist.
  void compare(RemoteAddr start, View contents, std::span<const procfs::PageRun> runs) {
    for (std::size_t at = 0; at < contents.size(); at += kReadPiece) {
      const View before = contents.subspan(at, std::min(kReadPiece, contents.size() - at));
      const RemoteAddr address = start + at;
      while (!runs.empty() && runs.front().end <= address) runs = runs.subspan(1);
      const bool is_there = !runs.empty() && runs.front().start < address + before.size();
      const std::span<std::byte> now = buffer_.bytes().first(before.size());
      // Anonymous memory that was never touched, or was given back, is zeros; to read it would make it exist.
      std::ranges::fill(now, std::byte{0});
      std::size_t got = now.size();
      if (is_there) got = read(address, now, runs);
      compare_piece(address, before.first(got), now.first(got));
      if (got < now.size()) gone(address + got, now.size() - got);
    }
    flush();
  }

  void gone(RemoteAddr start, std::uint64_t size) {
    flush();
    if (size != 0) visit_({.kind = Difference::Kind::Gone, .address = start, .size = size});
  }

 private:
  /// The parts of [address, address + now.size()) that exist; up to the first that should and cannot be read.
  std::size_t read(RemoteAddr address, std::span<std::byte> now, std::span<const procfs::PageRun> runs) {
    const RemoteAddr end = address + now.size();
    for (const procfs::PageRun& run : runs) {
      if (run.start >= end) break;
      const RemoteAddr from = std::max(run.start, address);
      const std::span<std::byte> room =
          now.subspan(from.value - address.value, std::min(run.end, end).value - from.value);
      const std::size_t got = memory_.read_some(from, room);
      if (got < room.size()) return from.value - address.value + got;
    }
    return now.size();
  }

  void compare_piece(RemoteAddr address, View before, View now) {
    if (std::memcmp(before.data(), now.data(), before.size()) == 0) return;
    const std::size_t width = options_.width;
    for (std::size_t at = 0; at < before.size(); at += width) {
      const std::size_t size = std::min(width, before.size() - at);
      if (std::memcmp(before.data() + at, now.data() + at, size) == 0) continue;
      if (pending_.size != 0 && pending_.address + pending_.size != address + at) flush();
      if (pending_.size == 0) pending_.address = address + at;
      pending_.size += size;
      pending_.before.insert(pending_.before.end(), before.begin() + static_cast<std::ptrdiff_t>(at),
                             before.begin() + static_cast<std::ptrdiff_t>(at + size));
      pending_.after.insert(pending_.after.end(), now.begin() + static_cast<std::ptrdiff_t>(at),
                            now.begin() + static_cast<std::ptrdiff_t>(at + size));
      if (pending_.size >= kReadPiece) flush();
    }
  }

  void flush() {
    if (pending_.size != 0) visit_(pending_);
    pending_ = {};
  }

  CleanMemory memory_;
  const DifferenceOptions& options_;
  const std::function<void(const Difference&)>& visit_;
  internal::PageBuffer buffer_;
  Difference pending_;
};

Result<void> check_life(Pid pid, const Snapshot& snapshot) {
  const std::string life = TETHER_TRY(name_of_life(pid, ""));
  if (snapshot.life().empty() || snapshot.life() == life) return ok();
  return fail({.code = ErrorCode::Malformed,
               .message = "the snapshot is of another process than " + std::to_string(pid.value) + " is now",
               .hint = "`tether mem diff PID --save FILE` makes one of this"});
}

}  // namespace

Result<void> find_differences(Pid pid, const Snapshot& snapshot, const DifferenceOptions& options,
                              const std::function<void(const Difference&)>& visit) {
  TETHER_CHECK(check_life(pid, snapshot));
  const std::vector<procfs::Mapping> maps = TETHER_TRY(procfs::read_maps(procfs::living_task_of(pid)));
  const std::vector<MemoryRange> ranges = TETHER_TRY(select_ranges(maps, {}));
  Comparison comparison(pid, options, visit);
  std::uint64_t total = 0;
  std::uint64_t done = 0;
  for (const Snapshot::Part& part : snapshot.parts()) total += part.contents.size();
  for (const Snapshot::Part& part : snapshot.parts()) {
    RemoteAddr at = part.start;
    const RemoteAddr end = part.start + part.contents.size();
    for (const MemoryRange& range : ranges) {
      if (range.end <= at || range.start >= end) continue;
      MemoryRange both = range;
      both.start = std::max(range.start, at);
      both.end = std::min(range.end, end);
      comparison.gone(at, both.start.value - at.value);
      const std::vector<procfs::PageRun> runs =
          TETHER_TRY(find_contents(procfs::living_task_of(pid), std::span(&both, 1)));
      comparison.compare(both.start, part.contents.subspan(both.start.value - part.start.value, both.size()), runs);
      at = both.end;
    }
    comparison.gone(at, end.value - at.value);
    done += part.contents.size();
    if (options.progress) options.progress(done, total);
  }
  return ok();
}

}  // namespace tether
