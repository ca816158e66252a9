#pragma once
// BreakpointPlace: where a breakpoint is wanted, as its user says it, and what that means in a process.
//
//   malloc   libc:malloc   main+8   libm.so.6+0x1240   0x401136   server.c:42      an instruction
//   hw:malloc                                                                      the same by a debug register
//   w:counter   w:0x404028/4   rw:buffer+16/8                                      accesses to data
//
//   const BreakpointPlace place = TETHER_TRY(parse_place("w:counter/4"));
//   for (const ResolvedPlace& found : TETHER_TRY(resolve_place(place, symbolizer))) …

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tether/base/remote_addr.h"
#include "tether/base/result.h"
#include "tether/symbol/symbolizer.h"

namespace tether {

struct BreakpointPlace {
  enum class Kind : std::uint8_t { Code, HardwareCode, Write, ReadOrWrite };
  std::string text;  ///< as it was said
  Kind kind = Kind::Code;
  std::string where;      ///< without what says the kind and the size
  std::uint8_t size = 0;  ///< bytes to be watched; 0: not said

  bool is_hardware() const { return kind != Kind::Code; }
  bool is_data() const { return kind == Kind::Write || kind == Kind::ReadOrWrite; }
  /// Whether it is a mere number, which means something else in every program.
  bool is_number() const;
};

/// Pure. Malformed if there is nothing behind the prefix, or for a size other than 1, 2, 4, 8.
Result<BreakpointPlace> parse_place(std::string_view text);

struct ResolvedPlace {
  RemoteAddr address;
  std::uint8_t size = 1;  ///< for data: as said, or that of the symbol
};

/// All places that are meant: a name may be that of several functions, a line may have been compiled several times.
/// NotFound, with the nearest name, if there is none; Malformed for data that is not aligned to its size.
Result<std::vector<ResolvedPlace>> resolve_place(const BreakpointPlace& place, symbol::Symbolizer& symbolizer);

}  // namespace tether
