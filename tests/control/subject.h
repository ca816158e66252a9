#pragma once
// Subject: a tracee that checks itself, for tests that go over all of them.

#include <ostream>
#include <string>
#include <vector>

namespace tether::testing {

struct Subject {
  std::string name;               ///< in the test's name
  std::vector<std::string> argv;  ///< the tracee and its arguments
  int rounds;                     ///< how often it is changed
};

inline void PrintTo(const Subject& subject, std::ostream* out) {  // for GoogleTest
  *out << subject.name;
}

}  // namespace tether::testing
