#include "tether/procfs/maps.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "tether/procfs/text_file.h"

namespace tether::procfs {

namespace {

/// Takes a number and the character behind it off the front of `text`. fs/proc/task_mmu.c writes no blanks or signs.
template <class Number>
bool take_number(std::string_view& text, int base, char behind, Number& number) {
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (err != std::errc() || end == text.data() + text.size() || *end != behind) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

bool take_permissions(std::string_view& text, Mapping& mapping) {
  constexpr std::string_view kLetters[] = {"r-", "w-", "x-", "ps"};
  if (text.size() < 5 || text[4] != ' ') return false;
  for (std::size_t i = 0; i < 4; ++i)
    if (kLetters[i].find(text[i]) == std::string_view::npos) return false;
  mapping.is_readable = text[0] == 'r';
  mapping.is_writable = text[1] == 'w';
  mapping.is_executable = text[2] == 'x';
  mapping.is_shared = text[3] == 's';
  text.remove_prefix(5);
  return true;
}

MappingKind kind_of(const Mapping& mapping) {
  const std::string_view name = mapping.path;
  if (mapping.inode != 0 || name.starts_with('/')) return MappingKind::File;
  if (name.empty() || name.starts_with("[anon:")) return MappingKind::Anonymous;
  if (name == "[heap]") return MappingKind::Heap;
  if (name == "[stack]") return MappingKind::Stack;
  if (name == "[vdso]") return MappingKind::Vdso;
  if (name.starts_with("[vvar")) return MappingKind::Vvar;
  if (name == "[vsyscall]") return MappingKind::Vsyscall;
  return MappingKind::Other;
}

/// The kernel writes a newline in a path as \012, and nothing else so (seq_file_path with "\n").
std::string unescape(std::string_view text) {
  constexpr std::string_view kNewline = "\\012";
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!text.substr(i).starts_with(kNewline)) {
      path.push_back(text[i]);
      continue;
    }
    path.push_back('\n');
    i += kNewline.size() - 1;
  }
  return path;
}

std::optional<Mapping> parse_mapping(std::string_view line) {
  Mapping mapping;
  // The inode ends the line if there is no path: with a blank then, but older kernels' padding is not relied on.
  const std::string padded = std::string(line) + " ";
  std::string_view rest = padded;
  if (!take_number(rest, 16, '-', mapping.start.value) || !take_number(rest, 16, ' ', mapping.end.value) ||
      !take_permissions(rest, mapping) || !take_number(rest, 16, ' ', mapping.offset) ||
      !take_number(rest, 16, ':', mapping.device_major) || !take_number(rest, 16, ' ', mapping.device_minor) ||
      !take_number(rest, 10, ' ', mapping.inode) || mapping.end < mapping.start)
    return std::nullopt;
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (!rest.empty()) rest.remove_suffix(1);
  mapping.path = unescape(rest);
  mapping.kind = kind_of(mapping);
  constexpr std::string_view kDeleted = " (deleted)";
  if (mapping.kind == MappingKind::File && mapping.path.ends_with(kDeleted)) {
    mapping.path.resize(mapping.path.size() - kDeleted.size());
    mapping.is_deleted = true;
  }
  return mapping;
}

}  // namespace

Result<std::vector<Mapping>> parse_maps(std::string_view text) {
  std::vector<Mapping> maps;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    auto mapping = parse_mapping(line);
    if (!mapping)
      return fail({.code = ErrorCode::Malformed,
                   .message = "/proc/PID/maps: not a mapping: '" + std::string(line) + "'",
                   .hint = {}});
    maps.push_back(std::move(*mapping));
  }
  return maps;
}

Result<std::vector<Mapping>> read_maps(Tid tid) {
  return parse_maps(TETHER_TRY(read_text_file("/proc/" + std::to_string(tid.value) + "/maps")));
}

const Mapping* find_mapping(std::span<const Mapping> maps, RemoteAddr addr) {
  const auto after = std::ranges::upper_bound(maps, addr, {}, &Mapping::start);
  if (after == maps.begin()) return nullptr;
  const Mapping& candidate = *(after - 1);
  return candidate.contains(addr) ? &candidate : nullptr;
}

}  // namespace tether::procfs
