// Executes itself with 50,000 arguments, then with one argument of 128 KiB and 20,000 environment variables. Must be true: all arrive.
#include "tracee.h"

int main(int argc, char** argv, char** envp) {
  enum { kArguments = 50000, kLength = 131000, kVariables = 20000 };
  if (argc == kArguments) {
    CHECK(strcmp(argv[argc - 1], "last") == 0);
    char* big = malloc(kLength + 1);
    memset(big, 'b', kLength);
    big[kLength] = '\0';
    char** variables = calloc(kVariables + 1, sizeof *variables);
    for (int i = 0; i < kVariables; ++i) variables[i] = (char*)"NAME=value";
    char* arguments[] = {argv[0], big, NULL};
    execve("/proc/self/exe", arguments, variables);
    CHECK(!"second exec");
  }
  if (argc == 2) {
    CHECK(strlen(argv[1]) == kLength);
    int variables = 0;
    while (envp[variables]) ++variables;
    CHECK(variables == kVariables);
    say("tasks 1");
    say("ok");
    return 0;
  }
  char** arguments = calloc(kArguments + 1, sizeof *arguments);
  for (int i = 0; i < kArguments; ++i) arguments[i] = (char*)"a";
  arguments[kArguments - 1] = (char*)"last";
  execve("/proc/self/exe", arguments, envp);
  CHECK(!"first exec");
}
