#pragma once
// Candidates: what a search has found, in a file, so that it can be narrowed again and again.
//
// The file begins with a CandidateHeader and the pattern's text. Then follows, ascending by address, a record for each
// block of 64 KiB that holds a find: its head, which of its places are finds (a place is a multiple of the stride), and
// their values when they were looked at. Both are kept in the shortest of the forms that they may have:
//
//   places   nothing, if all of them are finds · a bit for each · two bytes for each find
//   values   one, if all finds have the same · one for each find
//
// So 1 GiB of zeros, searched for a u32 of 0, takes 16,384 records of 32 bytes; the worst case, numbers of which all
// differ and all are finds, is as large as the memory itself and no larger.
//
//   CandidateWriter writer = TETHER_TRY(CandidateWriter::create(path, header, "u32:42"));
//   TETHER_CHECK(writer.append(encode(block, width)));
//   TETHER_CHECK(writer.finish(count));                        // only now does it replace the former file

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/control/change.h"

namespace tether {

/// The finds of one block.
struct CandidateBlock {
  RemoteAddr address;                 ///< of place 0
  std::uint32_t slots = 0;            ///< how many places the block has
  std::vector<std::uint16_t> places;  ///< ascending; never empty in a file
  Bytes values;                       ///< one after the other, `width` bytes each; none if the width is 0
};

struct CandidateHeader {
  std::uint32_t width = 0;     ///< bytes of a value; 0: values are not kept
  std::uint32_t stride = 1;    ///< bytes from place to place
  std::uint64_t count = 0;     ///< of all finds
  std::uint64_t narrowed = 0;  ///< how often the first search has been narrowed
};

/// A block as its record in the file.
std::string encode(const CandidateBlock& block, std::uint32_t width);

class CandidateWriter {
 public:
  /// Errors: Io, PermissionDenied.
  static Result<CandidateWriter> create(const std::string& path, const CandidateHeader& header,
                                        std::string_view pattern);
  CandidateWriter(CandidateWriter&& other) noexcept;
  CandidateWriter& operator=(CandidateWriter&&) = delete;
  ~CandidateWriter();  ///< removes what is not finished

  /// A record, or several. Errors: Io (no space left).
  Result<void> append(std::string_view records);
  /// Puts the file in place of the former one.
  Result<void> finish(std::uint64_t count);

 private:
  CandidateWriter(std::string path, std::string temporary, UniqueFd file, CandidateHeader header)
      : path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)), header_(header) {}
  std::string path_;
  std::string temporary_;  ///< empty once it has its name
  UniqueFd file_;
  CandidateHeader header_;
};

class CandidateReader {
 public:
  /// Errors: NotFound if there is none; Malformed if it is none of ours.
  static Result<CandidateReader> open(const std::string& path);

  const CandidateHeader& header() const { return header_; }
  const std::string& pattern() const { return pattern_; }
  std::uint64_t size() const { return size_; }

  /// The next block; absent at the end. Malformed where the file is damaged.
  Result<std::optional<CandidateBlock>> next();
  /// How far it has come, in bytes of size().
  std::uint64_t position() const { return position_; }

 private:
  explicit CandidateReader(UniqueFd file) : file_(std::move(file)) {}
  Result<std::string> read(std::size_t size);

  UniqueFd file_;
  CandidateHeader header_;
  std::string pattern_;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
  std::string buffer_;  ///< read ahead
  std::size_t used_ = 0;
};

}  // namespace tether
