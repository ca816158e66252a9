#include "tether/symbol/symbolizer.h"

#include <gelf.h>

#include <algorithm>
#include <utility>

#include "tether/base/hexadecimal.h"
#include "tether/base/nearest_name.h"
#include "tether/procfs/task.h"
#include "tether/symbol/demangle.h"
#include "tether/symbol/internal/dynamic_symbols.h"
#include "tether/symbol/internal/source_lines.h"
#include "tether/symbol/internal/symbol_query.h"
#include "tether/symbol/internal/symbolizer_state.h"

namespace tether::symbol {

namespace {

FoundSymbol::Kind kind_of(const TableEntry& entry) {
  switch (entry.type) {
    case STT_FUNC:
      return FoundSymbol::Kind::Function;
    case STT_OBJECT:
    case STT_COMMON:
      return FoundSymbol::Kind::Object;
    case STT_GNU_IFUNC:
      return FoundSymbol::Kind::IndirectFunction;
    default:
      return FoundSymbol::Kind::Other;
  }
}

bool is_same(const Module& a, const Module& b) {
  return a.start == b.start && a.end == b.end && a.path() == b.path() &&
         a.mappings.front().inode == b.mappings.front().inode && a.is_deleted() == b.is_deleted();
}

/// The symbol of a table entry that a query has matched by its name; absent if its version is another.
std::optional<FoundSymbol> make_found(LoadedModule& module, const TableEntry& entry, const SymbolQuery& query) {
  FoundSymbol found{.name = std::string(entry.base_name()),
                    .version = std::string(entry.version()),
                    .module = module.module.name,
                    .address = RemoteAddr(entry.address),
                    .size = entry.size,
                    .kind = kind_of(entry),
                    .is_local = entry.binding == STB_LOCAL};
  if (found.version.empty()) {
    SymbolVersion version = find_symbol_version(module, found.name, found.address);
    found.version = std::move(version.name);
    found.is_default = version.is_default;
  } else {
    found.is_default = std::string_view(entry.name).find("@@") != std::string_view::npos;
  }
  if (!query.version.empty() && found.version != query.version) return std::nullopt;
  if (found.kind == FoundSymbol::Kind::IndirectFunction)
    if (const auto chosen = find_resolved(module, found.address, *module.memory)) {
      found.address = *chosen;
      found.is_resolved = true;
    }
  return found;
}

/// The same symbol may stand in .symtab and in .dynsym, or there as local and here as global: the first stays.
std::vector<FoundSymbol> without_repeats(std::vector<FoundSymbol> all) {
  std::vector<FoundSymbol> kept;
  for (FoundSymbol& symbol : all) {
    const bool is_repeat = std::ranges::any_of(
        kept, [&](const FoundSymbol& other) { return other.address == symbol.address && other.name == symbol.name; });
    if (!is_repeat) kept.push_back(std::move(symbol));
  }
  return kept;
}

}  // namespace

std::string Location::text() const {
  const std::string shown = symbol.empty() ? std::string() : demangle(symbol);
  if (!shown.empty()) {
    const std::string name(without_parameters(shown));
    return symbol_offset == 0 ? name : name + "+" + hex(symbol_offset);
  }
  return module.empty() ? hex(address.value) : module + "+" + hex(module_offset);
}

void Symbolizer::State::report() {
  std::vector<Module> found = make_modules(maps);
  std::vector<std::unique_ptr<LoadedModule>> now;
  dwfl_report_begin(dwfl);
  for (const Module& module : found) {
    const auto known =
        std::ranges::find_if(loaded, [&](const auto& l) { return l != nullptr && is_same(l->module, module); });
    now.push_back(known != loaded.end() ? std::move(*known) : std::make_unique<LoadedModule>());
    LoadedModule& entry = *now.back();
    // The inode makes the name its own: of a file that was replaced elfutils must not keep what it knew.
    const std::string name = module.path() + " #" + std::to_string(module.mappings.front().inode);
    entry.module = module;
    entry.pid = pid;
    entry.memory = memory.get();
    entry.dwfl = dwfl_report_module(dwfl, name.c_str(), module.start.value, module.end.value);
    void** user_data = nullptr;
    if (entry.dwfl != nullptr) {
      dwfl_module_info(entry.dwfl, &user_data, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
      *user_data = &entry;
    }
  }
  dwfl_report_end(dwfl, nullptr, nullptr);
  modules = std::move(found);
  loaded = std::move(now);
}

Symbolizer::Symbolizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Symbolizer::Symbolizer(Symbolizer&&) noexcept = default;
Symbolizer& Symbolizer::operator=(Symbolizer&&) noexcept = default;
Symbolizer::~Symbolizer() = default;

Result<Symbolizer> Symbolizer::open(Pid pid, std::unique_ptr<MemoryReader> memory) {
  Symbolizer symbolizer(std::make_unique<State>(pid, std::move(memory)));
  TETHER_CHECK(symbolizer.refresh());
  return symbolizer;
}

Result<void> Symbolizer::refresh() {
  state_->maps = TETHER_TRY(procfs::read_maps(procfs::living_task_of(state_->pid)));
  state_->report();
  return ok();
}

std::span<const Module> Symbolizer::modules() const {
  return state_->modules;
}

std::span<const procfs::Mapping> Symbolizer::maps() const {
  return state_->maps;
}

Pid Symbolizer::pid() const {
  return state_->pid;
}

Abi Symbolizer::abi() const {
  GElf_Addr bias = 0;
  LoadedModule* program = state_->program();
  Elf* elf = program != nullptr ? program->elf(bias) : nullptr;
  return elf != nullptr && gelf_getclass(elf) == ELFCLASS32 ? Abi::I386 : Abi::X86_64;
}

Location Symbolizer::locate(RemoteAddr addr, Detail detail) {
  Location location{.address = addr};
  LoadedModule* loaded = state_->find_loaded(addr);
  if (loaded == nullptr) return location;
  location.module = loaded->module.name;
  location.module_offset = addr.value - loaded->module.base.value;
  if (const TableEntry* entry = loaded->symbol_table().find(addr)) {
    location.symbol = entry->base_name();
    location.symbol_offset = addr.value - entry->address;
    location.symbol_size = entry->size;
  }
  if (detail == Detail::Lines) location.source = read_source_frames(*loaded, addr);
  return location;
}

std::vector<FoundSymbol> Symbolizer::find_symbols(std::string_view name) {
  const SymbolQuery query = parse_symbol_query(name);
  const Module* only = query.module.empty() ? nullptr : find_module_named(state_->modules, query.module);
  std::vector<FoundSymbol> all;
  if (query.name.empty() || (!query.module.empty() && only == nullptr)) return all;
  for (const Module& module : state_->modules) {
    if (only != nullptr && &module != only) continue;
    LoadedModule& loaded = state_->loaded_of(module);
    for (const TableEntry& entry : loaded.symbol_table().entries()) {
      if (!query.matches(entry.base_name())) continue;
      if (auto found = make_found(loaded, entry, query)) all.push_back(std::move(*found));
    }
  }
  std::ranges::stable_sort(all, {}, [](const FoundSymbol& s) { return std::pair(s.is_local, !s.is_default); });
  return without_repeats(std::move(all));
}

Result<FoundSymbol> Symbolizer::find_symbol(std::string_view name) {
  std::vector<FoundSymbol> all = find_symbols(name);
  if (!all.empty()) return std::move(all.front());
  const SymbolQuery query = parse_symbol_query(name);
  std::vector<std::string_view> candidates;
  if (!query.module.empty() && find_module_named(state_->modules, query.module) == nullptr) {
    for (const Module& module : state_->modules) candidates.push_back(module.name);
    return fail({.code = ErrorCode::NotFound,
                 .message = "process " + std::to_string(state_->pid.value) + " has no module '" +
                            std::string(query.module) + "'" + did_you_mean(query.module, candidates),
                 .hint = "see /proc/" + std::to_string(state_->pid.value) + "/maps"});
  }
  for (const Module& module : state_->modules)
    for (const TableEntry& entry : state_->loaded_of(module).symbol_table().entries())
      candidates.push_back(entry.base_name());
  return fail({.code = ErrorCode::NotFound,
               .message = "process " + std::to_string(state_->pid.value) + " has no symbol '" + std::string(name) +
                          "'" + did_you_mean(query.name, candidates),
               .hint = candidates.empty() ? "none of its files has symbols" : ""});
}

std::vector<FoundSection> Symbolizer::find_sections(std::string_view name) {
  std::vector<FoundSection> sections;
  for (const auto& loaded : state_->loaded)
    if (auto section = find_section(*loaded, name)) sections.push_back(std::move(*section));
  return sections;
}

Result<std::vector<RemoteAddr>> Symbolizer::find_line(std::string_view file, std::uint32_t line) {
  if (line == 0 || file.empty())
    return fail({.code = ErrorCode::Malformed, .message = "a source line is FILE:NUMBER, from 1", .hint = {}});
  LineAddresses best;
  for (const auto& loaded : state_->loaded) {
    LineAddresses found = find_line_addresses(*loaded, file, line);
    best.knows_file = best.knows_file || found.knows_file;
    if (found.line == 0 || (best.line != 0 && found.line > best.line)) continue;
    if (found.line == best.line)
      best.addresses.insert(best.addresses.end(), found.addresses.begin(), found.addresses.end());
    else
      best = std::move(found);
  }
  if (!best.addresses.empty()) return std::move(best.addresses);
  const std::string where = std::string(file) + ":" + std::to_string(line);
  return fail({.code = ErrorCode::NotFound,
               .message = best.knows_file ? "no code was made of " + where + " or of a line behind it"
                                          : "no debug information of " + std::string(file),
               .hint = best.knows_file ? "" : "build with -g, or install the package with its debug symbols"});
}

}  // namespace tether::symbol
