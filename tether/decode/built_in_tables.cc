#include "tether/decode/options.h"
#include "tether/decode/tables.h"

namespace tether::decode {

TableSet built_in_tables() {
  return {{&tables(Abi::X86_64), &tables(Abi::I386)}};
}

}  // namespace tether::decode
