#include <sys/mman.h>

#include <charconv>
#include <iterator>

#include "tether/control/change.h"

namespace tether {

namespace {

std::string hex(std::uint64_t value) {
  char digits[16];
  return "0x" + std::string(digits, std::to_chars(std::begin(digits), std::end(digits), value, 16).ptr);
}

/// The first bytes, "2a 00 00 00", and how many there are in all if that is not all.
std::string sample(const Bytes& bytes) {
  constexpr std::size_t kMost = 16;
  std::string text;
  for (std::size_t i = 0; i < std::min(bytes.size(), kMost); ++i) {
    char digits[2];
    const auto value = std::to_integer<unsigned>(bytes[i]);
    const auto end = std::to_chars(std::begin(digits), std::end(digits), value, 16).ptr;
    text += (i == 0 ? "" : " ") + std::string(end - digits == 1 ? "0" : "") + std::string(digits, end);
  }
  return bytes.size() > kMost ? text + " …" : text;
}

/// A register's value as a number if it is one, highest byte first.
std::string number(const Bytes& bytes) {
  if (bytes.size() > sizeof(std::uint64_t)) return sample(bytes);
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return hex(value);
}

std::string protection(std::uint32_t bits) {
  return std::string(bits & PROT_READ ? "r" : "-") + (bits & PROT_WRITE ? "w" : "-") + (bits & PROT_EXEC ? "x" : "-");
}

std::string image(const std::optional<DescriptorImage>& descriptor) {
  if (!descriptor) return "closed";
  return descriptor->link + " (flags " + hex(descriptor->flags) + ", offset " + std::to_string(descriptor->offset) +
         (descriptor->is_cloexec ? ", close-on-exec)" : ")");
}

struct Describe {
  std::string operator()(const MemoryChange& c) const {
    return std::string(c.kind == MemoryChange::Kind::Code ? "code " : "memory ") + hex(c.address.value) + ", " +
           std::to_string(c.before.size()) + (c.before.size() == 1 ? " byte: " : " bytes: ") + sample(c.before) +
           " -> " + sample(c.after);
  }
  std::string operator()(const RegisterChange& c) const {
    return "register " + c.name + " of thread " + std::to_string(c.tid.value) + ": " + number(c.before) + " -> " +
           number(c.after);
  }
  std::string operator()(const MappingChange& c) const {
    const std::string range = hex(c.address.value) + "-" + hex(c.address.value + c.length);
    switch (c.kind) {
      case MappingChange::Kind::Map:
        // An intention: where it will be, the kernel says.
        if (c.address.is_null()) return "mapped " + std::to_string(c.length) + " bytes " + protection(c.after);
        return "mapped " + range + " " + protection(c.after);
      case MappingChange::Kind::Unmap:
        return "unmapped " + range + " " + protection(c.before);
      case MappingChange::Kind::Protect:
        break;
    }
    return "protection of " + range + ": " + protection(c.before) + " -> " + protection(c.after);
  }
  std::string operator()(const DescriptorChange& c) const {
    return "descriptor " + std::to_string(c.fd.value) + ": " + image(c.before) + " -> " + image(c.after);
  }
  std::string operator()(const SettingChange& c) const { return c.name + ": " + c.before + " -> " + c.after; }
  std::string operator()(const LibraryChange& c) const {
    return "library " + c.path + " loaded" + (c.handle == 0 ? "" : ", handle " + hex(c.handle));
  }
  std::string operator()(const Deed& c) const { return c.what; }
};

}  // namespace

std::string describe(const Change& change) {
  return std::visit(Describe(), change);
}

}  // namespace tether
