#include "tools/desc/reports.h"

#include "tools/desc/calls.h"

namespace tether::desc {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += " " + name;
  return text;
}

}  // namespace

std::string audit_calls(const Facts& facts, const Descriptions& descriptions) {
  PerAbi<std::set<std::string>> described;
  for (const CallItem& item : descriptions.calls)
    for (const Abi abi : {Abi::X86_64, Abi::I386})
      if (item.abi.value_or(abi) == abi) described[abi].insert(item.names.begin(), item.names.end());
  std::map<std::string, PerAbi<std::string>> missing;  // by name
  for (const Abi abi : {Abi::X86_64, Abi::I386})
    for (const auto& [number, fact] : facts.calls[abi])
      if (fact.is_implemented && !described[abi].contains(fact.name)) missing[fact.name][abi] = prototype_text(fact);
  std::string text = "system calls without a 'call': " + std::to_string(missing.size()) + "\n";
  for (const auto& [name, prototypes] : missing) {
    const std::string& wide = prototypes[Abi::X86_64];
    const std::string& narrow = prototypes[Abi::I386];
    if (wide == narrow) {
      text += "  " + wide + "\n";
      continue;
    }
    for (const Abi abi : {Abi::X86_64, Abi::I386})
      if (!prototypes[abi].empty()) text += "  " + prototypes[abi] + "  [" + std::string(abi_name(abi)) + "]\n";
  }
  return text;
}

std::string audit_constants(const Facts& facts, const Descriptions& descriptions, const Survey& survey) {
  std::set<std::string> claimed;
  for (const FromItem& from : descriptions.froms) claimed.insert(from.headers.begin(), from.headers.end());
  std::string lines;
  std::size_t count = 0;
  for (const std::string& header : claimed) {
    const auto constants = facts.headers.find(header);
    if (constants == facts.headers.end()) continue;
    std::vector<std::string> unused;
    for (const std::string& name : constants->second)
      if (!survey.used_constants.contains(name)) unused.push_back(name);
    count += unused.size();
    if (!unused.empty()) lines += "  <" + header + "> " + std::to_string(unused.size()) + ":" + joined(unused) + "\n";
  }
  return "constants of headers named by 'from' that nothing uses or ignores: " + std::to_string(count) + "\n" + lines;
}

std::string audit_ioctls(const Facts& facts, const Survey& survey) {
  struct Count {
    unsigned all = 0, c_type_only = 0, unknown = 0;
  };
  std::map<std::string, Count> headers;
  Count total;
  for (const IoctlFact& fact : facts.ioctls) {
    const auto payload = survey.ioctls.find(fact.name);
    if (payload == survey.ioctls.end() || payload->second == IoctlPayload::Absent) continue;
    for (Count* count : {&headers[fact.header], &total}) {
      ++count->all;
      count->c_type_only += payload->second == IoctlPayload::CTypeOnly;
      count->unknown += payload->second == IoctlPayload::Unknown;
    }
  }
  const auto line = [](const Count& count) {
    return std::to_string(count.all) + " take an argument, " + std::to_string(count.c_type_only) +
           " are known by its C type only, " + std::to_string(count.unknown) + " not at all\n";
  };
  std::string text = "ioctl codes: " + line(total);
  for (const auto& [header, count] : headers)
    if (count.c_type_only + count.unknown != 0) text += "  <" + header + "> " + line(count);
  return text;
}

std::string expand_sets(const Survey& survey) {
  std::string text;
  for (const auto& [what, members] : survey.sets) {
    if (members[Abi::X86_64] == members[Abi::I386]) {
      text += what + ":" + joined(members[Abi::X86_64]) + "\n";
      continue;
    }
    for (const Abi abi : {Abi::X86_64, Abi::I386})
      text += what + " [" + std::string(abi_name(abi)) + "]:" + joined(members[abi]) + "\n";
  }
  return text;
}

}  // namespace tether::desc
