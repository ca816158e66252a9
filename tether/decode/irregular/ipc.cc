// ipc(2): i386's one number for all System V calls. Its first argument says which; the others are passed on in an order
// of their own, and of some calls the last ones are not arguments but lie where `ptr` points (kernel: ipc/syscall.c).

#include "tether/decode/internal/irregular.h"

namespace tether::decode {
namespace {

// ipc(call, first, second, third, ptr, fifth), and the words at ptr.
enum From : std::uint8_t { First = 1, Second, Third, Ptr, Fifth, Word0, Word1 };

struct IpcCall {
  std::uint64_t which;  ///< SEMGET, … (linux/ipc.h)
  std::string_view name;
  IpcSubcall call;
};

// Not here: semop and semtimedop, which have no rows of their own, and shmat, whose address is not ipc's result.
constexpr IpcCall kIpcCalls[] = {{2, "semget", {393, {First, Second, Third}, 0}},
                                 {3, "semctl", {394, {First, Second, Third, Word0}, 1}},
                                 {11, "msgsnd", {400, {First, Ptr, Second, Third}, 0}},
                                 {12, "msgrcv", {401, {First, Word0, Second, Word1, Third}, 2}},
                                 {13, "msgget", {399, {First, Second}, 0}},
                                 {14, "msgctl", {402, {First, Second, Ptr}, 0}},
                                 {22, "shmdt", {398, {Ptr}, 0}},
                                 {23, "shmget", {395, {First, Second, Third}, 0}},
                                 {24, "shmctl", {396, {First, Second, Ptr}, 0}}};

}  // namespace

std::optional<IpcSubcall> find_ipc_subcall(const Tables& tables, std::uint64_t which) {
  for (const IpcCall& subcall : kIpcCalls) {
    if (subcall.which != which || subcall.call.number >= tables.calls.size()) continue;
    if (tables.string(tables.calls[subcall.call.number].name) == subcall.name) return subcall.call;
  }
  return std::nullopt;
}

}  // namespace tether::decode
