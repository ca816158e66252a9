// dlopen(3) lives in libc since glibc 2.34; before it was in libdl, which not every program has. libc itself then has
// __libc_dlopen_mode, which NSS and iconv use. musl has dlopen in its libc, which is also its dynamic loader.
//
// What dlopen returns is a struct link_map of the loader (<link.h>; musl's struct dso begins alike), whose l_name is
// the path that was loaded. It tells, when the library is to be unloaded, whether the handle still is what it was.

#include "tether/control/library_load.h"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <span>
#include <utility>

#include "tether/control/remote_arguments.h"
#include "tether/control/scratch.h"
#include "tether/procfs/task.h"
#include "tether/sys/process_memory.h"

namespace tether {

namespace {

using symbol::FoundSymbol;
using symbol::Symbolizer;

struct Loader {
  RemoteAddr open;
  RemoteAddr close;
  std::optional<RemoteAddr> error;  ///< dlerror; the libc's private functions have none
  std::uint64_t extra_flags = 0;
  bool unloads = true;  ///< musl's dlclose does nothing
};

constexpr std::uint64_t kCalledFromLibc =
    0x80000000;  // glibc's __RTLD_DLOPEN (include/dlfcn.h): wanted by its private one

/// musl is "ld-musl-x86_64.so.1", or the file that this is a link to, "libc.so"; glibc is "libc.so.6" or
/// "libc-2.31.so".
bool is_musl(std::string_view module) {
  return module.starts_with("ld-musl") || module == "libc.so";
}

std::optional<RemoteAddr> find_function(Symbolizer& symbolizer, std::string_view name) {
  for (const FoundSymbol& found : symbolizer.find_symbols(name))
    if (found.kind == FoundSymbol::Kind::Function) return found.address;
  return std::nullopt;
}

Result<Loader> find_loader(Symbolizer& symbolizer) {
  for (const std::string_view library : {"libc", "libdl", "ld-musl-x86_64", "ld-musl-i386"}) {
    const std::string module = std::string(library) + ":";
    const auto open = find_function(symbolizer, module + "dlopen");
    const auto close = find_function(symbolizer, module + "dlclose");
    if (open && close)
      return Loader{.open = *open,
                    .close = *close,
                    .error = find_function(symbolizer, module + "dlerror"),
                    .unloads = !is_musl(symbolizer.locate(*open, Symbolizer::Detail::Symbol).module)};
  }
  const auto open = find_function(symbolizer, "libc:__libc_dlopen_mode");
  const auto close = find_function(symbolizer, "libc:__libc_dlclose");
  if (open && close) return Loader{.open = *open, .close = *close, .error = {}, .extra_flags = kCalledFromLibc};
  if (symbol::find_module_named(symbolizer.modules(), "libc") == nullptr)
    return fail({.code = ErrorCode::Unsupported,
                 .message = "the program is statically linked: it has no dlopen() and no dynamic loader",
                 .hint = "`tether patch` and `tether call` work without"});
  return fail({.code = ErrorCode::Unsupported,
               .message = "the program has no dlopen(): its C library keeps it in libdl, which the program was not "
                          "linked with",
               .hint = "start it with LD_PRELOAD"});
}

/// A path must lead somewhere in the process's own file system.
Result<void> check_path(Pid pid, const std::string& path) {
  if (path.find('/') == std::string::npos) return ok();
  const std::string seen = procfs::living_path(pid, (path.starts_with("/") ? "root" : "cwd/") + path);
  struct stat status;
  if (::stat(seen.c_str(), &status) == 0) return ok();
  if (errno != ENOENT && errno != ENOTDIR) return ok();  // dlopen will say
  return fail({.code = ErrorCode::NotFound,
               .sys_errno = errno,
               .message = "process " + std::to_string(pid.value) + " sees no file " + path,
               .hint = "the path is that of the process: it may have another root (a container) or working directory"});
}

std::string read_text(Tid tid, RemoteAddr where) {
  std::string text(PATH_MAX, '\0');
  text.resize(sys::read_process_memory(tid, where, std::as_writable_bytes(std::span(text))));
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

/// l_name of the struct link_map at `handle`: behind l_addr.
std::string library_name(Tid tid, Abi abi, std::uint64_t handle) {
  std::uint64_t name = 0;
  const unsigned word = word_size(abi);
  const auto bytes = std::as_writable_bytes(std::span(&name, 1)).first(word);
  if (!sys::ProcessMemory(tid).read_exactly(RemoteAddr(handle) + word, bytes)) return {};
  return read_text(tid, RemoteAddr(name));
}

Error loading_error(const std::string& path, std::string text) {
  if (text.empty()) text = "dlopen failed, and the program has no dlerror() to say why";
  return {.code = ErrorCode::Io, .message = "loading " + path + ": " + std::move(text), .hint = {}};
}

Result<std::uint64_t> open_library(RemoteCalls& calls, RemoteFunctions& functions, const Loader& loader,
                                   const std::string& path, const LoadOptions& options) {
  Scratch scratch = TETHER_TRY(Scratch::map(calls, path.size() + 1));
  const RemoteAddr name = TETHER_TRY(scratch.put_string(path));
  const std::uint64_t mode =
      RTLD_NOW | (options.symbols == LoadOptions::Symbols::Global ? RTLD_GLOBAL : 0) | loader.extra_flags;
  const FunctionArgument arguments[] = {{.bits = name.value}, {.bits = mode}};
  const FunctionResult handle = TETHER_TRY(functions.call(loader.open, arguments, options.patience));
  std::string reason;
  if (handle.address.is_null() && loader.error) {
    const FunctionResult text = TETHER_TRY(functions.call(*loader.error, {}, options.patience));
    if (!text.address.is_null()) reason = read_text(calls.tid(), text.address);
  }
  TETHER_CHECK(scratch.unmap());
  if (handle.address.is_null()) return fail(loading_error(path, std::move(reason)));
  return handle.address.value;
}

Result<void> close_library(Pid pid, const LibraryChange& change, Symbolizer& symbolizer, UndoMode mode) {
  const Loader loader = TETHER_TRY(find_loader(symbolizer));
  if (!loader.unloads)
    return fail({.code = ErrorCode::Unsupported,
                 .message = change.path + " stays loaded: the program's C library, musl, never unloads a library",
                 .hint = {}});
  const std::string name = library_name(procfs::living_task_of(symbolizer.pid()), symbolizer.abi(), change.handle);
  if (name != change.path)
    return fail({.code = ErrorCode::Busy,
                 .message = change.path + " is no longer loaded under that handle",
                 .hint = "the process has unloaded it itself"});
  if (mode == UndoMode::DryRun) return ok();
  constexpr std::chrono::milliseconds kPatience{10000};
  return with_remote_functions(pid, {}, symbolizer, [&](RemoteCalls&, RemoteFunctions& functions) -> Result<void> {
    const FunctionArgument arguments[] = {{.bits = change.handle}};
    const FunctionResult result = TETHER_TRY(functions.call(loader.close, arguments, kPatience));
    if (static_cast<std::int32_t>(result.integer) == 0) return ok();
    return fail({.code = ErrorCode::Io, .message = "dlclose of " + change.path + " failed", .hint = {}});
  });
}

}  // namespace

Result<LibraryChange> load_library(Changes& changes, const std::string& path, const LoadOptions& options) {
  const Pid pid = changes.pid();
  TETHER_CHECK(check_path(pid, path));
  Symbolizer symbolizer = TETHER_TRY(open_symbolizer(pid));
  const Loader loader = TETHER_TRY(find_loader(symbolizer));
  if (!loader.unloads && options.irrevocable == LoadOptions::Irrevocable::Refused)
    return fail({.code = ErrorCode::Unsupported,
                 .message = "the program's C library is musl, which never unloads a library: this could not be undone",
                 .hint = "--force loads it all the same"});
  const auto made = changes.make_known(LibraryChange{.path = path}, [&]() -> Result<Change> {
    LibraryChange loaded{.path = path};
    TETHER_CHECK(with_remote_functions(
        pid, options.thread, symbolizer, [&](RemoteCalls& calls, RemoteFunctions& functions) -> Result<void> {
          loaded.handle = TETHER_TRY(open_library(calls, functions, loader, path, options));
          const std::string name = library_name(calls.tid(), calls.abi(), loaded.handle);
          if (!name.empty()) loaded.path = name;
          return ok();
        }));
    return loaded;
  });
  if (!made.has_value()) return fail(made.error());
  return std::get<LibraryChange>(*made);
}

Result<void> undo(Pid pid, const LibraryChange& change, UndoMode mode) {
  Symbolizer symbolizer = TETHER_TRY(open_symbolizer(pid));
  if (change.handle != 0) return close_library(pid, change, symbolizer, mode);
  if (symbol::find_module_named(symbolizer.modules(), change.path) == nullptr) return ok();  // it came to nothing
  return fail({.code = ErrorCode::Unsupported,
               .message = "tether ended while it loaded " + change.path + ", before it knew the library's handle",
               .hint = {}});
}

}  // namespace tether
