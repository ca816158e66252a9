#pragma once
// Loading a shared library into a running process, by the process's own dlopen(3).
//
//   LibraryChange loaded = TETHER_TRY(load_library(changes, "/opt/lib/libtrace.so", {}));
//   TETHER_CHECK(undo(pid, loaded));                                      // dlclose(3)

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "tether/base/ids.h"
#include "tether/base/result.h"
#include "tether/control/change.h"
#include "tether/control/changes.h"
#include "tether/control/remote_functions.h"

namespace tether {

struct LoadOptions {
  FunctionThreadOptions thread;
  /// The library's constructors run within this time.
  std::chrono::milliseconds patience{10000};
  enum class Symbols : std::uint8_t { Local, Global } symbols = Symbols::Local;  ///< RTLD_GLOBAL
  /// What to do where the C library never unloads one (musl).
  enum class Irrevocable : std::uint8_t { Refused, Accepted } irrevocable = Irrevocable::Refused;
};

/// Loads the library, all its symbols resolved at once (RTLD_NOW). A name without a slash is searched for as dlopen(3)
/// does; another is a path as the process sees it. Errors: Unsupported where the program has no dlopen (statically
/// linked, or old and without libdl), or where it could not be undone; NotFound if the process sees no such file; Io
/// with dlerror(3)'s text; those of with_remote_functions() and RemoteFunctions::call().
Result<LibraryChange> load_library(Changes& changes, const std::string& path, const LoadOptions& options);

/// Unloads it by dlclose(3). Busy if the handle is no longer that of the library; Unsupported where dlclose does
/// nothing.
Result<void> undo(Pid pid, const LibraryChange& change, UndoMode mode);

}  // namespace tether
