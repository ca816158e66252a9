#pragma once
// Facts: what kernel headers say (tools/harvest/README.md gives the format), for both ABIs.

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tether/arch/abi.h"
#include "tether/base/result.h"

namespace tether::desc {

/// A value for each ABI, indexed by it.
template <class T>
struct PerAbi {
  std::array<T, kAbiCount> values{};
  const T& operator[](Abi abi) const { return values[static_cast<std::size_t>(abi)]; }
  T& operator[](Abi abi) { return values[static_cast<std::size_t>(abi)]; }
};

struct Constant {
  PerAbi<std::optional<std::uint64_t>> value;  ///< none: the ABI does not have it
  std::string header;                          ///< "linux/fs.h"
};

struct MemberFact {
  std::string name;
  PerAbi<std::optional<std::uint32_t>> offset;  ///< none: the ABI does not have it
  PerAbi<std::uint32_t> size;
  char kind = 'u';                    ///< u unsigned, s signed, c char, p pointer, S struct or union, f float
  std::vector<std::uint32_t> counts;  ///< per array dimension; 0: flexible
  std::string c_type;
  bool is_alternative = false;      ///< of an anonymous union's second and later alternatives
  std::uint8_t bits = 0;            ///< of a bit-field, else 0
  PerAbi<std::uint8_t> bit_offset;  ///< from the lowest bit of the byte at `offset`
};

struct StructFact {
  PerAbi<std::optional<std::uint32_t>> size;  ///< none: the ABI does not have it
  std::vector<MemberFact> members;
};

struct ArgumentFact {
  std::string type, name;
};

struct CallFact {
  std::string name;
  std::vector<ArgumentFact> arguments;
  bool has_prototype = false;  ///< false: nobody knows its arguments
  bool is_implemented = false;
};

struct IoctlFact {
  std::string name, header;
  PerAbi<std::optional<std::uint32_t>> code;
  std::string direction;  ///< none, in, out, inout
  std::string type;       ///< C; "-": no argument
};

struct Facts {
  std::unordered_map<std::string, Constant> constants;
  std::map<std::string, std::vector<std::string>> headers;  ///< the constants of each, in order of declaration
  std::unordered_map<std::string, std::vector<std::string>> enums;
  std::unordered_map<std::string, StructFact> structs;
  PerAbi<std::map<std::uint32_t, CallFact>> calls;  ///< by number
  std::vector<IoctlFact> ioctls;
};

/// Adds a header's facts. `header`: what `from <header>` calls it. Errors: Malformed, with the line.
Result<void> parse_header_facts(const std::string& text, const std::string& header, Facts& facts);

/// Adds system calls. Errors: Malformed, with the line.
Result<void> parse_call_facts(const std::string& text, Facts& facts);

/// Reads all *.facts below `directory`, in the order of their names. Errors: NotFound, Io, Malformed.
Result<Facts> read_facts(const std::filesystem::path& directory);

}  // namespace tether::desc
