#include "tools/desc/source_files.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

namespace tether::desc {

Result<std::vector<SourceFile>> read_source_files(const std::filesystem::path& directory, std::string_view extension) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> paths;
  fs::recursive_directory_iterator entry(directory, error);
  while (!error && entry != fs::recursive_directory_iterator()) {
    if (entry->path().extension() == extension) paths.push_back(entry->path());
    entry.increment(error);
  }
  if (error) return fail(errno_error(error.value(), "reading the directory " + directory.string()));
  if (paths.empty())
    return fail(Error{.code = ErrorCode::NotFound,
                      .message = "no *" + std::string(extension) + " file below " + directory.string()});
  std::ranges::sort(paths);
  std::vector<SourceFile> files;
  for (const fs::path& path : paths) {
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || in.bad()) return fail(errno_error(errno, "reading " + path.string()));
    files.push_back({path.string(), std::move(text)});
  }
  return files;
}

}  // namespace tether::desc
