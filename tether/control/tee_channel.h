#pragma once
// TeeChannel: what is put in the place of a descriptor so that we see what flows through it; of the same kind, so that
// the process can do with it what it did before, as far as that is possible.

#include <cstdint>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/base/unique_fd.h"
#include "tether/control/change.h"

namespace tether {

struct TeeChannel {
  enum class Kind : std::uint8_t {
    PipeOut,   ///< for what is written: a pipe, a file, /dev/null
    PipeIn,    ///< for what is read: a pipe
    Terminal,  ///< a pseudoterminal, for what is written to one
    Sockets,   ///< a connection's two ways
  } kind = Kind::PipeOut;
  UniqueFd theirs;
  UniqueFd ours;  ///< does not block

  /// Whether a file may be relayed that is not only appended to: the process may seek in it or map it, which it cannot
  /// do with a pipe.
  enum class Files : std::uint8_t { OnlyAppended, Any };
};

/// The channel for descriptor `fd`, which is `image`, and a copy of which is `original`. Errors: Unsupported for what
/// cannot be relayed: a file that is read, datagrams, sockets that listen.
Result<TeeChannel> make_tee_channel(Fd fd, const DescriptorImage& image, int original, TeeChannel::Files files);

/// Gives the pseudoterminal behind `to` the size of the terminal `from`, if it has another.
void copy_window_size(int from, int to);

}  // namespace tether
