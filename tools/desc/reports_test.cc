#include "tools/desc/reports.h"

#include <gtest/gtest.h>

#include "tools/desc/parser.h"
#include "tools/desc/test_support.h"

namespace tether::desc::testing {
namespace {

struct Reported {
  Descriptions descriptions;
  Survey survey;
  explicit Reported(const std::string& text) {
    Diagnostics diagnostics;
    parse_description("dir/t.desc", text, descriptions, diagnostics);
    survey = resolve(small_facts(), descriptions, diagnostics).survey;
    EXPECT_TRUE(diagnostics.empty());
  }
};

TEST(AuditCalls, ListsPrototypesOncePerDifference) {
  const Reported reported(
      "call read (a, b, c)\ncall point (p)\ncall node (n, a, b, c)\ncall pause ()\ncall truncate for i386 (path: in "
      "path, length: loff)");
  EXPECT_EQ(audit_calls(small_facts(), reported.descriptions),
            "system calls without a 'call': 3\n"
            "  control(int fd, unsigned int cmd, unsigned long arg)  [x86_64]\n"
            "  old_read(struct point *arg)  [i386]\n"
            "  truncate(const char *path, loff_t length)  [x86_64]\n");
}

TEST(AuditConstants, CountsSetsLabelsExpressionsAndIgnores) {
  const Reported reported(
      "from <linux/t.h>\nset s = T_* - { T_EXEC T_LOW T_RW }\nignore { T_LOW C_* }\n"
      "call read (fd: fd if count == S_FIRST, buf: by fd { T_RW: addr }, count)");
  EXPECT_EQ(audit_constants(small_facts(), reported.descriptions, reported.survey),
            "constants of headers named by 'from' that nothing uses or ignores: 5\n"
            "  <linux/t.h> 5: T_EXEC S_SECOND S_ALSO_SECOND PT_GET PT_SET\n");
}

TEST(AuditConstants, LooksOnlyAtClaimedHeaders) {
  const Reported reported("");
  EXPECT_EQ(audit_constants(small_facts(), reported.descriptions, reported.survey),
            "constants of headers named by 'from' that nothing uses or ignores: 0\n");
}

TEST(AuditIoctls, CountsPerHeader) {
  const Reported undescribed("");
  EXPECT_EQ(audit_ioctls(small_facts(), undescribed.survey),
            "ioctl codes: 2 take an argument, 2 are known by its C type only, 0 not at all\n"
            "  <linux/t.h> 2 take an argument, 2 are known by its C type only, 0 not at all\n");
  const Reported described("struct point { x: hex }\nioctl g { PT_SET: in int }");
  EXPECT_EQ(audit_ioctls(small_facts(), described.survey),
            "ioctl codes: 2 take an argument, 0 are known by its C type only, 0 not at all\n");
}

TEST(ExpandSets, NamesSetsAndWhatAHeaderCanChange) {
  const Reported reported(
      "from <linux/t.h>\nset s = { T_READ T_ONLY64 }\ncall read (fd: flags T_R*, buf: enum { T_READ }, count: enum "
      "enum color)");
  EXPECT_EQ(expand_sets(reported.survey),
            "s [x86_64]: T_READ T_ONLY64\n"
            "s [i386]: T_READ\n"
            "t.desc T_R*: T_READ T_RW\n"
            "t.desc enum color: C_RED C_GREEN\n");
}

}  // namespace
}  // namespace tether::desc::testing
