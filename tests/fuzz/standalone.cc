// A main for fuzzers that are not run under libFuzzer: random inputs, and mutations of the files in a folder of seeds.
//
//   walker-fuzz [COUNT [SEED [FOLDER]]]
//
// Input number N depends on SEED + N alone, so a failure is repeated by `walker-fuzz 1 N FOLDER`; the number is printed
// when the process dies.

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

volatile unsigned long current = 0;
struct sigaction before[NSIG];

/// The instruction runs again under the action of before: a sanitizer's report, or the end.
void report(int signal) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, "died at input %lu\n", current);
  [[maybe_unused]] const ssize_t written = ::write(2, text, static_cast<std::size_t>(length));
  ::sigaction(signal, &before[signal], nullptr);
}

std::vector<Bytes> read_seeds(const char* folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Bytes> seeds;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

Bytes make_random(std::mt19937_64& random) {
  Bytes data(random() % 264);
  for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(random());
  return data;
}

/// A seed with a few bytes changed, removed, repeated, or an end of another seed grafted on.
Bytes mutate(const std::vector<Bytes>& seeds, std::mt19937_64& random) {
  Bytes data = seeds[random() % seeds.size()];
  for (std::size_t changes = random() % 6; changes > 0 && !data.empty(); --changes) {
    const auto at = static_cast<std::ptrdiff_t>(random() % data.size());
    switch (random() % 5) {
      case 0:
        data[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(random());
        break;
      case 1:
        data[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1u << random() % 8);
        break;
      case 2:
        data.erase(data.begin() + at);
        break;
      case 3:
        data.insert(data.begin() + at, 1 + random() % 4, data[static_cast<std::size_t>(at)]);
        break;
      default: {
        const Bytes& other = seeds[random() % seeds.size()];
        data.resize(static_cast<std::size_t>(at));
        if (!other.empty())
          data.insert(data.end(), other.begin() + static_cast<std::ptrdiff_t>(random() % other.size()), other.end());
      }
    }
  }
  return data;
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned long count = argc > 1 ? std::strtoul(argv[1], nullptr, 0) : 10'000;
  const unsigned long first = argc > 2 ? std::strtoul(argv[2], nullptr, 0) : 1;
  const std::vector<Bytes> seeds = argc > 3 ? read_seeds(argv[3]) : std::vector<Bytes>();
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) {
    struct sigaction action {};
    action.sa_handler = report;
    ::sigaction(signal, &action, &before[signal]);
  }
  for (unsigned long i = 0; i < count; ++i) {
    current = first + i;
    std::mt19937_64 random(first + i);
    const Bytes data = seeds.empty() || random() % 4 == 0 ? make_random(random) : mutate(seeds, random);
    LLVMFuzzerTestOneInput(data.data(), data.size());
  }
}
