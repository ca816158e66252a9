#include "tether/cli/text_table.h"

#include <gtest/gtest.h>

namespace tether::cli {
namespace {

TEST(TextTable, ColumnsAreAsWideAsTheyMustBe) {
  TextTable table({{"FD", Align::Right}, {"KIND", Align::Left}, {"WHAT", Align::Left}});
  table.add({"3", "fifo", "/a"});
  table.add({"1000", "directory", ""});
  EXPECT_EQ(table.text(),
            "  FD  KIND       WHAT\n"
            "   3  fifo       /a\n"
            "1000  directory\n");
}

TEST(TextTable, CellsCannotDriveATerminal) {
  TextTable table({{"WHAT", Align::Left}});
  table.add({"/a\x1b[2J\n"});
  EXPECT_EQ(table.text(), "WHAT\n/a\\33[2J\\12\n");
}

TEST(TextTable, LinesAreCut) {
  EXPECT_EQ(cut_to_width("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(cut_to_width("abcdefghi", 8), "abcde...");
  EXPECT_EQ(cut_to_width("abcdefghi", 0), "abcdefghi");
}

}  // namespace
}  // namespace tether::cli
