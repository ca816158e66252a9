#include "tether/decode/internal/irregular.h"

namespace tether::decode {
namespace {

struct IrregularCall {
  std::string_view name;
  Irregular irregular;
};
constexpr IrregularCall kIrregularCalls[] = {
    {"rt_sigreturn", Irregular::Sigreturn}, {"sigreturn", Irregular::Sigreturn},   {"recvmsg", Irregular::Recvmsg},
    {"ptrace", Irregular::Ptrace},          {"socketcall", Irregular::Socketcall}, {"ipc", Irregular::Ipc},
    {"_llseek", Irregular::Llseek}};

}  // namespace

Irregular find_irregular(const Tables& tables, std::uint32_t number) {
  const std::string_view name = tables.string(tables.calls[number].name);
  for (const IrregularCall& call : kIrregularCalls)
    if (call.name == name) return call.irregular;
  return Irregular::None;
}

}  // namespace tether::decode
