#include "tether/control/memory_ranges.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace tether {

namespace {

using procfs::Mapping;
using procfs::MappingKind;
using procfs::PageRun;

std::optional<std::uint64_t> parse_address(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "0x100", "256", "64k", "1M", "2G".
std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view kUnits = "kMG";
  unsigned shift = 0;
  if (!text.empty())
    if (const std::size_t unit = kUnits.find(text.back()); unit != std::string_view::npos) {
      shift = 10 * (static_cast<unsigned>(unit) + 1);
      text.remove_suffix(1);
    }
  const bool is_hex = text.starts_with("0x");
  if (is_hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value, is_hex ? 16 : 10);
  if (text.empty() || err != std::errc() || end != text.data() + text.size() || value > UINT64_MAX >> shift)
    return std::nullopt;
  return value << shift;
}

bool is_private_anonymous(const Mapping& mapping) {
  return mapping.inode == 0 && !mapping.is_shared &&
         (mapping.kind == MappingKind::Anonymous || mapping.kind == MappingKind::Heap ||
          mapping.kind == MappingKind::Stack);
}

bool can_be_read(const Mapping& mapping) {
  return mapping.is_readable && mapping.kind != MappingKind::Vvar && mapping.kind != MappingKind::Vsyscall;
}

bool is_called(const Mapping& mapping, std::string_view word) {
  if (word == "all") return true;
  if (word == "heap") return mapping.kind == MappingKind::Heap;
  if (word == "stack") return mapping.kind == MappingKind::Stack;
  if (word == "anon") return is_private_anonymous(mapping);
  if (word == "writable") return mapping.is_writable;
  if (mapping.path.empty()) return false;
  const std::string_view path = mapping.path;
  return path == word || path.substr(path.rfind('/') + 1) == word;
}

Error malformed_range(std::string_view word) {
  return {.code = ErrorCode::Malformed,
          .message = "'" + std::string(word) + "' is no part of an address space",
          .hint = "heap, stack, anon, writable, all, the name of a mapped file, START-END or START+SIZE"};
}

Result<void> add(std::vector<MemoryRange>& ranges, std::span<const Mapping> maps, std::string_view word) {
  const auto span = parse_span(word);
  if (!span && word.empty()) return fail(malformed_range(word));
  bool is_found = false;
  for (const Mapping& mapping : maps) {
    if (!can_be_read(mapping)) continue;
    const RemoteAddr start = span ? std::max(mapping.start, span->start) : mapping.start;
    const RemoteAddr end = span ? std::min(mapping.end, span->end) : mapping.end;
    if (start >= end || (!span && !is_called(mapping, word))) continue;
    is_found = true;
    ranges.push_back({.start = start, .end = end, .is_private_anonymous = is_private_anonymous(mapping)});
  }
  if (is_found) return ok();
  return fail({.code = ErrorCode::NotFound,
               .message = "the process has no readable memory that '" + std::string(word) + "' means",
               .hint = "`tether mem maps` shows what it has"});
}

/// Where one begins before the one before it ends, what they share is left to the first.
void remove_overlaps(std::vector<MemoryRange>& ranges) {
  std::ranges::sort(ranges, {}, &MemoryRange::start);
  RemoteAddr end;
  for (MemoryRange& range : ranges) {
    range.start = std::max(range.start, std::min(end, range.end));
    end = std::max(end, range.end);
  }
  std::erase_if(ranges, [](const MemoryRange& range) { return range.start >= range.end; });
}

void append_joined(std::vector<PageRun>& runs, PageRun run) {
  if (run.start >= run.end) return;
  if (!runs.empty() && runs.back().end == run.start)
    runs.back().end = run.end;
  else
    runs.push_back(run);
}

}  // namespace

std::optional<PageRun> parse_span(std::string_view text) {
  const std::size_t middle = text.find_first_of("-+");
  if (middle == std::string_view::npos) return std::nullopt;
  const auto start = parse_address(text.substr(0, middle));
  if (!start) return std::nullopt;
  if (text[middle] == '-') {
    const auto end = parse_address(text.substr(middle + 1));
    if (!end || *end <= *start) return std::nullopt;
    return PageRun{RemoteAddr(*start), RemoteAddr(*end)};
  }
  const auto size = parse_size(text.substr(middle + 1));
  if (!size || *size == 0 || *size > UINT64_MAX - *start) return std::nullopt;
  return PageRun{RemoteAddr(*start), RemoteAddr(*start + *size)};
}

Result<std::vector<MemoryRange>> select_ranges(std::span<const Mapping> maps, const std::vector<std::string>& words) {
  std::vector<MemoryRange> ranges;
  for (const std::string& word : words) TETHER_CHECK(add(ranges, maps, word));
  if (words.empty()) TETHER_CHECK(add(ranges, maps, "all"));
  remove_overlaps(ranges);
  return ranges;
}

Result<std::vector<PageRun>> find_contents(Tid tid, std::span<const MemoryRange> ranges) {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::vector<PageRun> contents;
  for (const MemoryRange& range : ranges) {
    if (!range.is_private_anonymous) {
      append_joined(contents, {range.start, range.end});
      continue;
    }
    const RemoteAddr start(range.start.value / page * page);
    const RemoteAddr end((range.end.value + page - 1) / page * page);
    for (const PageRun& run : TETHER_TRY(procfs::read_populated_runs(tid, start, end)))
      append_joined(contents, {std::max(run.start, range.start), std::min(run.end, range.end)});
  }
  return contents;
}

}  // namespace tether
