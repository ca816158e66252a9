#include "tether/cli/verb.h"
namespace tether::cli {
int run_doctor(const Invocation&) { return 0; }
}
