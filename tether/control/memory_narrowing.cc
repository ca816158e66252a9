// Narrowing a search: what stays of what was found.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "tether/control/clean_memory.h"
#include "tether/control/internal/ordered_work.h"
#include "tether/control/internal/search_session.h"
#include "tether/control/memory_search.h"
#include "tether/control/memory_value.h"
#include "tether/procfs/task.h"
#include "tether/procfs/word_size.h"

namespace tether {

namespace {

using internal::Found;

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
Found narrow_block(MemoryReader& memory, const CandidateBlock& block, const CandidateHeader& header, const Keeps& keeps,
                   Bytes& buffer) {
  Found found;
  const std::size_t first = std::size_t{block.places.front()} * header.stride;
  const std::size_t size = std::size_t{block.places.back()} * header.stride + header.width - first;
  buffer.resize(size);
  const std::size_t got = memory.read_some(block.address + first, buffer);
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

}  // namespace

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
  const std::string path = TETHER_TRY(internal::path_of_search(pid));
  CandidateReader reader = TETHER_TRY(internal::open_search(pid));
  const std::size_t word = TETHER_TRY(procfs::read_word_size(procfs::living_task_of(pid)));
  const SearchPattern pattern = TETHER_TRY(parse_search_pattern(reader.pattern(), word));
  const Keeps keeps = TETHER_TRY(make_keeps(pattern, narrowing, word));
  CandidateHeader header = reader.header();
  ++header.narrowed;
  CandidateWriter writer = TETHER_TRY(CandidateWriter::create(path, header, reader.pattern()));
  const unsigned threads = internal::threads_to_use(0);
  std::vector<Bytes> buffers(threads);
  std::vector<CleanMemory> memories(threads, CleanMemory(pid));
  SearchOutcome outcome{.narrowed = header.narrowed};
  TETHER_CHECK((internal::work_in_order<CandidateBlock, Found>(
      threads,
      [&] {
        if (progress) progress(reader.position(), reader.size());
        return reader.next();
      },
      [&](unsigned thread, CandidateBlock block) -> Result<Found> {
        return narrow_block(memories[thread], block, header, keeps, buffers[thread]);
      },
      [&](Found found) -> Result<void> {
        internal::add(outcome, found);
        return writer.append(found.records);
      })));
  TETHER_CHECK(internal::check_alive(pid, outcome));
  TETHER_CHECK(writer.finish(outcome.finds));
  return outcome;
}

}  // namespace tether
