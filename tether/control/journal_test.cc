#include "tether/control/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tether/control/internal/change_json.h"
#include "tether/control/undo.h"

namespace tether {
namespace {

Bytes journal_bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

std::vector<Change> one_of_each() {
  const DescriptorImage image{.link = "/var/log/a \"b\"\n",
                              .device = 0xfd01,
                              .inode = ~std::uint64_t{0},
                              .flags = 02001,
                              .offset = 1 << 20,
                              .is_cloexec = true,
                              .keeper = Pid(12),
                              .kept_as = Fd(3)};
  return {
      MemoryChange{.address = RemoteAddr(0x7fffffffffffffff),
                   .before = journal_bytes({0, 255}),
                   .after = journal_bytes({1, 2}),
                   .kind = MemoryChange::Kind::Code},
      RegisterChange{.tid = Tid(7), .name = "rax", .before = journal_bytes({1}), .after = journal_bytes({2})},
      MappingChange{
          .kind = MappingChange::Kind::Protect, .address = RemoteAddr(0x1000), .length = 4096, .before = 1, .after = 5},
      DescriptorChange{.fd = Fd(1), .before = image, .after = std::nullopt},
      SettingChange{.tid = Tid(7), .name = "umask", .before = "022", .after = "077"},
      LibraryChange{.path = "/lib/x.so", .handle = 0x5555},
      Deed{.what = "getpid() = 7"},
  };
}

/// All that a change says is in its JSON: what is read back describes and formats itself as before.
TEST(ChangeJson, KeepsEveryKindWhole) {
  for (const Change& change : one_of_each()) {
    const std::string text = format_change(change);
    const auto back = change_from_json(nlohmann::json::parse(text));
    ASSERT_TRUE(back.has_value()) << text;
    EXPECT_EQ(back->index(), change.index());
    EXPECT_EQ(format_change(*back), text);
    EXPECT_EQ(describe(*back), describe(change));
  }
}

TEST(ChangeJson, RefusesWhatItWouldNotHaveMade) {
  for (const char* text : {"{}", "[]", "null", R"({"kind":"memory"})", R"({"kind":"nothing"})", R"({"kind":7})",
                           R"({"kind":"memory","address":"12","before":"","after":"","contents":"data"})",
                           R"({"kind":"memory","address":"0x12","before":"0","after":"00","contents":"data"})",
                           R"({"kind":"memory","address":"0x12","before":"zz","after":"00","contents":"data"})",
                           R"({"kind":"memory","address":"0x12","before":"00","after":"00","contents":7})",
                           R"({"kind":"descriptor","fd":1,"before":{"link":"x"},"after":null})"})
    EXPECT_FALSE(change_from_json(nlohmann::json::parse(text)).has_value()) << text;
}

std::string intention(int number, const std::string& change) {
  const nlohmann::json line = {{"schema", 1},
                               {"change", number},
                               {"time", "T"},
                               {"uid", 5},
                               {"maker", 999999999},
                               {"command", "c"},
                               {"lasting", "until-exit"},
                               {"is", nlohmann::json::parse(change)}};
  return line.dump() + "\n";
}

std::string conclusion(int number, const char* outcome) {
  return nlohmann::json{{"change", number}, {"outcome", outcome}}.dump() + "\n";
}

const std::string kUmask =
    format_change(SettingChange{.tid = Tid(7), .name = "umask", .before = "022", .after = "077"});
const std::string kDeed = format_change(Deed{.what = "getpid()"});

TEST(Journal, TellsHowEachChangeEnded) {
  const auto entries = parse_journal(intention(1, kUmask) + conclusion(1, "made") + intention(2, kUmask) +
                                     conclusion(2, "failed") + conclusion(1, "undone") + intention(3, kUmask));
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].outcome, Outcome::Undone);
  EXPECT_EQ(entries[1].outcome, Outcome::Failed);
  EXPECT_EQ(entries[2].outcome, Outcome::Intended);
  EXPECT_EQ(entries[0].lasting, Lasting::UntilExit);
  EXPECT_EQ(entries[0].uid, 5u);
  EXPECT_EQ(entries[0].command, "c");
}

TEST(Journal, TakesWhatWasMadeForWhatWasIntended) {
  const Change made = SettingChange{.tid = Tid(7), .name = "umask", .before = "022", .after = "007"};
  const nlohmann::json line = {{"change", 1}, {"outcome", "made"}, {"is", to_json(made)}};
  const auto entries = parse_journal(intention(1, kUmask) + line.dump());
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(describe(entries[0].change), "umask: 022 -> 007");
}

/// A torn line, another program's, a number that nobody intended: the rest is read all the same.
TEST(Journal, LeavesOutWhatDoesNotParse) {
  const auto entries = parse_journal("garbage\n" + conclusion(9, "made") + "\n" + intention(1, kUmask) +
                                     conclusion(1, "exploded") + "{\"change\":2,\"maker\":1");
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].outcome, Outcome::Intended);
}

TEST(Undo, BeginsWithTheLastAndLeavesOutWhatIsDone) {
  const auto left =
      undoable(parse_journal(intention(1, kUmask) + intention(2, kUmask) + intention(3, kDeed) + intention(4, kUmask) +
                             conclusion(1, "made") + conclusion(2, "undone") + conclusion(3, "made")));
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].number, 4u);  // its maker is no more
  EXPECT_EQ(left[1].number, 1u);
}

}  // namespace
}  // namespace tether
