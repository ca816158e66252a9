#include "tether/control/mapping_names.h"

#include <gtest/gtest.h>

namespace tether {
namespace {

TEST(MappingNames, SayWhatEachIs) {
  const auto uses = procfs::parse_smaps(
      "00400000-00401000 r-xp 00001000 fd:00 131 /usr/bin/a\n"
      "00401000-00402000 rw-p 00000000 fd:00 131 /usr/bin/a\n"
      "00402000-00404000 rw-p 00000000 00:00 0 \n"
      "00500000-00521000 rw-p 00000000 00:00 0 [heap]\n"
      "10000000-10001000 ---p 00000000 00:00 0 \n"
      "10001000-10801000 rw-p 00000000 00:00 0 \n"
      "20000000-20021000 rw-p 00000000 00:00 0 \n"
      "20021000-24000000 ---p 00000000 00:00 0 \n"
      "30000000-30001000 rw-p 00000000 00:00 0 [anon:pool]\n"
      "30002000-30003000 rw-s 00000000 00:01 9 /dev/zero (deleted)\n"
      "30003000-30004000 r--p 00000000 fd:00 132 /tmp/x (deleted)\n"
      "7ffd0000-7ffe0000 rw-p 00000000 00:00 0 [stack]\n");
  ASSERT_TRUE(uses.has_value());
  const StackPlace stacks[] = {{.tid = Tid(7), .address = RemoteAddr(0x10800000)},
                               {.tid = Tid(6), .address = RemoteAddr(0x7ffd1000)}};
  EXPECT_EQ(name_mappings(*uses, stacks),
            (std::vector<std::string>{"/usr/bin/a+0x1000", "/usr/bin/a", "[anonymous]", "[heap]", "[guard]",
                                      "[thread 7 stack]", "[anonymous]", "[reserved]", "[anon:pool]",
                                      "[shared anonymous]", "/tmp/x (deleted)", "[stack]"}));
}

TEST(MappingNames, ThreadsMayShareAMapping) {
  const auto uses = procfs::parse_smaps("10001000-10801000 rw-p 00000000 00:00 0 \n");
  const StackPlace stacks[] = {{.tid = Tid(7), .address = RemoteAddr(0x10002000)},
                               {.tid = Tid(8), .address = RemoteAddr(0x10003000)}};
  EXPECT_EQ(name_mappings(*uses, stacks), std::vector<std::string>{"[threads 7, 8 stacks]"});
}

}  // namespace
}  // namespace tether
