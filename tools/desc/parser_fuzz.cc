// Fuzzer of the description language: any text, and pieces of descriptions in any order.
//
// Checked: nothing crashes or runs on, whether it parses or not; what parses is resolved and written too.

#include <cstdint>
#include <iterator>
#include <span>
#include <string>

#include "tools/desc/emitter.h"
#include "tools/desc/parser.h"
#include "tools/desc/test_support.h"

namespace tether::desc::testing {
namespace {

/// Pieces of descriptions that are right, so that their disorder gets far.
constexpr const char* kPieces[] = {
    "call read (fd: fd, buf: out bytes[ret], count: size) -> size class desc\n",
    "call ",
    "control ",
    "(fd: fd, cmd: enum cases, ...)",
    " by cmd { T_READ T_WRITE: (arg: in point), else: (skip) }",
    "struct node ",
    "as n2 ",
    "sized count ",
    "{ next: in node, where, full { name: chars }, if count == 1 { port: hex } else { wide: u64 } }\n",
    "= node\n",
    "union u ",
    "by record.kind { T_READ: record, T_WRITE/T_EXEC: u8[], else: { len } }\n",
    "records r = record length len align 4 ",
    "{ len, kind: enum enum color, body data: by kind { 1: r, else: blob[] } }\n",
    "type t = ",
    "t",
    "flags s",
    "enum s",
    "bits b ",
    "{ enum { T_READ } in T_MASK, flags { T_EXEC }, fuse { T_ONLY64 as _X } }\n",
    "set s = ",
    "T_* - { T_NONE T_LOW T_HIGH T_RW }\n",
    "s + s",
    "from <linux/t.h>\n",
    "const { A = 1 << 3 | T_READ }\n",
    "layout l { a: u8, b: ptr, c: u64 }\n",
    "ioctl g ",
    "{ PT_GET: out l, 0x5401: in t }\n",
    "sockopt T_EXEC { T_READ } { T_READ: int, else: cstr[] }\n",
    "ignore { T_LOW }\n",
    "in ",
    "out ",
    "inout int",
    " on T_EXEC",
    " at fd",
    " sized ret",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ":",
    ",",
    " if ",
    " else ",
    "!",
    "&",
    "|",
    "==",
    "has ",
    "ret",
    "\"htons\"",
    "be16(\"htons\")",
    "seq { record, u8[] }",
    "netlink_of_fd",
    "#",
    "\n"};

/// A text in which a byte stands for a piece, or for itself.
std::string piece_together(std::span<const std::uint8_t> data) {
  std::string text;
  for (const std::uint8_t byte : data) {
    if (byte < 2 * std::size(kPieces))
      text += kPieces[byte / 2];
    else
      text += static_cast<char>(byte);
  }
  return text;
}

void run_one(const std::string& text) {
  Descriptions descriptions;
  Diagnostics diagnostics;
  parse_description("fuzz.desc", text, descriptions, diagnostics);
  const Resolved resolved = resolve(small_facts(), descriptions, diagnostics);
  (void)diagnostics.messages();
  if (diagnostics.empty()) (void)emit_tables(resolved.tables);
}

}  // namespace
}  // namespace tether::desc::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tether::desc::testing::run_one(std::string(reinterpret_cast<const char*>(data), size));
  tether::desc::testing::run_one(tether::desc::testing::piece_together({data, size}));
  return 0;
}
