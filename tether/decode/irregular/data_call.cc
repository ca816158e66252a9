#include "tether/decode/internal/data_call.h"

namespace tether::decode {
namespace {

using Form = DataCall::Form;

struct Row {
  std::string_view name;
  DataCall call;
};

constexpr DataCall reads(Form form) {
  return {.form = form, .reads = true};
}
constexpr DataCall writes(Form form) {
  return {.form = form, .reads = false};
}

constexpr Row kDataCalls[] = {
    {"read", reads(Form::Buffer)},
    {"pread64", reads(Form::Buffer)},
    {"recv", reads(Form::Buffer)},
    {"recvfrom", reads(Form::Buffer)},
    {"mq_timedreceive", reads(Form::Buffer)},
    {"mq_timedreceive_time64", reads(Form::Buffer)},
    {"readv", reads(Form::Vector)},
    {"preadv", reads(Form::Vector)},
    {"preadv2", reads(Form::Vector)},
    {"recvmsg", reads(Form::Message)},
    {"recvmmsg", reads(Form::Messages)},
    {"recvmmsg_time64", reads(Form::Messages)},
    {"write", writes(Form::Buffer)},
    {"pwrite64", writes(Form::Buffer)},
    {"send", writes(Form::Buffer)},
    {"sendto", writes(Form::Buffer)},
    {"mq_timedsend", writes(Form::Buffer)},
    {"mq_timedsend_time64", writes(Form::Buffer)},
    {"writev", writes(Form::Vector)},
    {"pwritev", writes(Form::Vector)},
    {"pwritev2", writes(Form::Vector)},
    {"vmsplice", writes(Form::Vector)},
    {"sendmsg", writes(Form::Message)},
    {"sendmmsg", writes(Form::Messages)},
};

}  // namespace

DataCall find_data_call(const Tables& tables, std::uint32_t number) {
  const std::string_view name = tables.string(tables.calls[number].name);
  for (const Row& row : kDataCalls)
    if (row.name == name) return row.call;
  return {};
}

}  // namespace tether::decode
