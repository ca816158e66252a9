// A shared library that says when it comes and goes, on the standard output of the process that it is loaded into.
#include <string.h>
#include <unistd.h>

static void say(const char* text) {
  if (write(1, text, strlen(text)) < 0) _exit(9);
}
__attribute__((constructor)) static void load(void) {
  say("loaded\n");
}
__attribute__((destructor)) static void unload(void) {
  say("unloaded\n");
}
int loadable_answer(void) {
  return 42;
}
