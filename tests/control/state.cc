#include "tests/control/state.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

namespace tether::testing {

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::set<fs::path> entries(const fs::path& directory) {
  std::set<fs::path> found;
  std::error_code err;
  for (const auto& entry : fs::directory_iterator(directory, err)) found.insert(entry.path());
  return found;
}

/// The heap and the stack grow by themselves: their ends are left out.
std::string read_maps(const fs::path& process) {
  std::istringstream lines(read_file(process / "maps"));
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const bool grows = line.ends_with("[heap]") || line.ends_with("[stack]");
    text += (grows ? line.substr(line.find('[')) : line) + "\n";
  }
  return text;
}

std::string read_descriptors(const fs::path& process) {
  std::string text;
  for (const fs::path& link : entries(process / "fd")) {
    std::error_code err;
    text += link.filename().string() + " " + fs::read_symlink(link, err).string();
    std::istringstream lines(read_file(process / "fdinfo" / link.filename()));
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("flags:")) text += " " + line;
    text += "\n";
  }
  return text;
}

std::string read_signals(const fs::path& process) {
  std::string text;
  for (const fs::path& task : entries(process / "task")) {
    text += task.filename().string();
    std::istringstream lines(read_file(task / "status"));
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("SigBlk") || line.starts_with("SigIgn") || line.starts_with("SigCgt") ||
          line.starts_with("TracerPid") || line.starts_with("State:\tT"))
        text += " " + line;
    text += "\n";
  }
  return text;
}

ProcessState read_state_once(pid_t pid) {
  const fs::path process = fs::path("/proc") / std::to_string(pid);
  return {.maps = read_maps(process), .descriptors = read_descriptors(process), .signals = read_signals(process)};
}

}  // namespace

ProcessState read_state(pid_t pid) {
  constexpr int kTries = 50;
  ProcessState state = read_state_once(pid);
  for (int i = 0; i < kTries; ++i) {
    ProcessState again = read_state_once(pid);
    if (again == state) break;
    state = std::move(again);
  }
  return state;
}

ProcessState read_state_until(pid_t pid, const ProcessState& expected) {
  constexpr int kTries = 200;
  ProcessState state = read_state(pid);
  for (int i = 0; i < kTries && state != expected; ++i) state = read_state(pid);
  return state;
}

void PrintTo(const ProcessState& state, std::ostream* out) {
  *out << "maps:\n" << state.maps << "descriptors:\n" << state.descriptors << "signals:\n" << state.signals;
}

}  // namespace tether::testing
