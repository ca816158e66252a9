#include "facts.h"
#include <filesystem>
#include <fstream>
#include <sstream>
#include <algorithm>
namespace tether::desc {
namespace {
std::optional<std::uint64_t> number(const std::string& s) {
  if (s == "-") return std::nullopt;
  return s[0] == '-' ? static_cast<std::uint64_t>(std::stoll(s)) : std::stoull(s, nullptr, 0);
}
std::vector<std::string> words(const std::string& line) { std::istringstream in(line); std::vector<std::string> w; std::string x; while (in >> x) w.push_back(x); return w; }
std::string rest(const std::vector<std::string>& w, std::size_t from) { std::string r; for (std::size_t i = from; i < w.size(); ++i) r += (r.empty() ? "" : " ") + w[i]; return r; }
long size_of(const std::string& s) { return s == "-" ? -1 : std::stol(s); }
void kind_of(const std::string& s, CField& f) {
  f.kind = s[0];
  for (std::size_t i = s.find('['); i != std::string::npos; i = s.find('[', i + 1)) f.counts.push_back(std::stol(s.substr(i + 1)));
}
void load_header(const std::string& path, const std::string& header, Facts& facts) {
  std::ifstream in(path);
  std::string line;
  CStruct* current = nullptr;
  while (std::getline(in, line)) {
    auto w = words(line);
    if (w.empty() || w[0][0] == '#') continue;
    bool alt = false;
    if (w[0] == "alt") { alt = true; w.erase(w.begin()); }
    if (w[0] == "const") {
      Constant c; c.header = header; c.value[0] = number(w[2]); c.value[1] = w.size() > 3 ? number(w[3]) : c.value[0];
      facts.constants.emplace(w[1], c);
      facts.headers[header].push_back(w[1]);
    } else if (w[0] == "enum") { facts.enums[w[1]] = {w.begin() + 2, w.end()}; }
    else if (w[0] == "ioctl") facts.ioctls.push_back({w[1], {w[2], w[3] == "=" ? w[2] : w[3]}, w[4], rest(w, 5)});
    else if (w[0] == "struct" || w[0] == "union") { current = &facts.structs[w[1]]; current->fields.clear(); current->size[0] = size_of(w[2]); current->size[1] = size_of(w[3]); }
    else if (w[0] == "field" && current) { CField f; f.alt = alt; f.name = w[1]; f.offset[0] = size_of(w[2]); f.size[0] = size_of(w[3]); f.offset[1] = size_of(w[4]); f.size[1] = size_of(w[5]); kind_of(w[6], f); f.c_type = rest(w, 7); current->fields.push_back(f); }
    else if (w[0] == "bitfield" && current) { CField f; f.alt = alt; f.name = w[1]; f.offset[0] = size_of(w[2]); f.bit_offset[0] = size_of(w[3]); f.offset[1] = size_of(w[4]); f.bit_offset[1] = size_of(w[5]); f.bits = std::stoi(w[6]); f.size[0] = f.size[1] = 4; kind_of(w[7], f); f.c_type = rest(w, 8); current->fields.push_back(f); }
  }
}
void load_calls(const std::string& path, Facts& facts) {
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> c; std::istringstream s(line); std::string x;
    while (std::getline(s, x, '\t')) c.push_back(x);
    if (c.size() < 5) continue;
    CallFact f; f.name = c[2]; f.entry = c[3]; f.known = c[4] != "?";
    if (c[4] != "-" && c[4] != "?") {
      std::istringstream a(c[4]);
      while (std::getline(a, x, ';')) {
        auto w = words(x); if (w.empty()) continue;
        std::string name = w.back(); w.pop_back(); std::string type = rest(w, 0);
        while (!name.empty() && name[0] == '*') { type += " *"; name.erase(0, 1); }
        f.args.emplace_back(type, name);
      }
    }
    facts.calls[c[0] == "i386"][static_cast<std::uint32_t>(std::stoul(c[1]))] = f;
  }
}
}
Facts load_facts(const std::string& directory) {
  Facts facts;
  namespace fs = std::filesystem;
  std::vector<fs::path> paths;
  for (const auto& e : fs::recursive_directory_iterator(directory)) if (e.path().extension() == ".facts") paths.push_back(e.path());
  std::sort(paths.begin(), paths.end());
  for (const auto& p : paths) {
    std::string relative = fs::relative(p, directory).string();
    if (relative.find("syscalls") == 0 || relative.find("hand/syscalls") == 0) { load_calls(p.string(), facts); continue; }
    relative = relative.substr(relative.find('/') + 1);
    load_header(p.string(), relative.substr(0, relative.size() - 6), facts);
  }
  return facts;
}
}
