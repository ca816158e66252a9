#include "tether/symbol/internal/source_lines.h"

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "tether/symbol/demangle.h"

namespace tether::symbol {

namespace {

/// The compilation unit of an address. Compilers other than GCC leave .debug_aranges out; then the units are asked one
/// after the other.
Dwarf_Die* find_unit(Dwfl_Module* module, std::uint64_t addr, Dwarf_Addr& bias) {
  if (Dwarf_Die* unit = dwfl_module_addrdie(module, addr, &bias)) return unit;
  for (Dwarf_Die* unit = dwfl_module_nextcu(module, nullptr, &bias); unit != nullptr;
       unit = dwfl_module_nextcu(module, unit, &bias))
    if (dwarf_haspc(unit, addr - bias) == 1) return unit;
  return nullptr;
}

std::string function_name(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    Dwarf_Attribute* found = dwarf_attr_integrate(die, name, &attribute);
    if (const char* text = found != nullptr ? dwarf_formstring(found) : nullptr) return demangle(text);
  }
  Dwarf_Attribute* found = dwarf_attr_integrate(die, DW_AT_name, &attribute);
  const char* text = found != nullptr ? dwarf_formstring(found) : nullptr;
  return text != nullptr ? std::string(text) : std::string();
}

std::uint32_t number_of(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_formudata(dwarf_attr(die, name, &attribute), &value) != 0) return 0;
  return static_cast<std::uint32_t>(value);
}

void set_position(SourceFrame& frame, Dwarf_Die* unit, Dwarf_Addr addr) {
  Dwarf_Line* line = dwarf_getsrc_die(unit, addr);
  if (line == nullptr) return;
  int number = 0;
  if (const char* file = dwarf_linesrc(line, nullptr, nullptr)) frame.file = file;
  if (dwarf_lineno(line, &number) == 0) frame.line = static_cast<std::uint32_t>(number);
  if (dwarf_linecol(line, &number) == 0) frame.column = static_cast<std::uint32_t>(number);
}

/// Where an inlined function was called: the position within the function around it.
void set_call_position(SourceFrame& frame, Dwarf_Die* unit, Dwarf_Die* inlined) {
  Dwarf_Files* files = nullptr;
  if (dwarf_getsrcfiles(unit, &files, nullptr) == 0)
    if (const char* file = dwarf_filesrc(files, number_of(inlined, DW_AT_call_file), nullptr, nullptr))
      frame.file = file;
  frame.line = number_of(inlined, DW_AT_call_line);
  frame.column = number_of(inlined, DW_AT_call_column);
}

bool has_file(Dwarf_Die* unit, std::string_view file) {
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrcfiles(unit, &files, &count) != 0) return false;
  for (std::size_t i = 0; i < count; ++i)
    if (const char* path = dwarf_filesrc(files, i, nullptr, nullptr); path != nullptr && is_path_end(path, file))
      return true;
  return false;
}

struct Scopes {
  std::unique_ptr<Dwarf_Die, decltype(&std::free)> dies{nullptr, std::free};
  int count = 0;
};

/// The scopes around an address by where their code lies. dwarf_getscopes() alone leaves the function into which
/// another was inlined out: behind an inlined function it goes on with the scopes of that one's source.
Scopes scopes_around(Dwarf_Die* unit, Dwarf_Addr addr) {
  Dwarf_Die* by_source = nullptr;
  const int found = dwarf_getscopes(unit, addr, &by_source);
  const std::unique_ptr<Dwarf_Die, decltype(&std::free)> owner(by_source, std::free);
  Scopes scopes;
  Dwarf_Die* dies = nullptr;
  if (found > 0) scopes.count = dwarf_getscopes_die(by_source, &dies);
  scopes.dies.reset(dies);
  return scopes;
}

struct LineRow {
  std::uint32_t line = 0;
  Dwarf_Addr addr = 0;
  bool begins_statement = false;
  bool ends_sequence = false;
};

LineRow read_row(Dwarf_Lines* lines, std::size_t index, std::string_view file) {
  LineRow row;
  Dwarf_Line* line = dwarf_onesrcline(lines, index);
  int number = 0;
  const char* path = dwarf_linesrc(line, nullptr, nullptr);
  if (path != nullptr && is_path_end(path, file) && dwarf_lineno(line, &number) == 0)
    row.line = static_cast<std::uint32_t>(number);
  dwarf_lineaddr(line, &row.addr);
  dwarf_linebeginstatement(line, &row.begins_statement);
  dwarf_lineendsequence(line, &row.ends_sequence);
  return row;
}

/// Adds the runs of the wanted line in one unit; a nearer line than the one found so far replaces what there is. A run
/// begins for us with its first row that begins a statement (is_stmt), which optimised code does not always put first.
void search_unit(Dwarf_Die* unit, Dwarf_Addr bias, std::string_view file, std::uint32_t wanted, LineAddresses& found) {
  Dwarf_Lines* lines = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrclines(unit, &lines, &count) != 0) return;
  std::uint32_t before = 0;
  bool has_statement = false;
  for (std::size_t i = 0; i < count; ++i) {
    const LineRow row = read_row(lines, i, file);
    if (row.line != before) has_statement = false;
    before = row.ends_sequence ? 0 : row.line;
    if (row.line < wanted || row.ends_sequence || has_statement || !row.begins_statement) continue;
    has_statement = true;
    if (found.line != 0 && row.line > found.line) continue;
    if (row.line != found.line) found.addresses.clear();
    found.line = row.line;
    found.addresses.push_back(RemoteAddr(row.addr + bias));
  }
}

}  // namespace

bool is_path_end(std::string_view path, std::string_view file) {
  if (!path.ends_with(file)) return false;
  return path.size() == file.size() || file.starts_with('/') || path[path.size() - file.size() - 1] == '/';
}

std::vector<SourceFrame> read_source_frames(LoadedModule& module, RemoteAddr addr) {
  if (module.dwfl == nullptr) return {};
  Dwarf_Addr bias = 0;
  Dwarf_Die* unit = find_unit(module.dwfl, addr.value, bias);
  if (unit == nullptr) return {};
  SourceFrame frame;
  set_position(frame, unit, addr.value - bias);
  std::vector<SourceFrame> frames;
  const Scopes around = scopes_around(unit, addr.value - bias);
  Dwarf_Die* const scopes = around.dies.get();
  const int count = around.count;
  for (int i = 0; i < count; ++i) {
    const int tag = dwarf_tag(&scopes[i]);
    if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram) continue;
    frame.function = function_name(&scopes[i]);
    frame.is_inlined = tag == DW_TAG_inlined_subroutine;
    frames.push_back(frame);
    if (!frame.is_inlined) return frames;
    frame = {};
    set_call_position(frame, unit, &scopes[i]);
  }
  if (frames.empty() && !frame.file.empty()) frames.push_back(frame);  // assembly: lines without functions
  return frames;
}

LineAddresses find_line_addresses(LoadedModule& module, std::string_view file, std::uint32_t line) {
  LineAddresses found;
  if (module.dwfl == nullptr) return found;
  Dwarf_Addr bias = 0;
  for (Dwarf_Die* unit = dwfl_module_nextcu(module.dwfl, nullptr, &bias); unit != nullptr;
       unit = dwfl_module_nextcu(module.dwfl, unit, &bias)) {
    if (!has_file(unit, file)) continue;
    found.knows_file = true;
    search_unit(unit, bias, file, line, found);
  }
  std::ranges::sort(found.addresses);
  const auto repeated = std::ranges::unique(found.addresses);
  found.addresses.erase(repeated.begin(), repeated.end());
  return found;
}

}  // namespace tether::symbol
