// The memory is read in pieces that stay in the processor's second cache, so that looking at them costs little beside
// copying them; two threads share the pieces where there are two processors. What a piece holds is turned into records
// of the candidates' file at once, and the records are written in the order of the pieces.

#include "tether/control/memory_search.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <filesystem>
#include <utility>

#include "tether/arch/page.h"
#include "tether/control/candidates.h"
#include "tether/control/clean_memory.h"
#include "tether/control/internal/ordered_work.h"
#include "tether/control/internal/page_buffer.h"
#include "tether/control/internal/search_kernels.h"
#include "tether/control/internal/search_session.h"
#include "tether/control/memory_ranges.h"
#include "tether/control/memory_value.h"
#include "tether/control/state_directory.h"
#include "tether/procfs/task.h"
#include "tether/procfs/word_size.h"

namespace tether {

namespace {

using internal::FindPlaces;
using internal::Found;
using internal::kBlockSize;

constexpr std::size_t kSearchPiece = 4 * kBlockSize;  // read at once
constexpr std::size_t kMostAlignment = 4096;

/// What one thread looks through at once: a piece of memory, and the bytes behind it that the last finds need.
struct Piece {
  RemoteAddr start;
  std::size_t size = 0;  ///< where finds may begin
  std::size_t tail = 0;
};

class Searcher {
 public:
  Searcher(Pid pid, const SearchPattern& pattern, std::size_t alignment, FindPlaces find)
      : memory_(pid),
        pattern_(pattern),
        alignment_(alignment),
        find_(std::move(find)),
        buffer_(kSearchPiece + kLongestPattern) {
    places_.reserve(kBlockSize);
    const bool is_exact = pattern.kind == SearchPattern::Kind::Numbers && pattern.type.kind != ValueType::Kind::Float &&
                          pattern.low.bits == pattern.high.bits;
    const bool is_known = pattern.kind == SearchPattern::Kind::Bytes &&
                          std::ranges::all_of(pattern.mask, [](std::byte b) { return b == std::byte{0xff}; });
    if (is_exact) same_ = bytes_of(pattern.low, pattern.type);
    if (is_known) same_ = pattern.bytes;
  }

  Found search(const Piece& piece) {
    Found found;
    for (std::size_t at = 0; at < piece.size;) {
      const std::span<std::byte> room = buffer_.bytes().first(piece.size - at + piece.tail);
      const std::size_t got = memory_.read_some(piece.start + at, room);
      const std::size_t starts = std::min(got, piece.size - at);
      look(piece.start + at, std::span<const std::byte>(room).first(got), starts, found);
      found.searched += starts;
      at += starts;
      if (at >= piece.size) break;
      // A page that cannot be read (beyond a file's end, a device): on behind it.
      const std::size_t hole = std::min<std::size_t>(kPageSize - (piece.start.value + at) % kPageSize, piece.size - at);
      found.unreadable += hole;
      at += hole;
    }
    return found;
  }

 private:
  void look(RemoteAddr address, std::span<const std::byte> bytes, std::size_t starts, Found& found) {
    const std::size_t skipped = (alignment_ - address.value % alignment_) % alignment_;
    for (std::size_t at = skipped; at < starts; at += kBlockSize) {
      const std::size_t block = std::min(kBlockSize, starts - at);
      const auto window = bytes.subspan(at).first(std::min(bytes.size() - at, block + kLongestPattern));
      places_.clear();
      find_(window, block, places_);
      if (!places_.empty()) record(address + at, window, block, found);
    }
  }

  void record(RemoteAddr address, std::span<const std::byte> window, std::size_t size, Found& found) {
    CandidateBlock block{.address = address, .slots = static_cast<std::uint32_t>((size + alignment_ - 1) / alignment_)};
    block.places.swap(places_);
    const std::size_t width = pattern_.width();
    block.values = same_;
    if (same_.empty() && width != 0) {
      block.values.resize(block.places.size() * width);
      for (std::size_t i = 0; i < block.places.size(); ++i)
        std::memcpy(block.values.data() + i * width, window.data() + block.places[i] * alignment_, width);
    }
    found.records += encode(block, static_cast<std::uint32_t>(width));
    found.finds += block.places.size();
    block.places.swap(places_);
  }

  CleanMemory memory_;
  const SearchPattern& pattern_;
  std::size_t alignment_;
  FindPlaces find_;
  Bytes same_;  ///< the value of every find, if it is known before
  internal::PageBuffer buffer_;
  std::vector<std::uint16_t> places_;
};

/// Hands out the pieces of what is to be searched, one after the other.
class Pieces {
 public:
  Pieces(std::vector<procfs::PageRun> runs, std::size_t overlap) : runs_(std::move(runs)), overlap_(overlap) {
    for (const auto& run : runs_) total_ += run.size();
  }
  std::uint64_t total() const { return total_; }

  std::optional<Piece> next() {
    while (run_ < runs_.size() && at_ >= runs_[run_].size()) {
      ++run_;
      at_ = 0;
    }
    if (run_ == runs_.size()) return std::nullopt;
    const procfs::PageRun& run = runs_[run_];
    // Boundaries at multiples of the piece's size, so that all alignments fit.
    const RemoteAddr start = run.start + at_;
    const std::uint64_t size = std::min<std::uint64_t>(kSearchPiece - start.value % kSearchPiece, run.size() - at_);
    at_ += size;
    return Piece{.start = start, .size = size, .tail = std::min<std::uint64_t>(overlap_, run.size() - at_)};
  }

 private:
  std::vector<procfs::PageRun> runs_;
  std::size_t overlap_;
  std::size_t run_ = 0;
  std::uint64_t at_ = 0;
  std::uint64_t total_ = 0;
};

std::size_t overlap_of(const SearchPattern& pattern) {
  return pattern.kind == SearchPattern::Kind::Regex ? kLongestPattern : pattern.width() - 1;
}

Result<std::size_t> alignment_of(const SearchPattern& pattern, std::size_t wanted) {
  if (wanted == 0) return pattern.natural_alignment();
  if (std::has_single_bit(wanted) && wanted <= kMostAlignment) return wanted;
  return fail({.code = ErrorCode::Malformed,
               .message = "an alignment of " + std::to_string(wanted) + " is none",
               .hint = "a power of two from 1 to " + std::to_string(kMostAlignment)});
}

}  // namespace

Result<SearchOutcome> search_memory(Pid pid, const SearchPattern& pattern, const SearchOptions& options) {
  const Tid tid = procfs::living_task_of(pid);
  const std::size_t alignment = TETHER_TRY(alignment_of(pattern, options.alignment));
  const std::vector<procfs::Mapping> maps = TETHER_TRY(procfs::read_maps(tid));
  const std::vector<MemoryRange> ranges = TETHER_TRY(select_ranges(maps, options.only));
  Pieces pieces(TETHER_TRY(find_contents(tid, ranges)), overlap_of(pattern));
  const unsigned threads = internal::threads_to_use(options.threads);
  std::vector<Searcher> searchers;
  for (unsigned i = 0; i < threads; ++i) {
    FindPlaces find = TETHER_TRY(internal::make_finder(pattern, alignment));
    searchers.emplace_back(pid, pattern, alignment, std::move(find));
  }
  TETHER_CHECK(make_state_directory());
  prune_state(internal::kSearchSuffix);
  const CandidateHeader header{.width = static_cast<std::uint32_t>(pattern.width()),
                               .stride = static_cast<std::uint32_t>(alignment)};
  const std::string path = TETHER_TRY(internal::path_of_search(pid));
  CandidateWriter writer = TETHER_TRY(CandidateWriter::create(path, header, pattern.text));
  SearchOutcome outcome;
  TETHER_CHECK((internal::work_in_order<Piece, Found>(
      threads, [&]() -> Result<std::optional<Piece>> { return pieces.next(); },
      [&](unsigned thread, Piece piece) -> Result<Found> { return searchers[thread].search(piece); },
      [&](Found found) -> Result<void> {
        internal::add(outcome, found);
        if (options.progress) options.progress(outcome.searched + outcome.unreadable, pieces.total());
        return writer.append(found.records);
      })));
  TETHER_CHECK(internal::check_alive(pid, outcome));
  TETHER_CHECK(writer.finish(outcome.finds));
  return outcome;
}

Result<SearchState> read_search(Pid pid) {
  const CandidateReader reader = TETHER_TRY(internal::open_search(pid));
  const std::size_t word = TETHER_TRY(procfs::read_word_size(procfs::living_task_of(pid)));
  SearchState state;
  state.pattern = TETHER_TRY(parse_search_pattern(reader.pattern(), word));
  state.alignment = reader.header().stride;
  state.finds = reader.header().count;
  state.narrowed = reader.header().narrowed;
  return state;
}

Result<void> visit_finds(Pid pid, std::uint64_t most,
                         const std::function<void(RemoteAddr, std::span<const std::byte>)>& visit) {
  CandidateReader reader = TETHER_TRY(internal::open_search(pid));
  const std::size_t width = reader.header().width;
  while (most > 0) {
    const auto block = TETHER_TRY(reader.next());
    if (!block) break;
    for (std::size_t i = 0; i < block->places.size() && most > 0; ++i, --most)
      visit(block->address + std::uint64_t{block->places[i]} * reader.header().stride,
            std::span(block->values).subspan(i * width, width));
  }
  return ok();
}

Result<bool> reset_search(Pid pid) {
  std::error_code err;
  const bool was_there = std::filesystem::remove(TETHER_TRY(internal::path_of_search(pid)), err);
  if (err) return fail(errno_error(err.value(), "removing the search so far"));
  return was_there;
}

}  // namespace tether
