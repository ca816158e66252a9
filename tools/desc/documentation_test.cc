// What the documentation shows as descriptions is right: it parses and resolves with the facts of the tree.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tools/desc/parser.h"
#include "tools/desc/resolver.h"

namespace tether::desc {
namespace {

/// The ```desc blocks of a document, every other line blank, so that messages name the document's lines.
std::string blocks_of(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in.is_open()) << path;
  std::string text;
  bool is_inside = false;
  for (std::string line; std::getline(in, line); text += "\n") {
    if (line.starts_with("```"))
      is_inside = line == "```desc";
    else if (is_inside)
      text += line;
  }
  return text;
}

class Documentation : public ::testing::TestWithParam<const char*> {};

TEST_P(Documentation, ShowsDescriptionsThatAreRight) {
  const std::string root = TETHER_SOURCE_DIR "/";
  const auto facts = read_facts(root + "facts");
  ASSERT_TRUE(facts.has_value());
  Descriptions descriptions;
  Diagnostics diagnostics;
  parse_description(GetParam(), blocks_of(root + GetParam()), descriptions, diagnostics);
  (void)resolve(*facts, descriptions, diagnostics);
  EXPECT_FALSE(descriptions.calls.empty());
  EXPECT_EQ(diagnostics.messages(), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(All, Documentation,
                         ::testing::Values("docs/description-language.md", "docs/howto/add-a-syscall.md"));

}  // namespace
}  // namespace tether::desc
