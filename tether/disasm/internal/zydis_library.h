#pragma once
// The functions of Zydis that tether calls, found at run time.
//
// Few commands disassemble, but every start would pay for loading and binding the library (docs/speed.md), and Debian
// has no archive of it to link statically. So it is loaded by its soname, that of the headers which tether was built
// with.

#include <Zydis/Zydis.h>

#include "tether/base/result.h"

namespace tether::disasm {

struct ZydisLibrary {
  decltype(&::ZydisDecoderInit) decoder_init;
  decltype(&::ZydisDecoderDecodeFull) decode_full;
  decltype(&::ZydisFormatterInit) formatter_init;
  decltype(&::ZydisFormatterSetProperty) set_property;
  decltype(&::ZydisFormatterTokenizeInstruction) tokenize;
  decltype(&::ZydisFormatterTokenGetValue) token_value;
  decltype(&::ZydisFormatterTokenNext) token_next;
};

/// Loads it once in a process; it stays loaded. Unsupported if it is not installed or lacks a function.
Result<const ZydisLibrary*> load_zydis();

}  // namespace tether::disasm
