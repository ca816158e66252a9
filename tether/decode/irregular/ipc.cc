// ipc(2): i386's one number for all System V calls. Its first argument says which; the others are passed on in an order
// of their own, and of some calls the last ones are not arguments but lie where `ptr` points (kernel: ipc/syscall.c).

#include "tether/decode/internal/irregular.h"

namespace tether::decode {
namespace {

// ipc(call, first, second, third, ptr, fifth), and the words at ptr.
enum From : std::uint8_t { First = 1, Second, Third, Ptr, Fifth, Word0, Word1 };

/// Above the call stands the version of its calling convention; only msgrcv has more than one.
constexpr std::uint64_t kVersionShift = 16;
constexpr std::uint64_t kNewer = 1 << kVersionShift;

struct IpcCall {
  std::uint64_t which;  ///< SEMGET, … (linux/ipc.h)
  std::string_view name;
  IpcSubcall call;
};

constexpr IpcCall kIpcCalls[] = {{1, "semop", {1003, {First, Ptr, Second}, 0}},
                                 {2, "semget", {393, {First, Second, Third}, 0}},
                                 {3, "semctl", {394, {First, Second, Third, Word0}, 1}},
                                 {4, "semtimedop", {1004, {First, Ptr, Second, Fifth}, 0}},
                                 {11, "msgsnd", {400, {First, Ptr, Second, Third}, 0}},
                                 {12, "msgrcv", {401, {First, Word0, Second, Word1, Third}, 2}},
                                 {13, "msgget", {399, {First, Second}, 0}},
                                 {14, "msgctl", {402, {First, Second, Ptr}, 0}},
                                 {21, "shmat", {kIpcShmat, {First, Ptr, Second, Third}, 0}},
                                 {22, "shmdt", {398, {Ptr}, 0}},
                                 {23, "shmget", {395, {First, Second, Third}, 0}},
                                 {24, "shmctl", {396, {First, Second, Ptr}, 0}},
                                 {12 | kNewer, "msgrcv", {401, {First, Ptr, Second, Fifth, Third}, 0}}};

}  // namespace

std::optional<IpcSubcall> find_ipc_subcall(const Tables& tables, std::uint64_t which) {
  constexpr std::uint64_t kMsgrcv = 12;
  const std::uint64_t call = which & (kNewer - 1);
  const std::uint64_t wanted = call == kMsgrcv && which >= kNewer ? call | kNewer : call;
  for (const IpcCall& subcall : kIpcCalls) {
    if (subcall.which != wanted || subcall.call.number >= tables.calls.size()) continue;
    if (tables.string(tables.calls[subcall.call.number].name) == subcall.name) return subcall.call;
  }
  return std::nullopt;
}

}  // namespace tether::decode
