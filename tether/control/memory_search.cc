// The memory is read in pieces that stay in the processor's second cache, so that looking at them costs little beside
// copying them; two threads share the pieces where there are two processors. What a piece holds is turned into records
// of the candidates' file at once, and the records are written in the order of the pieces.

#include "tether/control/memory_search.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <utility>

#include "tether/control/candidates.h"
#include "tether/control/internal/ordered_work.h"
#include "tether/control/internal/search_kernels.h"
#include "tether/control/memory_ranges.h"
#include "tether/control/memory_value.h"
#include "tether/control/state_directory.h"
#include "tether/procfs/word_size.h"
#include "tether/sys/process_memory.h"
#include "tether/tracee/permission.h"

namespace tether {

namespace {

using internal::FindPlaces;
using internal::kBlockSize;

constexpr std::string_view kSuffix = ".search";
constexpr std::size_t kPiece = 4 * kBlockSize;  // read at once
constexpr std::size_t kMostAlignment = 4096;
constexpr unsigned kMostThreads = 2;  // more only wait for memory

Result<std::string> path_of(Pid pid) {
  return (state_directory() / TETHER_TRY(name_of_life(pid, kSuffix))).string();
}

Error nothing_searched(Pid pid) {
  return {.code = ErrorCode::NotFound,
          .message = "nothing has been searched for in process " + std::to_string(pid.value),
          .hint = "`tether mem search PID VALUE` begins a search"};
}

unsigned threads_to_use(unsigned wanted) {
  cpu_set_t mine;
  if (wanted != 0) return wanted;
  if (::sched_getaffinity(0, sizeof mine, &mine) != 0) return 1;
  return std::min(static_cast<unsigned>(CPU_COUNT(&mine)), kMostThreads);
}

// ── The first search ─────────────────────────────────────────────────────────────────────────────────────────────────

/// What one thread looks through at once: a piece of memory, and the bytes behind it that the last finds need.
struct Piece {
  RemoteAddr start;
  std::size_t size = 0;  ///< where finds may begin
  std::size_t tail = 0;
};

struct Found {
  std::string records;
  std::uint64_t finds = 0;
  std::uint64_t searched = 0;
  std::uint64_t unreadable = 0;
};

class Searcher {
 public:
  Searcher(Pid pid, const SearchPattern& pattern, std::size_t alignment, FindPlaces find)
      : tid_(leader_of(pid)), pattern_(pattern), alignment_(alignment), find_(std::move(find)) {
    buffer_.resize(kPiece + kLongestPattern);
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
      const std::span<std::byte> room = std::span(buffer_).first(piece.size - at + piece.tail);
      const std::size_t got = sys::read_process_memory(tid_, piece.start + at, room);
      const std::size_t starts = std::min(got, piece.size - at);
      look(piece.start + at, std::span<const std::byte>(room).first(got), starts, found);
      found.searched += starts;
      at += starts;
      if (at >= piece.size) break;
      // A page that cannot be read (beyond a file's end, a device): on behind it.
      const std::size_t hole = std::min<std::size_t>(kPage - (piece.start.value + at) % kPage, piece.size - at);
      found.unreadable += hole;
      at += hole;
    }
    return found;
  }

 private:
  static constexpr std::size_t kPage = 4096;

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

  Tid tid_;
  const SearchPattern& pattern_;
  std::size_t alignment_;
  FindPlaces find_;
  Bytes same_;  ///< the value of every find, if it is known before
  Bytes buffer_;
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
    const std::uint64_t size = std::min<std::uint64_t>(kPiece - start.value % kPiece, run.size() - at_);
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

// ── Narrowing ────────────────────────────────────────────────────────────────────────────────────────────────────────

/// Whether a find stays one, by its former and its present bytes.
using Keeps = std::function<bool(const std::byte* before, const std::byte* now)>;

bool is_near(double a, double b) {
  constexpr double kTolerance = 1e-6;  // a float has 24 bits, and sums round
  return std::abs(a - b) <= kTolerance * std::max({std::abs(a), std::abs(b), 1e-30});
}

Result<Keeps> keeps_by(const ValueType& type, std::string_view text) {
  ValueType difference = type;
  if (difference.kind == ValueType::Kind::Unsigned || difference.kind == ValueType::Kind::Pointer) {
    // As much as the width counts: u8 250 + 10 is 4.
    const Number magnitude = TETHER_TRY(parse_number(text.substr(1), difference));
    const std::uint64_t step = text.front() == '-' ? ~magnitude.bits + 1 : magnitude.bits;
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - type.width * 8);
    return Keeps([=](const std::byte* before, const std::byte* now) {
      return ((read_number(type, before).bits + step) & all) == read_number(type, now).bits;
    });
  }
  const Number step = TETHER_TRY(parse_number(text, difference));
  if (type.kind == ValueType::Kind::Float)
    return Keeps([=](const std::byte* before, const std::byte* now) {
      return is_near(read_number(type, now).real - read_number(type, before).real, step.real);
    });
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - type.width * 8);
  return Keeps([=](const std::byte* before, const std::byte* now) {
    return ((read_number(type, before).bits + step.bits) & all) == (read_number(type, now).bits & all);
  });
}

Result<Keeps> keeps_is(const SearchPattern& pattern, std::string_view text, std::size_t word) {
  if (pattern.kind != SearchPattern::Kind::Bytes) {
    const NumberRange range = TETHER_TRY(parse_number_range(text, pattern.type));
    return Keeps([type = pattern.type, range](const std::byte*, const std::byte* now) {
      const Number number = read_number(type, now);
      return compare(number, range.low) >= 0 && compare(number, range.high) <= 0;
    });
  }
  const SearchPattern wanted = TETHER_TRY(parse_search_pattern(text, word));
  if (wanted.kind != SearchPattern::Kind::Bytes || wanted.width() != pattern.width())
    return fail({.code = ErrorCode::Malformed,
                 .message = "'" + std::string(text) + "' is not as long as what was searched for",
                 .hint = "the finds have " + std::to_string(pattern.width()) + " bytes each"});
  return Keeps([wanted](const std::byte*, const std::byte* now) {
    for (std::size_t i = 0; i < wanted.bytes.size(); ++i)
      if (((now[i] ^ wanted.bytes[i]) & wanted.mask[i]) != std::byte{0}) return false;
    return true;
  });
}

Result<Keeps> make_keeps(const SearchPattern& pattern, const Narrowing& narrowing, std::size_t word) {
  using Kind = Narrowing::Kind;
  const std::size_t width = pattern.width();
  if (width == 0)
    return fail(
        {.code = ErrorCode::Malformed,
         .message = "what a regex finds cannot be narrowed: finds differ in length, and only their addresses are kept",
         .hint = "search anew, with --only"});
  if (narrowing.kind == Kind::Unchanged || narrowing.kind == Kind::Changed)
    return Keeps(
        [width, wants_same = narrowing.kind == Kind::Unchanged](const std::byte* before, const std::byte* now) {
          return (std::memcmp(before, now, width) == 0) == wants_same;
        });
  if (narrowing.kind == Kind::Is) return keeps_is(pattern, narrowing.value, word);
  if (pattern.kind == SearchPattern::Kind::Bytes)
    return fail({.code = ErrorCode::Malformed,
                 .message = "text and bytes do not increase or decrease",
                 .hint = "ask for unchanged, changed or =VALUE"});
  if (narrowing.kind == Kind::By) return keeps_by(pattern.type, narrowing.value);
  const int wanted = narrowing.kind == Kind::Increased ? 1 : -1;
  return Keeps([type = pattern.type, wanted](const std::byte* before, const std::byte* now) {
    return compare(read_number(type, now), read_number(type, before)) == wanted;
  });
}

/// The finds of a block that stay, with their present values.
Found narrow_block(Tid tid, const CandidateBlock& block, const CandidateHeader& header, const Keeps& keeps,
                   Bytes& buffer) {
  Found found;
  const std::size_t first = std::size_t{block.places.front()} * header.stride;
  const std::size_t size = std::size_t{block.places.back()} * header.stride + header.width - first;
  buffer.resize(size);
  const std::size_t got = sys::read_process_memory(tid, block.address + first, buffer);
  CandidateBlock kept{.address = block.address, .slots = block.slots};
  for (std::size_t i = 0; i < block.places.size(); ++i) {
    const std::size_t at = std::size_t{block.places[i]} * header.stride - first;
    if (at + header.width > got) {
      found.unreadable += header.width;
      continue;
    }
    found.searched += header.width;
    const std::byte* now = buffer.data() + at;
    if (!keeps(block.values.data() + i * header.width, now)) continue;
    kept.places.push_back(block.places[i]);
    kept.values.insert(kept.values.end(), now, now + header.width);
  }
  found.finds = kept.places.size();
  if (found.finds != 0) found.records = encode(kept, header.width);
  return found;
}

void add(SearchOutcome& outcome, const Found& found) {
  outcome.finds += found.finds;
  outcome.searched += found.searched;
  outcome.unreadable += found.unreadable;
}

Result<CandidateReader> open_search(Pid pid) {
  auto reader = CandidateReader::open(TETHER_TRY(path_of(pid)));
  if (!reader.has_value() && reader.error().sys_errno == ENOENT) return fail(nothing_searched(pid));
  return reader;
}

Result<void> check_alive(Pid pid, const SearchOutcome& outcome) {
  if (outcome.searched != 0 || outcome.unreadable == 0) return ok();
  if (!name_of_life(pid, kSuffix).has_value()) return fail(explain_attach_failure(pid, ESRCH));
  return ok();
}

}  // namespace

Result<SearchOutcome> search_memory(Pid pid, const SearchPattern& pattern, const SearchOptions& options) {
  const Tid tid = leader_of(pid);
  const std::size_t alignment = TETHER_TRY(alignment_of(pattern, options.alignment));
  const std::vector<procfs::Mapping> maps = TETHER_TRY(procfs::read_maps(tid));
  const std::vector<MemoryRange> ranges = TETHER_TRY(select_ranges(maps, options.only));
  Pieces pieces(TETHER_TRY(find_contents(tid, ranges)), overlap_of(pattern));
  const unsigned threads = threads_to_use(options.threads);
  std::vector<Searcher> searchers;
  for (unsigned i = 0; i < threads; ++i) {
    FindPlaces find = TETHER_TRY(internal::make_finder(pattern, alignment));
    searchers.emplace_back(pid, pattern, alignment, std::move(find));
  }
  TETHER_CHECK(make_state_directory());
  prune_state(kSuffix);
  const CandidateHeader header{.width = static_cast<std::uint32_t>(pattern.width()),
                               .stride = static_cast<std::uint32_t>(alignment)};
  const std::string path = TETHER_TRY(path_of(pid));
  CandidateWriter writer = TETHER_TRY(CandidateWriter::create(path, header, pattern.text));
  SearchOutcome outcome;
  TETHER_CHECK((internal::work_in_order<Piece, Found>(
      threads, [&]() -> Result<std::optional<Piece>> { return pieces.next(); },
      [&](unsigned thread, Piece piece) -> Result<Found> { return searchers[thread].search(piece); },
      [&](Found found) -> Result<void> {
        add(outcome, found);
        if (options.progress) options.progress(outcome.searched + outcome.unreadable, pieces.total());
        return writer.append(found.records);
      })));
  TETHER_CHECK(check_alive(pid, outcome));
  TETHER_CHECK(writer.finish(outcome.finds));
  return outcome;
}

Result<Narrowing> parse_narrowing(std::string_view text) {
  using Kind = Narrowing::Kind;
  constexpr std::pair<std::string_view, Kind> kWords[] = {{"unchanged", Kind::Unchanged},
                                                          {"changed", Kind::Changed},
                                                          {"increased", Kind::Increased},
                                                          {"decreased", Kind::Decreased}};
  for (const auto& [word, kind] : kWords)
    if (word == text) return Narrowing{.kind = kind, .value = {}};
  if (text.size() > 1 && text.front() == '=') return Narrowing{.kind = Kind::Is, .value = std::string(text.substr(1))};
  if (text.size() > 1 && (text.front() == '+' || text.front() == '-'))
    return Narrowing{.kind = Kind::By, .value = std::string(text)};
  return fail({.code = ErrorCode::Malformed,
               .message = "'" + std::string(text) + "' narrows nothing",
               .hint = "unchanged, changed, increased, decreased, =VALUE, +N or -N"});
}

Result<SearchOutcome> narrow_search(Pid pid, const Narrowing& narrowing, const Progress& progress) {
  const std::string path = TETHER_TRY(path_of(pid));
  CandidateReader reader = TETHER_TRY(open_search(pid));
  const std::size_t word = TETHER_TRY(procfs::read_word_size(leader_of(pid)));
  const SearchPattern pattern = TETHER_TRY(parse_search_pattern(reader.pattern(), word));
  const Keeps keeps = TETHER_TRY(make_keeps(pattern, narrowing, word));
  CandidateHeader header = reader.header();
  ++header.narrowed;
  CandidateWriter writer = TETHER_TRY(CandidateWriter::create(path, header, reader.pattern()));
  const unsigned threads = threads_to_use(0);
  std::vector<Bytes> buffers(threads);
  SearchOutcome outcome{.narrowed = header.narrowed};
  TETHER_CHECK((internal::work_in_order<CandidateBlock, Found>(
      threads,
      [&] {
        if (progress) progress(reader.position(), reader.size());
        return reader.next();
      },
      [&](unsigned thread, CandidateBlock block) -> Result<Found> {
        return narrow_block(leader_of(pid), block, header, keeps, buffers[thread]);
      },
      [&](Found found) -> Result<void> {
        add(outcome, found);
        return writer.append(found.records);
      })));
  TETHER_CHECK(check_alive(pid, outcome));
  TETHER_CHECK(writer.finish(outcome.finds));
  return outcome;
}

Result<SearchState> read_search(Pid pid) {
  const CandidateReader reader = TETHER_TRY(open_search(pid));
  const std::size_t word = TETHER_TRY(procfs::read_word_size(leader_of(pid)));
  SearchState state;
  state.pattern = TETHER_TRY(parse_search_pattern(reader.pattern(), word));
  state.alignment = reader.header().stride;
  state.finds = reader.header().count;
  state.narrowed = reader.header().narrowed;
  return state;
}

Result<void> visit_finds(Pid pid, std::uint64_t most,
                         const std::function<void(RemoteAddr, std::span<const std::byte>)>& visit) {
  CandidateReader reader = TETHER_TRY(open_search(pid));
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
  const bool was_there = std::filesystem::remove(TETHER_TRY(path_of(pid)), err);
  if (err) return fail(errno_error(err.value(), "removing the search so far"));
  return was_there;
}

}  // namespace tether
