#include <sys/mman.h>

#include <algorithm>
#include <span>

#include "tether/base/hexadecimal.h"
#include "tether/control/change.h"
#include "tether/control/descriptor_image.h"
#include "tether/procfs/fdinfo.h"

namespace tether {

namespace {

/// The first bytes, "2a 00 00 00", and how many there are in all if that is not all.
std::string sample(const Bytes& bytes) {
  constexpr std::size_t kMost = 16;
  const std::string text = hex_digits(std::span(bytes).first(std::min(bytes.size(), kMost)), " ");
  return bytes.size() > kMost ? text + " ..." : text;
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

/// "w O_APPEND, offset 10".
std::string state(const DescriptorImage& descriptor) {
  const std::string names = procfs::open_flag_names(descriptor.flags);
  return std::string(procfs::access_mode_name(descriptor.flags)) + (names.empty() ? "" : " ") + names +
         (descriptor.is_cloexec ? " close-on-exec" : "") +
         (descriptor.offset == 0 ? "" : ", offset " + std::to_string(descriptor.offset));
}

std::string image(const std::optional<DescriptorImage>& descriptor) {
  return descriptor ? descriptor->link + " (" + state(*descriptor) + ")" : "closed";
}

std::string descriptor_change(const DescriptorChange& c) {
  const std::string which = c.fd.value < 0 ? "a new descriptor" : name_of(c.fd);
  if (c.kind == DescriptorChange::Kind::Modified && c.before && c.after)
    return which + ", " + c.after->link + ": " + state(*c.before) + " -> " + state(*c.after);
  return which + ": " + image(c.before) + " -> " + image(c.after);
}

struct Describe {
  std::string operator()(const MemoryChange& c) const {
    if (c.kind == MemoryChange::Kind::Breakpoint) return "breakpoint " + hex(c.address.value);
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
  std::string operator()(const DescriptorChange& c) const { return descriptor_change(c); }
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
