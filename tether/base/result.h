#pragma once
// Result<T>: a value or an Error; [[nodiscard]], unlike g++ 12's std::expected.
//
//   Result<Maps> read_maps(Pid pid);
//   Maps maps = TETHER_TRY(read_maps(pid));      // returns the error to our caller, else yields the value

#include <expected>
#include <utility>

#include "tether/base/error.h"

namespace tether {

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

/// The success value of a Result<void>.
inline Result<void> ok() {
  return {};
}

inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}

}  // namespace tether

/// Unwraps a Result or returns its error from the enclosing function. A statement expression (GNU), since the
/// standard has no spelling for it; both compilers that build tether know it. Nothing that has to be destroyed may be
/// made before it in the same expression: the return jumps over its destruction (g++ 12).
#define TETHER_TRY(expression)                                                           \
  (__extension__({                                                                       \
    auto&& tether_try_result = (expression);                                             \
    if (!tether_try_result.has_value())                                                  \
      return ::std::unexpected<::tether::Error>(::std::move(tether_try_result).error()); \
    *::std::move(tether_try_result);                                                     \
  }))

/// The same for a Result<void>.
#define TETHER_CHECK(expression)                                                           \
  do {                                                                                     \
    if (auto tether_check_result = (expression); !tether_check_result.has_value())         \
      return ::std::unexpected<::tether::Error>(::std::move(tether_check_result).error()); \
  } while (false)
