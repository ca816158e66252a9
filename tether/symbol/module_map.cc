#include "tether/symbol/module_map.h"

#include <algorithm>
#include <cctype>

namespace tether::symbol {

namespace {

using procfs::Mapping;
using procfs::MappingKind;

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

/// "libc" of "libc.so.6" and of "libc-2.31.so".
std::string_view stem_of(std::string_view file_name) {
  std::string_view stem = file_name.substr(0, file_name.find(".so"));
  const std::size_t dash = stem.rfind('-');
  const bool is_version = dash != std::string_view::npos && dash + 1 < stem.size() &&
                          std::all_of(stem.begin() + static_cast<std::ptrdiff_t>(dash) + 1, stem.end(), [](char c) {
                            return c == '.' || std::isdigit(static_cast<unsigned char>(c)) != 0;
                          });
  if (is_version && stem.size() != file_name.size()) stem = stem.substr(0, dash);
  return stem;
}

/// Whether `next` continues the file that `module` is made of, rather than beginning it anew.
bool continues(const Module& module, const Mapping& next) {
  const Mapping& last = module.mappings.back();
  return next.is_same_file(last) && next.offset >= last.offset && next.offset != module.mappings.front().offset;
}

void close(std::vector<Module>& modules, Module& open) {
  const bool is_code = std::ranges::any_of(open.mappings, &Mapping::is_executable);
  if (is_code) {
    open.start = open.mappings.front().start;
    open.end = open.mappings.back().end;
    open.base = RemoteAddr(open.start.value - open.mappings.front().offset);
    open.name = last_part(open.path());
    modules.push_back(std::move(open));
  }
  open = {};
}

}  // namespace

std::vector<Module> make_modules(std::span<const Mapping> maps) {
  std::vector<Module> modules;
  Module open;
  for (const Mapping& mapping : maps) {
    if (mapping.kind != MappingKind::File && mapping.kind != MappingKind::Vdso) continue;
    if (!open.mappings.empty() && !continues(open, mapping)) close(modules, open);
    open.mappings.push_back(mapping);
  }
  if (!open.mappings.empty()) close(modules, open);
  return modules;
}

const Module* find_module(std::span<const Module> modules, RemoteAddr addr) {
  const auto after = std::ranges::upper_bound(modules, addr, {}, &Module::start);
  if (after == modules.begin()) return nullptr;
  const Module& candidate = *(after - 1);
  return candidate.contains(addr) ? &candidate : nullptr;
}

const Module* find_module_named(std::span<const Module> modules, std::string_view name) {
  for (const Module& module : modules)
    if (module.path() == name) return &module;
  for (const Module& module : modules)
    if (module.name == name) return &module;
  for (const Module& module : modules)
    if (stem_of(module.name) == name) return &module;
  return nullptr;
}

}  // namespace tether::symbol
