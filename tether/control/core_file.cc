#include "tether/control/core_file.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "tether/arch/page.h"
#include "tether/base/round_up.h"
#include "tether/base/unique_fd.h"
#include "tether/control/clean_memory.h"
#include "tether/control/internal/core_notes.h"
#include "tether/control/internal/elf_types.h"
#include "tether/control/internal/page_buffer.h"
#include "tether/control/memory_ranges.h"
#include "tether/control/state_directory.h"
#include "tether/procfs/maps.h"
#include "tether/procfs/task.h"
#include "tether/procfs/word_size.h"

namespace tether {

namespace {

using Clock = std::chrono::steady_clock;
using procfs::Mapping;

constexpr std::size_t kCopyPiece = 1 << 20;

/// A file that has its name only once it is whole.
class NewFile {
 public:
  static Result<NewFile> create(const std::string& path) {
    struct stat there;
    if (::lstat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode))
      return fail({.code = ErrorCode::Unsupported,
                   .message = path + " is there already, and is no regular file: it would be replaced by one",
                   .hint = "give the name of a new file, or of a file that may be replaced"});
    std::string temporary = path + ".XXXXXX";
    UniqueFd file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.is_open()) return fail(errno_error(errno, temporary));
    return NewFile(path, std::move(temporary), std::move(file));
  }
  NewFile(NewFile&& other) noexcept
      : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})), file_(std::move(other.file_)) {}
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return fail(errno_error(errno, temporary_));
      offset += static_cast<std::uint64_t>(put);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return ok();
  }

  Result<void> finish(std::uint64_t size) {
    if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0)
      return fail(errno_error(errno, path_));
    temporary_.clear();
    return ok();
  }

 private:
  NewFile(std::string path, std::string temporary, UniqueFd file)
      : path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)) {}
  std::string path_;
  std::string temporary_;
  UniqueFd file_;
};

/// Memory that is to be in the file, and where.
struct Segment {
  MemoryRange range;
  std::uint32_t flags = 0;   ///< PF_*
  bool has_contents = true;  ///< else only its place in the address space is said
  std::uint64_t offset = 0;
};

bool is_zero(std::span<const std::byte> bytes) {
  return bytes.empty() ||
         (bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

class MemoryCopier {
 public:
  MemoryCopier(Pid pid, NewFile& file, const CoreOptions& options, CoreOutcome& outcome)
      : tid_(procfs::living_task_of(pid)),
        memory_(pid),
        file_(file),
        options_(options),
        outcome_(outcome),
        buffer_(kCopyPiece) {}

  Result<void> copy(std::span<const Segment> segments) {
    for (const Segment& segment : segments)
      if (segment.has_contents) total_ += segment.range.size();
    for (const Segment& segment : segments) {
      if (!segment.has_contents) continue;
      for (const procfs::PageRun& run : TETHER_TRY(find_contents(tid_, std::span(&segment.range, 1))))
        TETHER_CHECK(copy_run(run, segment.offset + (run.start.value - segment.range.start.value)));
      done_ += segment.range.size();
      report(0);
    }
    return ok();
  }

 private:
  void report(std::uint64_t within) {
    if (options_.progress) options_.progress(done_ + within, total_);
  }

  Result<void> copy_run(const procfs::PageRun& run, std::uint64_t offset) {
    for (std::uint64_t at = 0; at < run.size();) {
      const std::span<std::byte> room = buffer_.bytes().first(std::min<std::uint64_t>(kCopyPiece, run.size() - at));
      const std::size_t got = memory_.read_some(run.start + at, room);
      TETHER_CHECK(write_pages(room.first(got), offset + at));
      at += got;
      if (got == room.size()) {
        report(at);
        continue;
      }
      const std::uint64_t hole =
          std::min<std::uint64_t>(kPageSize - (run.start.value + at) % kPageSize, run.size() - at);
      outcome_.unreadable += hole;
      at += hole;
    }
    return ok();
  }

  /// Pages that are not all zero, as many as lie together at once.
  Result<void> write_pages(std::span<const std::byte> bytes, std::uint64_t offset) {
    std::size_t start = 0;
    const auto flush = [&](std::size_t end) -> Result<void> {
      outcome_.written += end - start;
      return file_.write_at(offset + start, bytes.subspan(start, end - start));
    };
    for (std::size_t at = 0; at < bytes.size(); at += kPageSize) {
      const std::size_t size = std::min(kPageSize, bytes.size() - at);
      if (!is_zero(bytes.subspan(at, size))) continue;
      TETHER_CHECK(flush(at));
      start = at + size;
    }
    return start < bytes.size() ? flush(bytes.size()) : ok();
  }

  Tid tid_;
  CleanMemory memory_;
  NewFile& file_;
  const CoreOptions& options_;
  CoreOutcome& outcome_;
  internal::PageBuffer buffer_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
};

/// Everything before the memory, as bytes; gives each segment its offset. `size` becomes that of the whole file.
template <class Elf>
Result<std::string> lay_out(std::vector<Segment>& segments, const std::string& notes, std::uint64_t& size) {
  using Header = typename Elf::Header;
  using Program = typename Elf::Program;
  using Section = typename Elf::Section;
  const std::size_t programs = segments.size() + 1;
  const bool has_many = programs >= PN_XNUM;  // then their number stands in the first section header (elf(5))
  const std::uint64_t notes_at = sizeof(Header) + (has_many ? sizeof(Section) : 0) + programs * sizeof(Program);
  std::uint64_t offset = round_up<std::uint64_t>(notes_at + notes.size(), kPageSize);
  for (Segment& segment : segments) {
    segment.offset = offset;
    if (segment.has_contents) offset += round_up<std::uint64_t>(segment.range.size(), kPageSize);
  }
  size = offset;
  if (offset > std::numeric_limits<typename Elf::Offset>::max())
    return fail({.code = ErrorCode::Unsupported,
                 .message = "the memory does not fit a 32-bit ELF file, which ends at 4 GiB",
                 .hint = "`tether mem dump PID START-END FILE` copies a part of it"});
  Header header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = Elf::kClass;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_CORE;
  header.e_machine = Elf::kMachine;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof(Header);
  header.e_phentsize = sizeof(Program);
  header.e_phoff = sizeof(Header) + (has_many ? sizeof(Section) : 0);
  header.e_phnum = has_many ? static_cast<std::uint16_t>(PN_XNUM) : static_cast<std::uint16_t>(programs);
  std::string head;
  const auto append = [&](const auto& object) { head.append(reinterpret_cast<const char*>(&object), sizeof object); };
  if (has_many) {
    header.e_shoff = sizeof(Header);
    header.e_shentsize = sizeof(Section);
    header.e_shnum = 1;
  }
  append(header);
  if (has_many) {
    Section section{};
    section.sh_size = 1;
    section.sh_info = static_cast<std::uint32_t>(programs);
    append(section);
  }
  Program note{};
  note.p_type = PT_NOTE;
  note.p_offset = static_cast<typename Elf::Offset>(notes_at);
  note.p_filesz = static_cast<decltype(note.p_filesz)>(notes.size());
  note.p_align = 4;
  append(note);
  for (const Segment& segment : segments) {
    Program program{};
    program.p_type = PT_LOAD;
    program.p_flags = segment.flags;
    program.p_offset = static_cast<typename Elf::Offset>(segment.offset);
    program.p_vaddr = static_cast<decltype(program.p_vaddr)>(segment.range.start.value);
    program.p_memsz = static_cast<decltype(program.p_memsz)>(segment.range.size());
    program.p_filesz = segment.has_contents ? program.p_memsz : 0;
    program.p_align = kPageSize;
    append(program);
  }
  return head + notes;
}

std::uint32_t flags_of(const Mapping& mapping) {
  return static_cast<std::uint32_t>((mapping.is_readable ? PF_R : 0) | (mapping.is_writable ? PF_W : 0) |
                                    (mapping.is_executable ? PF_X : 0));
}

/// A segment for each mapping; of `ranges`, what lies in it.
std::vector<Segment> segments_of(const std::vector<Mapping>& maps, const std::vector<MemoryRange>& ranges) {
  std::vector<Segment> segments;
  for (const MemoryRange& range : ranges) {
    const Mapping* mapping = procfs::find_mapping(maps, range.start);
    segments.push_back({.range = range, .flags = mapping != nullptr ? flags_of(*mapping) : 0U});
  }
  return segments;
}

std::vector<Segment> whole_process(const std::vector<Mapping>& maps) {
  std::vector<Segment> segments;
  for (const Mapping& mapping : maps) {
    if (mapping.kind == procfs::MappingKind::Vsyscall) continue;
    const auto ranges = select_ranges(std::span(&mapping, 1), {});
    const bool is_readable = ranges.has_value() && !ranges->empty();
    const MemoryRange range = is_readable ? ranges->front() : MemoryRange{.start = mapping.start, .end = mapping.end};
    segments.push_back({.range = range, .flags = flags_of(mapping), .has_contents = is_readable});
  }
  return segments;
}

Result<void> write_elf(Pid pid, const std::string& path, std::vector<Segment> segments, const std::string& notes,
                       const CoreOptions& options, CoreOutcome& outcome) {
  const std::size_t word = TETHER_TRY(procfs::read_word_size(procfs::living_task_of(pid)));
  const std::string head =
      TETHER_TRY(word == sizeof(std::uint64_t) ? lay_out<internal::Elf64>(segments, notes, outcome.size)
                                               : lay_out<internal::Elf32>(segments, notes, outcome.size));
  NewFile file = TETHER_TRY(NewFile::create(path));
  TETHER_CHECK(file.write_at(0, std::as_bytes(std::span(head))));
  outcome.written += head.size();
  TETHER_CHECK(MemoryCopier(pid, file, options, outcome).copy(segments));
  return file.finish(outcome.size);
}

}  // namespace

Result<CoreOutcome> write_core(Pid pid, const std::string& path, const CoreOptions& options) {
  const std::size_t word = TETHER_TRY(procfs::read_word_size(procfs::living_task_of(pid)));
  CoreOutcome outcome;
  const auto begin = Clock::now();
  HeldProcess held = TETHER_TRY(HeldProcess::seize(pid, {}, HeldProcess::Sleepers::LeaveOut));
  const std::vector<internal::ThreadImage> threads = internal::copy_threads(held);
  outcome.threads = threads.size();
  outcome.left_out.assign(held.sleepers().begin(), held.sleepers().end());
  if (options.hold == CoreOptions::Hold::ForRegisters) {
    std::move(held).release();
    outcome.held = Clock::now() - begin;
  }
  const std::vector<Mapping> maps = TETHER_TRY(procfs::read_maps(procfs::living_task_of(pid)));
  const std::string notes = TETHER_TRY(internal::core_notes(pid, threads, maps, word));
  TETHER_CHECK(write_elf(pid, path, whole_process(maps), notes, options, outcome));
  if (options.hold == CoreOptions::Hold::ForMemory) outcome.held = Clock::now() - begin;
  return outcome;
}

Result<CoreOutcome> write_snapshot(Pid pid, const std::string& path, const std::vector<std::string>& only,
                                   const CoreOptions& options) {
  const std::vector<Mapping> maps = TETHER_TRY(procfs::read_maps(procfs::living_task_of(pid)));
  const std::vector<MemoryRange> ranges = TETHER_TRY(select_ranges(maps, only));
  const std::string life = TETHER_TRY(name_of_life(pid, ""));
  CoreOutcome outcome;
  TETHER_CHECK(write_elf(pid, path, segments_of(maps, ranges), internal::snapshot_note(life), options, outcome));
  return outcome;
}

Result<CoreOutcome> write_range(Pid pid, const std::string& path, const std::vector<std::string>& only,
                                const CoreOptions& options) {
  const std::vector<Mapping> maps = TETHER_TRY(procfs::read_maps(procfs::living_task_of(pid)));
  const std::vector<MemoryRange> ranges = TETHER_TRY(select_ranges(maps, only));
  std::vector<Segment> segments = segments_of(maps, ranges);
  const RemoteAddr start = ranges.front().start;
  for (Segment& segment : segments) segment.offset = segment.range.start.value - start.value;
  CoreOutcome outcome{.size = ranges.back().end.value - start.value};
  NewFile file = TETHER_TRY(NewFile::create(path));
  TETHER_CHECK(MemoryCopier(pid, file, options, outcome).copy(segments));
  TETHER_CHECK(file.finish(outcome.size));
  return outcome;
}

}  // namespace tether
