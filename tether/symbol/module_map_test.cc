#include "tether/symbol/module_map.h"

#include <gtest/gtest.h>

namespace tether::symbol {
namespace {

std::vector<Module> modules_of(std::string_view maps) {
  const auto parsed = procfs::parse_maps(maps);
  EXPECT_TRUE(parsed.has_value());
  return make_modules(*parsed);
}

constexpr std::string_view kMaps =
    "555555554000-555555556000 r--p 00000000 08:01 10   /usr/bin/server\n"
    "555555556000-555555559000 r-xp 00002000 08:01 10   /usr/bin/server\n"
    "555555559000-55555555a000 rw-p 00004000 08:01 10   /usr/bin/server\n"
    "55555555a000-55555557b000 rw-p 00000000 00:00 0    [heap]\n"
    "7ffff7a00000-7ffff7b00000 r--p 00000000 08:01 30   /usr/lib/locale/locale-archive\n"
    "7ffff7c00000-7ffff7c28000 r--p 00000000 08:01 20   /usr/lib/libc-2.31.so\n"
    "7ffff7c28000-7ffff7dbd000 r-xp 00028000 08:01 20   /usr/lib/libc-2.31.so\n"
    "7ffff7dbd000-7ffff7dbe000 ---p 001bd000 08:01 20   /usr/lib/libc-2.31.so\n"
    "7ffff7dbe000-7ffff7dc0000 rw-p 001bd000 08:01 20   /usr/lib/libc-2.31.so\n"
    "7ffff7e00000-7ffff7e28000 r-xp 00000000 08:01 21   /opt/libm.so.6\n"
    "7ffff7e28000-7ffff7e50000 r-xp 00000000 08:01 21   /opt/libm.so.6\n"
    "7ffff7fc1000-7ffff7fc3000 r-xp 00000000 00:00 0    [vdso]\n";

TEST(ModuleMap, AFileWithCodeIsOneModule) {
  const std::vector<Module> modules = modules_of(kMaps);
  ASSERT_EQ(modules.size(), 5u);
  EXPECT_EQ(modules[0].name, "server");
  EXPECT_EQ(modules[0].base, RemoteAddr(0x555555554000));
  EXPECT_EQ(modules[0].end, RemoteAddr(0x55555555a000));
  EXPECT_EQ(modules[1].name, "libc-2.31.so");
  EXPECT_EQ(modules[1].mappings.size(), 4u);
  EXPECT_EQ(modules[1].end, RemoteAddr(0x7ffff7dc0000));
  EXPECT_TRUE(modules[4].is_vdso());
}

TEST(ModuleMap, AFileMappedTwiceIsTwoModules) {
  const std::vector<Module> modules = modules_of(kMaps);
  ASSERT_EQ(modules.size(), 5u);
  EXPECT_EQ(modules[2].start, RemoteAddr(0x7ffff7e00000));
  EXPECT_EQ(modules[3].start, RemoteAddr(0x7ffff7e28000));
  EXPECT_EQ(modules[3].name, modules[2].name);
}

TEST(ModuleMap, ABaseLiesBeforeAPartThatBeginsLater) {
  const std::vector<Module> modules = modules_of("1000000-1002000 r-xp 00003000 08:01 10 /tmp/part\n");
  ASSERT_EQ(modules.size(), 1u);
  EXPECT_EQ(modules[0].base, RemoteAddr(0xffd000));
}

TEST(ModuleMap, FindsByAddress) {
  const std::vector<Module> modules = modules_of(kMaps);
  EXPECT_EQ(find_module(modules, RemoteAddr(0x555555554000)), &modules[0]);
  EXPECT_EQ(find_module(modules, RemoteAddr(0x55555555a000)), nullptr);
  EXPECT_EQ(find_module(modules, RemoteAddr(0x7ffff7dbffff)), &modules[1]);
  EXPECT_EQ(find_module(modules, RemoteAddr(0)), nullptr);
}

TEST(ModuleMap, FindsByName) {
  const std::vector<Module> modules = modules_of(kMaps);
  EXPECT_EQ(find_module_named(modules, "libc"), &modules[1]);
  EXPECT_EQ(find_module_named(modules, "libc-2.31.so"), &modules[1]);
  EXPECT_EQ(find_module_named(modules, "/usr/lib/libc-2.31.so"), &modules[1]);
  EXPECT_EQ(find_module_named(modules, "libm"), &modules[2]);
  EXPECT_EQ(find_module_named(modules, "server"), &modules[0]);
  EXPECT_EQ(find_module_named(modules, "[vdso]"), &modules[4]);
  EXPECT_EQ(find_module_named(modules, "lib"), nullptr);
  EXPECT_EQ(find_module_named(modules, ""), nullptr);
}

}  // namespace
}  // namespace tether::symbol
