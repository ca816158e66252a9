// Numbers that may exceed 53 bits are hexadecimal strings and bytes are hexadecimal digits, so that any JSON reader
// keeps them whole.

#include "tether/control/internal/change_json.h"

#include <charconv>
#include <cstdlib>
#include <utility>

#include "tether/base/hexadecimal.h"

namespace tether {

namespace {

using nlohmann::json;

constexpr std::string_view kMemoryKinds[] = {"data", "code", "breakpoint"};
constexpr std::string_view kMappingKinds[] = {"map", "unmap", "protect"};

json image_to_json(const DescriptorImage& image) {
  return {{"link", image.link},           {"device", hex(image.device)},   {"inode", hex(image.inode)},
          {"flags", hex(image.flags)},    {"offset", hex(image.offset)},   {"cloexec", image.is_cloexec},
          {"keeper", image.keeper.value}, {"kept_as", image.kept_as.value}};
}

json optional_image(const std::optional<DescriptorImage>& image) {
  return image ? image_to_json(*image) : json(nullptr);
}

struct ToJson {
  json operator()(const MemoryChange& c) const {
    return {{"kind", "memory"},
            {"address", hex(c.address.value)},
            {"before", hex_digits(c.before)},
            {"after", hex_digits(c.after)},
            {"contents", kMemoryKinds[static_cast<std::size_t>(c.kind)]}};
  }
  json operator()(const RegisterChange& c) const {
    return {{"kind", "register"},
            {"tid", c.tid.value},
            {"name", c.name},
            {"before", hex_digits(c.before)},
            {"after", hex_digits(c.after)}};
  }
  json operator()(const MappingChange& c) const {
    return {{"kind", "mapping"},
            {"action", kMappingKinds[static_cast<std::size_t>(c.kind)]},
            {"address", hex(c.address.value)},
            {"length", hex(c.length)},
            {"before", c.before},
            {"after", c.after},
            {"contents", hex_digits(c.contents)}};
  }
  json operator()(const DescriptorChange& c) const {
    return {{"kind", "descriptor"},
            {"fd", c.fd.value},
            {"before", optional_image(c.before)},
            {"after", optional_image(c.after)},
            {"modified", c.kind == DescriptorChange::Kind::Modified}};
  }
  json operator()(const SettingChange& c) const {
    return {{"kind", "setting"}, {"tid", c.tid.value}, {"name", c.name}, {"before", c.before}, {"after", c.after}};
  }
  json operator()(const LibraryChange& c) const {
    return {{"kind", "library"}, {"path", c.path}, {"handle", hex(c.handle)}};
  }
  json operator()(const Deed& c) const { return {{"kind", "deed"}, {"what", c.what}}; }
};

/// Takes members out of an object; remembers whether one was missing or of another type.
class Reader {
 public:
  explicit Reader(const json& object) : object_(object) {}

  template <class T>
  T get(const char* key) {
    const auto found = object_.is_object() ? object_.find(key) : object_.end();
    if (!object_.is_object() || found == object_.end()) return missing<T>();
    if constexpr (std::is_same_v<T, std::string>) return found->is_string() ? found->get<T>() : missing<T>();
    if constexpr (std::is_same_v<T, bool>) return found->is_boolean() ? found->get<T>() : missing<T>();
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
      return found->is_number_integer() ? found->get<T>() : missing<T>();
  }

  std::uint64_t number(const char* key) {
    const auto text = get<std::string>(key);
    std::uint64_t value = 0;
    if (!text.starts_with("0x")) return missing<std::uint64_t>();
    const auto [end, err] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
    if (err != std::errc() || end != text.data() + text.size()) return missing<std::uint64_t>();
    return value;
  }

  Bytes bytes(const char* key) {
    const auto text = get<std::string>(key);
    Bytes out(text.size() / 2);
    for (std::size_t i = 0; i < out.size(); ++i) {
      unsigned value = 0;
      const char* at = text.data() + 2 * i;
      if (std::from_chars(at, at + 2, value, 16).ptr != at + 2) return missing<Bytes>();
      out[i] = static_cast<std::byte>(value);
    }
    return text.size() % 2 == 0 ? out : missing<Bytes>();
  }

  std::optional<DescriptorImage> image(const char* key) {
    if (!object_.is_object() || !object_.contains(key)) return missing<std::optional<DescriptorImage>>();
    const json& member = object_.at(key);
    if (member.is_null()) return std::nullopt;
    Reader inner(member);
    DescriptorImage image{.link = inner.get<std::string>("link"),
                          .device = inner.number("device"),
                          .inode = inner.number("inode"),
                          .flags = static_cast<std::uint32_t>(inner.number("flags")),
                          .offset = inner.number("offset"),
                          .is_cloexec = inner.get<bool>("cloexec"),
                          .keeper = Pid(inner.get<std::int32_t>("keeper")),
                          .kept_as = Fd(inner.get<std::int32_t>("kept_as"))};
    is_whole_ = is_whole_ && inner.is_whole_;
    return image;
  }

  bool is_whole() const { return is_whole_; }

 private:
  template <class T>
  T missing() {
    is_whole_ = false;
    return T{};
  }
  const json& object_;
  bool is_whole_ = true;
};

Change read_memory_change(Reader& in) {
  const auto contents = in.get<std::string>("contents");
  MemoryChange change{
      .address = RemoteAddr(in.number("address")), .before = in.bytes("before"), .after = in.bytes("after")};
  for (std::size_t i = 0; i < std::size(kMemoryKinds); ++i)
    if (contents == kMemoryKinds[i]) change.kind = static_cast<MemoryChange::Kind>(i);
  return change;
}
Change read_register_change(Reader& in) {
  return RegisterChange{.tid = Tid(in.get<std::int32_t>("tid")),
                        .name = in.get<std::string>("name"),
                        .before = in.bytes("before"),
                        .after = in.bytes("after")};
}
Change read_mapping_change(Reader& in) {
  const auto action = in.get<std::string>("action");
  MappingChange change{.address = RemoteAddr(in.number("address")),
                       .length = in.number("length"),
                       .before = in.get<std::uint32_t>("before"),
                       .after = in.get<std::uint32_t>("after"),
                       .contents = in.bytes("contents")};
  for (std::size_t i = 0; i < std::size(kMappingKinds); ++i)
    if (action == kMappingKinds[i]) change.kind = static_cast<MappingChange::Kind>(i);
  return change;
}
Change read_descriptor_change(Reader& in) {
  return DescriptorChange{
      .fd = Fd(in.get<std::int32_t>("fd")),
      .before = in.image("before"),
      .after = in.image("after"),
      .kind = in.get<bool>("modified") ? DescriptorChange::Kind::Modified : DescriptorChange::Kind::Replaced};
}
Change read_setting_change(Reader& in) {
  return SettingChange{.tid = Tid(in.get<std::int32_t>("tid")),
                       .name = in.get<std::string>("name"),
                       .before = in.get<std::string>("before"),
                       .after = in.get<std::string>("after")};
}
Change read_library_change(Reader& in) {
  return LibraryChange{.path = in.get<std::string>("path"), .handle = in.number("handle")};
}
Change read_deed(Reader& in) {
  return Deed{.what = in.get<std::string>("what")};
}

struct KindRow {
  std::string_view kind;
  Change (*read)(Reader&);
};
constexpr KindRow kChangeKinds[] = {
    {"memory", read_memory_change},
    {"register", read_register_change},
    {"mapping", read_mapping_change},
    {"descriptor", read_descriptor_change},
    {"setting", read_setting_change},
    {"library", read_library_change},
    {"deed", read_deed},
};
static_assert(std::size(kChangeKinds) == std::variant_size_v<Change>);

}  // namespace

json to_json(const Change& change) {
  return std::visit(ToJson(), change);
}

std::string format_change(const Change& change) {
  return to_json(change).dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Change> change_from_json(const json& object) {
  Reader in(object);
  const auto kind = in.get<std::string>("kind");
  for (const KindRow& row : kChangeKinds) {
    if (row.kind != kind) continue;
    Change change = row.read(in);
    if (in.is_whole()) return change;
    break;
  }
  return fail({.code = ErrorCode::Malformed, .message = "no change of a kind that is known", .hint = {}});
}

}  // namespace tether
