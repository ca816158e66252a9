#pragma once
// Descriptors 0, 1 and 2, should the program be started without them.

namespace tether::cli {

/// Gives those of 0, 1 and 2 that are closed something to refer to, so that no file or pipe that tether opens for
/// itself becomes its standard input or output. Reading and writing still fail with EBADF, as they do on a closed
/// descriptor; and a program that tether executes finds them closed. To be called before anything is opened.
void occupy_standard_descriptors();

}  // namespace tether::cli
