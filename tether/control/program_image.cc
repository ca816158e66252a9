#include "tether/control/program_image.h"

#include <elf.h>
#include <sys/stat.h>

#include "tether/base/hexadecimal.h"
#include "tether/procfs/auxv.h"
#include "tether/procfs/task.h"
#include "tether/procfs/word_size.h"

namespace tether {

std::string program_image(Pid pid) {
  const Tid task = procfs::living_task_of(pid);
  struct stat file;
  const auto word = procfs::read_word_size(task);
  if (!word.has_value() || ::stat(("/proc/" + std::to_string(task.value) + "/exe").c_str(), &file) != 0) return {};
  const auto auxv = procfs::read_auxv(task, *word);
  if (!auxv.has_value() || !auxv->find(AT_ENTRY)) return {};
  std::string text = hex_digits(file.st_dev) + ":" + hex_digits(file.st_ino);
  for (const std::uint64_t part : {AT_ENTRY, AT_BASE, AT_SYSINFO_EHDR, AT_RANDOM, AT_EXECFN})
    text += " " + hex_digits(auxv->find(part).value_or(0));
  return text;
}

}  // namespace tether
