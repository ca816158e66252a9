// Fuzzer of capture and decoder: any call, any registers, any memory with holes.
//
// Checked: nothing crashes or runs on (the sanitizers and the limits below), and decoding misses nothing: what the
// records give must equal what they would give if they held all of the tracee's memory.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tether/decode/internal/limits.h"
#include "tether/decode/internal/test_support.h"

namespace tether::decode::testing {
namespace {

constexpr std::uint64_t kRuns[] = {0x10000, 0x20f80, 0x30000, 0x40ff0};  // some end or begin close to a page's end
constexpr std::size_t kRunSizes[] = {0x1000, 0x80, 0x3000, 0x10};

/// Takes numbers out of the fuzzer's bytes; when they are used up, a generator seeded by them goes on.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::uint64_t take(std::size_t width) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < width; ++i) number |= std::uint64_t{take_byte()} << (8 * i);
    return number;
  }
  /// A number of the sort that calls are made of: small, negative, a pointer, anything.
  std::uint64_t take_argument() {
    const std::uint64_t choice = take(1);
    switch (choice % 8) {
      case 0:
        return 0;
      case 1:
      case 2:
        return take(1);
      case 3:
        return take(8);
      case 4:
        return ~take(1);
      case 5:
        return kRuns[choice / 8 % 4] + kRunSizes[choice / 8 % 4] - take(1) % 32;
      default:
        return kRuns[choice / 8 % 4] + take(2) % kRunSizes[choice / 8 % 4];
    }
  }
  /// Fills a run of memory with what structs are made of: words, pointers, small numbers of all widths, text.
  std::string take_memory(std::size_t size) {
    std::string memory;
    while (memory.size() < size) {
      const std::uint64_t style = take(1);
      std::uint64_t word = take_argument();
      if (style % 8 >= 3) word = (word & 0xff) | (take_argument() & 0xffffffff) << 32;
      if (style % 8 >= 5) word = take(8) & 0x0007003f000f003f;
      if (style % 8 == 7) word = take(8) & 0x7f7f7f7f7f7f7f7f;
      memory.append(reinterpret_cast<const char*>(&word), style >= 128 ? 8 : 4);
    }
    memory.resize(size);
    return memory;
  }

 private:
  std::uint8_t take_byte() {
    if (at_ < bytes_.size()) {
      state_ = (state_ ^ bytes_[at_]) * 0x100000001b3;  // FNV-1a
      return bytes_[at_++];
    }
    state_ = state_ * 6364136223846793005 + 1442695040888963407;  // Knuth's MMIX
    return static_cast<std::uint8_t>(state_ >> 56);
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  std::uint64_t state_ = 0xcbf29ce484222325;
};

struct Setup {
  Capturer capturer;
  Decoder decoder;
};

/// Made once per combination of options: making them costs more than a run.
Setup& setup_for(unsigned choice) {
  static std::unique_ptr<Setup> setups[16];
  std::unique_ptr<Setup>& setup = setups[choice % 16];
  if (!setup) {
    const DecodeOptions options{.string_limit = (choice & 8) != 0 ? 3u : 32u,
                                .verbose = (choice & 1) != 0,
                                .fd_paths = (choice & 2) != 0,
                                .fd_details = (choice & 4) != 0};
    setup = std::make_unique<Setup>(Setup{Capturer(options), Decoder(options)});
  }
  return *setup;
}

std::vector<std::byte> keep(RawEventBuilder& builder) {
  const auto bytes = builder.finish();
  return {bytes.begin(), bytes.end()};
}

void add_all_memory(RawEventBuilder& builder, ArrayMemory& memory) {
  for (std::size_t i = 0; i < std::size(kRuns); ++i) {
    std::vector<std::byte> bytes(kRunSizes[i]);
    bytes.resize(memory.read_some(RemoteAddr(kRuns[i]), bytes));
    builder.add_chunk(ChunkKind::Memory, kRuns[i], bytes);
  }
}

void require(bool holds, const char* what, const std::string& a = {}, const std::string& b = {}) {
  if (holds) return;
  std::fprintf(stderr, "walker_fuzz: %s\n  %s\n  %s\n", what, a.c_str(), b.c_str());
  std::abort();
}

std::string whole_text(Decoder& decoder, std::span<const std::byte> entry, std::span<const std::byte> exit) {
  Arena arena;
  const Event event = decoder.whole(RawEventView(entry), RawEventView(exit), arena);
  return to_text(std::get<SyscallEvent>(event.what));
}

void run_one(std::span<const std::uint8_t> data) {
  // A note reads its own pieces beside the walker's: the pollfds, or three sets and a timeout.
  constexpr std::size_t kMostBytes = kMaxCapturedBytes + 4 * kMaxPiece;
  constexpr std::size_t kMostReads = kMaxCapturedPieces + 8;
  Input input(data);
  Setup& setup = setup_for(static_cast<unsigned>(input.take(1)));
  const Abi abi = input.take(1) % 2 == 0 ? Abi::X86_64 : Abi::I386;
  RawSyscallEntry entry{.nr = input.take(2) % 500, .stack_pointer = input.take_argument()};
  for (std::uint64_t& arg : entry.args) arg = input.take_argument();
  const auto result = static_cast<std::int64_t>(input.take_argument());
  const RawSyscallExit exit{.return_value = result, .is_error = result < 0 && result > -4096 ? 1u : 0u};
  ArrayMemory before;
  ArrayMemory after;
  for (std::size_t i = 0; i < std::size(kRuns); ++i) before.put(kRuns[i], input.take_memory(kRunSizes[i]));
  for (std::size_t i = 0; i < std::size(kRuns); ++i) after.put(kRuns[i], input.take_memory(kRunSizes[i]));
  for (std::int32_t fd = 0; fd < 8; ++fd) before.set_fd(fd, "socket:[1]", fd % 2 != 0 ? "NETLINK:0" : "TCP");
  for (std::int32_t fd = 0; fd < 8; ++fd) after.set_fd(fd, "/tmp", "");

  RawEventBuilder builder;
  builder.begin(RawKind::SyscallEntry, abi, Tid(1), Pid(1), 1);
  builder.set_payload(entry);
  setup.capturer.capture_entry(abi, entry, before, builder);
  require(before.reads <= kMostReads && before.bytes <= kMostBytes, "the capture at the entry reads too much");
  const auto entry_record = keep(builder);
  add_all_memory(builder, before);
  const auto full_entry = keep(builder);

  builder.begin(RawKind::SyscallExit, abi, Tid(1), Pid(1), 2);
  builder.set_payload(exit);
  setup.capturer.capture_exit(abi, entry, exit, after, builder);
  require(after.reads <= kMostReads && after.bytes <= kMostBytes, "the capture at the exit reads too much");
  const auto exit_record = keep(builder);
  add_all_memory(builder, after);
  const auto full_exit = keep(builder);

  require(RawEventView::is_valid(entry_record) && RawEventView::is_valid(exit_record), "a record is malformed");
  const std::string seen = whole_text(setup.decoder, entry_record, exit_record);
  const std::string full = whole_text(setup.decoder, full_entry, full_exit);
  require(seen == full, "decoding missed what the capture should have copied", seen, full);

  Arena arena;
  const Event enter = setup.decoder.enter(RawEventView(entry_record), arena);
  const std::size_t shown = std::get<SyscallEvent>(enter.what).args.size();
  (void)to_text(std::get<SyscallEvent>(enter.what));
  (void)to_text(std::get<SyscallEvent>(
      setup.decoder.exit(RawEventView(entry_record), RawEventView(exit_record), arena, shown).what));
  (void)to_text(std::get<SyscallEvent>(setup.decoder.enter_whole(RawEventView(entry_record), arena).what));

  RawSignal signal{.signal = static_cast<std::uint32_t>(entry.args[0]), .has_info = 1};
  before.read_some(RemoteAddr(kRuns[0]), signal.siginfo);
  builder.begin(RawKind::Signal, abi, Tid(1), Pid(1), 3);
  builder.set_payload(signal);
  const auto signal_record = keep(builder);
  (void)to_text(std::get<SignalEvent>(setup.decoder.other(RawEventView(signal_record), arena).what).info);
}

}  // namespace
}  // namespace tether::decode::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tether::decode::testing::run_one({data, size});
  return 0;
}
