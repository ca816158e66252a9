#pragma once
// The data that a call moves, whole: -e read= and -e write=.
//
// Arguments are shown up to -s bytes, so capture and decoder read no more of them. What is to be shown whole is walked
// by itself, in the same way by both (capture.cc, decoder.cc), so that the decoder finds all that the capture took.

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tether/arch/abi.h"
#include "tether/base/ids.h"
#include "tether/decode/internal/bytes.h"
#include "tether/decode/internal/call_view.h"
#include "tether/decode/internal/limits.h"
#include "tether/decode/internal/number.h"
#include "tether/decode/options.h"
#include "tether/decode/tables.h"
#include "tether/event/event.h"

namespace tether::decode {

/// How a call says where its data lies. The descriptor is its first argument in any case.
struct DataCall {
  enum class Form : std::uint8_t {
    None,
    Buffer,    ///< second argument; the third is its size
    Vector,    ///< struct iovec[third argument]
    Message,   ///< struct msghdr
    Messages,  ///< struct mmsghdr[third argument]
  };
  Form form = Form::None;
  bool reads = false;  ///< data comes into the process: it is there after the call, as much as the result says
};

/// By the name of the call.
DataCall find_data_call(const Tables& tables, std::uint32_t number);

/// Whether the call's data is wanted and is there to be read in this pass: what is written, before the call; what was
/// read, after it, if it succeeded.
inline bool is_data_wanted(const DataCall& data, const CallView& call, Pass pass, const DecodeOptions& options) {
  if (data.form == DataCall::Form::None || data.reads != (pass == Pass::Exit)) return false;
  if (data.reads && (!call.returned || call.failed)) return false;
  const FdSelection& wanted = data.reads ? options.read_dumps : options.write_dumps;
  return wanted.contains(Fd(static_cast<std::int32_t>(call.arg_value(0))));
}

/// Reads the data of one call, and hands over each piece as it is found.
template <class Memory, class Take>
class DataWalk {
 public:
  DataWalk(const DataCall& data, const CallView& call, Memory& memory, Take take)
      : data_(data), call_(call), memory_(memory), take_(take) {}

  void walk() {
    const std::uint64_t where = call_.arg_value(1);
    const auto result = static_cast<std::uint64_t>(call_.return_value);
    switch (data_.form) {
      case DataCall::Form::None:
        return;
      case DataCall::Form::Buffer:
        return piece(where, data_.reads ? result : call_.arg_value(2), {});
      case DataCall::Form::Vector:
        return vector(where, call_.arg_value(2), data_.reads ? result : kUnlimited, {});
      case DataCall::Form::Message:
        return message(where, data_.reads ? result : kUnlimited, {});
      case DataCall::Form::Messages:
        return messages(where, data_.reads ? result : call_.arg_value(2));
    }
  }

 private:
  static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};
  // Each member of these structs, and any padding behind it, takes a word in both ABIs.
  static constexpr std::size_t kIovWord = offsetof(msghdr, msg_iov) / sizeof(void*);
  static constexpr std::size_t kIovlenWord = offsetof(msghdr, msg_iovlen) / sizeof(void*);
  static constexpr std::size_t kLengthWord = offsetof(mmsghdr, msg_len) / sizeof(void*);
  static constexpr std::size_t kMessageWords = sizeof(mmsghdr) / sizeof(void*);

  Bytes fetch(std::uint64_t address, std::uint64_t want) {
    const auto asked = static_cast<std::size_t>(std::min<std::uint64_t>(want, kMaxDumpedBytes - bytes_));
    bytes_ += asked;
    return asked == 0 ? Bytes{} : memory_.fetch(address, asked);
  }
  std::uint64_t word(Bytes bytes, std::size_t index) const {
    return load_number(memory_.at(bytes.sub(index * word_)), word_);
  }

  void piece(std::uint64_t address, std::uint64_t length, DataPiece place) {
    if (length == 0) return;
    const Bytes bytes = fetch(address, length);
    place.length = length;
    if (bytes.size != 0) place.bytes = {reinterpret_cast<const char*>(memory_.at(bytes)), bytes.size};
    take_(place);
  }

  void vector(std::uint64_t address, std::uint64_t count, std::uint64_t left, DataPiece place) {
    count = std::min<std::uint64_t>(count, UIO_MAXIOV);  // the kernel takes no longer one
    const Bytes elements = fetch(address, count * 2 * word_);
    place.is_in_vector = true;
    for (std::size_t i = 0; i < elements.size / (2 * word_) && left != 0; ++i) {
      const std::uint64_t length = std::min(word(elements, 2 * i + 1), left);
      place.buffer = static_cast<std::uint32_t>(i);
      piece(word(elements, 2 * i), length, place);
      left -= length;
    }
  }

  void message(std::uint64_t address, std::uint64_t length, DataPiece place) {
    const Bytes header = fetch(address, (kIovlenWord + 1) * word_);
    if (header.size < (kIovlenWord + 1) * word_) return;
    place.buffer_count = word(header, kIovlenWord);
    vector(word(header, kIovWord), place.buffer_count, length, place);
  }

  void messages(std::uint64_t address, std::uint64_t count) {
    DataPiece place;
    place.is_in_message = true;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(count, UIO_MAXIOV); ++i) {
      const std::uint64_t at = address + i * kMessageWords * word_;
      const Bytes length = fetch(at + kLengthWord * word_, sizeof(std::uint32_t));
      if (length.size < sizeof(std::uint32_t)) return;
      place.message = static_cast<std::uint32_t>(i);
      message(at, data_.reads ? load_number(memory_.at(length), sizeof(std::uint32_t)) : kUnlimited, place);
    }
  }

  const DataCall& data_;
  const CallView& call_;
  Memory& memory_;
  Take take_;
  const unsigned word_ = word_size(call_.abi);
  std::size_t bytes_ = 0;  ///< asked for so far
};

}  // namespace tether::decode
