#include "tether/cli/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

namespace tether::cli {

/// O_PATH rather than /dev/null (open(2)): what is written must not vanish as if all were well.
void occupy_standard_descriptors() {
  int fd = 0;
  while (fd >= 0 && fd <= STDERR_FILENO) fd = ::open("/", O_PATH | O_CLOEXEC);
  if (fd > STDERR_FILENO) ::close(fd);
}

}  // namespace tether::cli
