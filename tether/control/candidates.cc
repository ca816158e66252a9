#include "tether/control/candidates.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <span>
#include <utility>

namespace tether {

namespace {

constexpr std::array<char, 16> kMagic = {'t', 'e', 't', 'h', 'e', 'r', ' ', 's',
                                         'e', 'a', 'r', 'c', 'h', ' ', '1', '\n'};
constexpr std::uint32_t kMostSlots = 65536;
constexpr std::uint32_t kMostWidth = 4096;

enum class PlacesForm : std::uint8_t { All, Bits, List };
enum class ValuesForm : std::uint8_t { Same, Each };

struct FileHead {
  std::array<char, 16> magic = kMagic;
  CandidateHeader header;
  std::uint64_t pattern_size = 0;
};

struct RecordHead {
  std::uint64_t address = 0;
  std::uint32_t slots = 0;
  std::uint32_t count = 0;
  PlacesForm places = PlacesForm::All;
  ValuesForm values = ValuesForm::Same;
  std::uint16_t unused = 0;
  std::uint32_t size = 0;  ///< of what follows
};
static_assert(sizeof(RecordHead) == 24);

template <class T>
void append_object(std::string& out, const T& object) {
  out.append(reinterpret_cast<const char*>(&object), sizeof object);
}

void append_bytes(std::string& out, std::span<const std::byte> bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

bool are_all_same(const Bytes& values, std::size_t width) {
  return values.size() <= width || std::memcmp(values.data(), values.data() + width, values.size() - width) == 0;
}

std::size_t size_of_places(PlacesForm form, std::uint32_t slots, std::uint32_t count) {
  switch (form) {
    case PlacesForm::All:
      return 0;
    case PlacesForm::Bits:
      return (slots + 7) / 8;
    case PlacesForm::List:
      break;
  }
  return std::size_t{count} * sizeof(std::uint16_t);
}

void append_places(std::string& out, const CandidateBlock& block, PlacesForm form) {
  if (form == PlacesForm::List) append_bytes(out, std::as_bytes(std::span(block.places)));
  if (form != PlacesForm::Bits) return;
  const std::size_t start = out.size();
  out.append(size_of_places(form, block.slots, 0), '\0');
  for (const std::uint16_t place : block.places)
    out[start + place / 8] = static_cast<char>(static_cast<unsigned char>(out[start + place / 8]) | 1U << place % 8);
}

std::vector<std::uint16_t> decode_places(std::string_view bytes, const RecordHead& head) {
  std::vector<std::uint16_t> places;
  places.reserve(head.count);
  if (head.places == PlacesForm::All) {
    places.resize(head.slots);
    std::iota(places.begin(), places.end(), std::uint16_t{0});
  } else if (head.places == PlacesForm::List) {
    places.resize(head.count);
    std::memcpy(places.data(), bytes.data(), bytes.size());
  } else {
    for (std::size_t i = 0; i < bytes.size(); ++i)
      for (auto bits = static_cast<unsigned char>(bytes[i]); bits != 0;
           bits = static_cast<unsigned char>(bits & (bits - 1)))
        places.push_back(static_cast<std::uint16_t>(i * 8 + static_cast<unsigned>(__builtin_ctz(bits))));
  }
  return places;
}

/// Whether the places are what the head promises.
bool are_sound(const std::vector<std::uint16_t>& places, const RecordHead& head) {
  return places.size() == head.count && std::ranges::is_sorted(places) && places.back() < head.slots;
}

Error damaged() {
  return {.code = ErrorCode::Malformed,
          .message = "the file of the search so far is damaged",
          .hint = "`tether mem search PID --reset` removes it"};
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(errno_error(errno, path));
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return ok();
}

}  // namespace

std::string encode(const CandidateBlock& block, std::uint32_t width) {
  RecordHead head{
      .address = block.address.value, .slots = block.slots, .count = static_cast<std::uint32_t>(block.places.size())};
  if (head.count != head.slots)
    head.places = size_of_places(PlacesForm::List, head.slots, head.count) <
                          size_of_places(PlacesForm::Bits, head.slots, head.count)
                      ? PlacesForm::List
                      : PlacesForm::Bits;
  head.values = are_all_same(block.values, width) ? ValuesForm::Same : ValuesForm::Each;
  const std::size_t values = head.values == ValuesForm::Same ? width : std::size_t{head.count} * width;
  head.size = static_cast<std::uint32_t>(size_of_places(head.places, head.slots, head.count) + values);
  std::string record;
  record.reserve(sizeof head + head.size);
  append_object(record, head);
  append_places(record, block, head.places);
  append_bytes(record, std::span(block.values).first(std::min(values, block.values.size())));
  return record;
}

Result<CandidateWriter> CandidateWriter::create(const std::string& path, const CandidateHeader& header,
                                                std::string_view pattern) {
  std::string temporary = path + ".new";
  UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.is_open()) return fail(errno_error(errno, temporary));
  CandidateWriter writer(path, std::move(temporary), std::move(file), header);
  std::string head;
  append_object(head, FileHead{.header = header, .pattern_size = pattern.size()});
  TETHER_CHECK(writer.append(head));
  TETHER_CHECK(writer.append(pattern));
  return writer;
}

CandidateWriter::CandidateWriter(CandidateWriter&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::move(other.file_)),
      header_(other.header_) {}

CandidateWriter::~CandidateWriter() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<void> CandidateWriter::append(std::string_view records) {
  return write_all(file_.get(), records, temporary_);
}

Result<void> CandidateWriter::finish(std::uint64_t count) {
  header_.count = count;
  if (::pwrite(file_.get(), &header_, sizeof header_, sizeof kMagic) != static_cast<ssize_t>(sizeof header_) ||
      ::rename(temporary_.c_str(), path_.c_str()) != 0)
    return fail(errno_error(errno, path_));
  temporary_.clear();
  return ok();
}

Result<CandidateReader> CandidateReader::open(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(errno_error(errno, path));
  CandidateReader reader(std::move(file));
  struct stat status;
  if (::fstat(reader.file_.get(), &status) != 0) return fail(errno_error(errno, path));
  reader.size_ = static_cast<std::uint64_t>(status.st_size);
  FileHead head;
  const std::string bytes = TETHER_TRY(reader.read(sizeof head));
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.magic != kMagic || head.header.width > kMostWidth || head.header.stride == 0 ||
      head.header.stride > kMostSlots || head.pattern_size > reader.size_)
    return fail(damaged());
  reader.header_ = head.header;
  reader.pattern_ = TETHER_TRY(reader.read(head.pattern_size));
  return reader;
}

Result<std::string> CandidateReader::read(std::size_t size) {
  constexpr std::size_t kAhead = 1 << 20;
  if (buffer_.size() - used_ < size) {
    buffer_.erase(0, used_);
    used_ = 0;
    const std::size_t have = buffer_.size();
    buffer_.resize(have + std::max(size, kAhead));
    std::size_t filled = have;
    while (filled < buffer_.size()) {
      const ssize_t got = ::read(file_.get(), buffer_.data() + filled, buffer_.size() - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(errno_error(errno, "reading the search so far"));
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    buffer_.resize(filled);
  }
  if (buffer_.size() - used_ < size) return fail(damaged());
  std::string bytes = buffer_.substr(used_, size);
  used_ += size;
  position_ += size;
  return bytes;
}

Result<std::optional<CandidateBlock>> CandidateReader::next() {
  if (position_ == size_) return std::nullopt;
  RecordHead head;
  const std::string bytes = TETHER_TRY(read(sizeof head));
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.slots == 0 || head.slots > kMostSlots || head.count == 0 || head.count > head.slots ||
      head.places > PlacesForm::List || head.values > ValuesForm::Each)
    return fail(damaged());
  const std::size_t places = size_of_places(head.places, head.slots, head.count);
  const std::size_t values = std::size_t{header_.width} * (head.values == ValuesForm::Same ? 1 : head.count);
  if (head.size != places + values) return fail(damaged());
  const std::string payload = TETHER_TRY(read(head.size));
  CandidateBlock block{.address = RemoteAddr(head.address), .slots = head.slots};
  block.places = decode_places(std::string_view(payload).substr(0, places), head);
  if (!are_sound(block.places, head)) return fail(damaged());
  const auto given = std::as_bytes(std::span(payload).subspan(places));
  for (std::size_t i = 0; i < (head.values == ValuesForm::Same ? head.count : 1U); ++i)
    block.values.insert(block.values.end(), given.begin(), given.end());
  return std::optional(std::move(block));
}

}  // namespace tether
