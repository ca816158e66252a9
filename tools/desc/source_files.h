#pragma once
// Source files: the texts below a directory.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/result.h"

namespace tether::desc {

struct SourceFile {
  std::string path, text;
};

/// Every file below `directory` whose name ends in `extension`, ordered by path. Errors: NotFound if there is no such
/// directory or no such file in it, Io if one cannot be read.
Result<std::vector<SourceFile>> read_source_files(const std::filesystem::path& directory, std::string_view extension);

}  // namespace tether::desc
