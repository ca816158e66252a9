#include "tether/symbol/internal/debug_file.h"

#include <elf.h>
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <libelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "tether/base/hexadecimal.h"
#include "tether/procfs/task.h"

namespace tether::symbol {

namespace {

/// O_NONBLOCK: a path may meanwhile lead to a FIFO.
UniqueFd open_file(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

/// The device is not compared: overlay file systems show another one in maps than in stat (Documentation/filesystems/
/// overlayfs.rst).
bool is_inode(const UniqueFd& fd, std::uint64_t inode) {
  struct stat found {};
  return fd.is_open() && ::fstat(fd.get(), &found) == 0 && S_ISREG(found.st_mode) && found.st_ino == inode;
}

bool has_build_id(const UniqueFd& fd, const std::vector<unsigned char>& wanted) {
  elf_version(EV_CURRENT);
  const std::unique_ptr<Elf, decltype(&elf_end)> elf(elf_begin(fd.get(), ELF_C_READ_MMAP, nullptr), elf_end);
  const void* id = nullptr;
  const ssize_t size = elf != nullptr ? dwelf_elf_gnu_build_id(elf.get(), &id) : -1;
  return size == static_cast<ssize_t>(wanted.size()) && std::memcmp(id, wanted.data(), wanted.size()) == 0;
}

std::vector<std::string> candidates(const DebugFileClue& clue) {
  constexpr std::string_view kDebugRoot = "/usr/lib/debug";
  std::vector<std::string> paths;
  if (clue.build_id.size() > 1) {
    const std::string digits = hex_digits(std::as_bytes(std::span(clue.build_id)));
    paths.push_back(std::string(kDebugRoot) + "/.build-id/" + digits.substr(0, 2) + "/" + digits.substr(2) + ".debug");
  }
  const bool is_plain_name = !clue.debug_link.empty() && clue.debug_link.find('/') == std::string::npos;
  if (is_plain_name && !clue.build_id.empty()) {
    const std::string folder = clue.file.substr(0, clue.file.rfind('/') + 1);
    for (const std::string& place : {folder, folder + ".debug/", std::string(kDebugRoot) + folder})
      if (place + clue.debug_link != clue.file) paths.push_back(place + clue.debug_link);
  }
  return paths;
}

template <class Header>
void strike_sections(std::vector<std::byte>& image) {
  Header header;
  std::memcpy(&header, image.data(), sizeof header);
  const std::uint64_t table_end = std::uint64_t{header.e_shoff} + std::uint64_t{header.e_shnum} * header.e_shentsize;
  if (header.e_shoff != 0 && table_end >= header.e_shoff && table_end <= image.size()) return;
  header.e_shoff = 0;
  header.e_shnum = 0;
  header.e_shstrndx = SHN_UNDEF;
  std::memcpy(image.data(), &header, sizeof header);
}

}  // namespace

UniqueFd open_module_file(Pid pid, const Module& module) {
  const procfs::Mapping& first = module.mappings.front();
  const std::string range = hex_digits(first.start.value) + "-" + hex_digits(first.end.value);
  if (UniqueFd fd = open_file(procfs::living_path(pid, "map_files/" + range)); is_inode(fd, first.inode)) return fd;
  if (!module.is_deleted() && module.path().starts_with('/'))
    if (UniqueFd fd = open_file(procfs::living_path(pid, "root" + module.path())); is_inode(fd, first.inode)) return fd;
  if (UniqueFd fd = open_file(procfs::living_path(pid, "exe")); is_inode(fd, first.inode)) return fd;
  return UniqueFd();
}

std::vector<std::byte> read_module_image(const Module& module, MemoryReader& memory) {
  constexpr std::uint64_t kLargestImage = 256u << 20;
  std::vector<std::byte> image;
  for (const procfs::Mapping& mapping : module.mappings) {
    const std::uint64_t end = mapping.offset + mapping.size();
    // What may be written is no longer what the file had.
    if (!mapping.is_readable || mapping.is_writable || end > kLargestImage || end < mapping.offset) continue;
    image.resize(std::max<std::size_t>(image.size(), end));
    memory.read_some(mapping.start, std::span(image).subspan(mapping.offset, mapping.size()));
  }
  if (image.size() < sizeof(Elf64_Ehdr) || std::memcmp(image.data(), ELFMAG, SELFMAG) != 0) return {};
  if (image[EI_CLASS] == std::byte{ELFCLASS64})
    strike_sections<Elf64_Ehdr>(image);
  else
    strike_sections<Elf32_Ehdr>(image);
  return image;
}

UniqueFd open_debug_file(Pid pid, const DebugFileClue& clue) {
  const std::vector<std::string> paths = candidates(clue);
  for (const std::string& root : {procfs::living_path(pid, "root"), std::string()})
    for (const std::string& path : paths)
      if (UniqueFd fd = open_file(root + path); fd.is_open() && has_build_id(fd, clue.build_id)) return fd;
  return UniqueFd();
}

}  // namespace tether::symbol
