#include "tether/tracee/command.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

extern char** environ;

namespace tether {

namespace {

/// 0, or why `path` cannot be executed.
int reason_not_executable(const std::string& path) {
  struct stat st;
  if (::stat(path.c_str(), &st) != 0) return errno;
  if (S_ISDIR(st.st_mode)) return EACCES;
  return ::access(path.c_str(), X_OK) == 0 ? 0 : errno;
}

Error cannot_execute(const std::string& name, int err) {
  Error error{.code = err == EACCES ? ErrorCode::PermissionDenied : ErrorCode::NotFound,
              .sys_errno = err,
              .message = "cannot run '" + name + "': " + describe_errno(err),
              .hint = {}};
  if (err == EACCES) error.hint = "it is a directory or not marked executable: see `ls -l`, `chmod +x`";
  return error;
}

Result<std::string> find_executable(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (const int err = reason_not_executable(name); err != 0) return fail(cannot_execute(name, err));
    return name;
  }
  const char* path_variable = std::getenv("PATH");
  std::string_view rest = path_variable != nullptr ? path_variable : "/usr/local/bin:/bin:/usr/bin";
  int worst = ENOENT;
  for (;;) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string_view directory = rest.substr(0, end);
    std::string candidate = directory.empty() ? "./" + name : std::string(directory) + "/" + name;
    const int err = reason_not_executable(candidate);
    if (err == 0) return candidate;
    if (err == EACCES) worst = EACCES;
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  Error error = cannot_execute(name, worst);
  if (worst == ENOENT) error.hint = "there is no such command in PATH; a path with a slash is used as it is";
  return fail(std::move(error));
}

std::vector<std::string> make_environment(const LaunchOptions& options) {
  std::vector<std::string> variables;
  for (char** v = environ; *v != nullptr; ++v) variables.emplace_back(*v);
  for (const auto& [name, value] : options.environment) {
    const std::string prefix = name + "=";
    std::erase_if(variables, [&](const std::string& v) { return v.starts_with(prefix); });
    if (value) variables.push_back(prefix + *value);
  }
  return variables;
}

Result<Command::Identity> find_identity(const std::string& user) {
  errno = 0;
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr)
    return fail(
        {.code = ErrorCode::NotFound, .sys_errno = errno, .message = "no such user: '" + user + "'", .hint = {}});
  Command::Identity identity{.uid = entry->pw_uid, .gid = entry->pw_gid, .groups = {}};
  int count = 64;
  identity.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(user.c_str(), identity.gid, identity.groups.data(), &count) < 0) {
    identity.groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(user.c_str(), identity.gid, identity.groups.data(), &count);
  }
  identity.groups.resize(static_cast<std::size_t>(count));
  return identity;
}

}  // namespace

Result<Command> resolve_command(const LaunchOptions& options) {
  if (options.argv.empty() || options.argv[0].empty())
    return fail({.code = ErrorCode::Malformed, .message = "no command was given", .hint = {}});
  Command command;
  command.file = TETHER_TRY(find_executable(options.argv[0]));
  command.arguments = options.argv;
  if (options.argv0) command.arguments[0] = *options.argv0;
  command.environment = make_environment(options);
  if (options.user) command.identity = TETHER_TRY(find_identity(*options.user));
  return command;
}

}  // namespace tether
