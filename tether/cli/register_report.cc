#include "tether/cli/register_report.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "tether/cli/json_output.h"
#include "tether/control/thread_registers.h"
#include "tether/decode/names.h"
#include "tether/procfs/task.h"
#include "tether/sink/text/string_text.h"
#include "tether/symbol/symbolizer.h"
#include "tether/sys/process_memory.h"

namespace tether::cli {

namespace {

constexpr std::size_t kRegisterNameWidth = 10;
constexpr std::int64_t kMostDecimal = 0xffff;  // beyond that it is an address or a pattern of bits

std::optional<RegisterGroup> find_group(std::string_view word) {
  for (std::size_t i = 0; i < kRegisterGroups; ++i)
    if (name_of(static_cast<RegisterGroup>(i)) == word) return static_cast<RegisterGroup>(i);
  return std::nullopt;
}

std::uint64_t integer_at(const RegisterReport& report, const RegisterView& view) {
  const auto bytes = load(report.image, *view.reg);
  std::uint64_t value = 0;
  for (std::size_t i = std::min(bytes.size(), sizeof value); i-- > 0;)
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

bool is_instruction_pointer(const Register& reg) {
  return reg.name == "rip" || reg.name == "eip";
}

bool is_whole_integer(const RegisterView& view) {
  return view.type == RegisterView::Type::Unsigned && view.reg->kind == RegisterKind::Integer &&
         view.width == view.reg->size() && view.count == 1;
}

/// What helps to read a number: its decimal form if it is small, where an address lies.
std::string remark(const RegisterReport& report, const RegisterView& view) {
  if (!is_whole_integer(view)) return {};
  if (is_instruction_pointer(*view.reg)) return report.place.empty() ? "" : "  " + report.place;
  if (view.reg->group != RegisterGroup::General) return {};
  const unsigned unused = 64 - 8 * view.width;
  const auto value = static_cast<std::int64_t>(integer_at(report, view) << unused) >> unused;
  if (value > kMostDecimal || value < -kMostDecimal || (value >= 0 && value < 10)) return {};
  return "  " + std::to_string(value);
}

/// Its name, or its number.
std::string call_text(const RegisterReport& report) {
  const std::string_view name = decode::call_name(*report.call);
  return name.empty() ? "system call " + std::to_string(report.call->number) : std::string(name);
}

Json json_value(const RegisterReport& report, const RegisterView& view) {
  if (view.type == RegisterView::Type::Flags) {
    const auto bytes = load(report.image, *view.reg);
    return hex_text(std::span(bytes).subspan(view.offset, view.width));
  }
  const auto values = format_values(view, report.image);
  if (values.size() == 1) return values.front();
  return values;
}

Json flag_list(const RegisterReport& report, const RegisterView& view) {
  Json names = Json::array();
  const std::uint64_t value = integer_at(report, view);
  for (const FlagName& flag : flag_names(view.reg->name))
    if ((value & flag.mask) != 0) names.push_back(flag.name);
  return names;
}

}  // namespace

Result<std::vector<RegisterView>> parse_views(const RegisterCatalog& catalog, std::span<const std::string_view> words) {
  static constexpr std::string_view kDefault[] = {"general", "segment"};
  std::vector<RegisterView> views;
  for (const std::string_view word : words.empty() ? std::span<const std::string_view>(kDefault) : words) {
    const auto group = find_group(word);
    if (!group && word != "all") {
      views.push_back(TETHER_TRY(parse_register_view(catalog, word)));
      continue;
    }
    for (const Register& reg : catalog.registers())
      if (!group || reg.group == *group) views.push_back(whole_view(reg));
  }
  return views;
}

Result<RegisterReport> read_register_report(const HeldTask& task, Pid pid, std::span<const std::string_view> words) {
  RegisterReport report{.pid = pid, .tid = task.tid()};
  report.abi = TETHER_TRY(task.code_abi());
  report.views = TETHER_TRY(parse_views(register_catalog(report.abi), words));
  RegisterSets sets;
  for (const RegisterView& view : report.views) sets.add(view.reg->set);
  report.image = TETHER_TRY(read_registers(task, sets));
  report.call = TETHER_TRY(find_interrupted_call(task));
  return report;
}

void complete(RegisterReport& report) {
  report.name = procfs::read_comm(report.tid);
  const auto pointer = std::ranges::find_if(report.views, [](const RegisterView& view) {
    return is_instruction_pointer(*view.reg) && is_whole_integer(view);
  });
  if (pointer == report.views.end()) return;
  auto symbolizer = symbol::Symbolizer::open(report.pid, std::make_unique<sys::ProcessMemory>(report.tid));
  if (!symbolizer.has_value()) return;  // the process has ended since: what was read is shown all the same
  const auto location =
      symbolizer->locate(RemoteAddr(integer_at(report, *pointer)), symbol::Symbolizer::Detail::Symbol);
  if (!location.module.empty()) report.place = location.text();
}

std::string register_text(const RegisterReport& report, RegisterHeading heading) {
  std::string text;
  if (heading == RegisterHeading::Yes) {
    text = "thread " + std::to_string(report.tid.value) + " (";
    append_printable(text, report.name);
    text += "), " + std::string(abi_name(report.abi));
    if (report.call) text += ", in " + call_text(report) + "()";
    text += "\n";
  }
  for (const RegisterView& view : report.views) {
    std::string line = view.text;
    line.resize(std::max(line.size() + 1, kRegisterNameWidth), ' ');
    text += line + format_view(view, report.image);
    append_printable(text, remark(report, view));
    text += "\n";
  }
  return text;
}

std::string register_json(const RegisterReport& report) {
  Json values = Json::object();
  Json flags = Json::object();
  for (const RegisterView& view : report.views) {
    values[view.text] = json_value(report, view);
    if (view.type == RegisterView::Type::Flags) flags[view.text] = flag_list(report, view);
  }
  Json line = {{"schema", 1},
               {"pid", report.pid.value},
               {"tid", report.tid.value},
               {"name", report.name},
               {"abi", abi_name(report.abi)},
               {"in_call", report.call ? Json(call_text(report)) : nullptr},
               {"registers", std::move(values)},
               {"flags", std::move(flags)}};
  if (!report.place.empty()) line["at"] = report.place;
  return json_line(line);
}

}  // namespace tether::cli
