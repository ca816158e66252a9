#pragma once
// Data that a call moved, whole, as strace's -e read= and -e write= show it: lines in hex and ASCII behind the call's.
//
//    * 10 bytes in buffer 0
//    | 00000  68 65 6c 6c 6f 00 01 77  6f 72 6c 64 20 61 6e 64  hello..world and |

#include <span>
#include <string>

#include "tether/event/event.h"

namespace tether {

/// Whole lines, each with its end; none if there are no pieces. Where bytes are missing, a line says how many.
void append_data(std::string& out, std::span<const DataPiece> pieces);

}  // namespace tether
