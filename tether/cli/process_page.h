#pragma once
// A process on one page, for people and as JSON.

#include <cstdint>
#include <string>

#include "tether/cli/json_output.h"
#include "tether/control/process_facts.h"

namespace tether::cli {

enum class PageLength : std::uint8_t {
  Terminal,  ///< at most 16 threads
  Whole,
};

/// Lines "what   it is", then a table of threads; lines are cut to `width` columns if that is not 0. Printable ASCII.
std::string page_of(const ProcessFacts& facts, PageLength length, std::size_t width);

Json json_of(const ProcessFacts& facts);

/// What is one thread's own.
std::string page_of_thread(const ProcessFacts& facts, const ThreadFacts& thread, std::size_t width);

Json json_of_thread(const ProcessFacts& facts, const ThreadFacts& thread);

}  // namespace tether::cli
