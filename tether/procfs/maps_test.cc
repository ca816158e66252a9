#include "tether/procfs/maps.h"

#include <gtest/gtest.h>

namespace tether::procfs {
namespace {

constexpr std::string_view kText =
    "00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus-daemon\n"
    "00651000-00652000 r--s 00051000 103:05 173521                          /tmp/a b (deleted)\n"
    "00e03000-00e24000 rw-p 00000000 00:00 0           [heap]\n"
    "35b1800000-35b1820000 ---p 00000000 00:00 0 \n"
    "35b1820000-35b1821000 rw-p 00000000 00:00 0           [anon:glibc: malloc]\n"
    "35b1a21000-35b1a22000 rw-p 0001f000 08:02 135522  /tmp/new\\012line\n"
    "7f0000000000-7f0000001000 rw-s 00000000 00:01 77  /memfd:jit (deleted)\n"
    "7fff2a000000-7fff2a021000 rw-p 00000000 00:00 0   [stack]\n"
    "7fff2a050000-7fff2a054000 r--p 00000000 00:00 0   [vvar]\n"
    "7fff2a054000-7fff2a056000 r-xp 00000000 00:00 0   [vdso]\n"
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n";

TEST(Maps, ReadsItsLines) {
  const auto maps = parse_maps(kText);
  ASSERT_TRUE(maps.has_value()) << maps.error().message;
  ASSERT_EQ(maps->size(), 11u);
  const Mapping& code = maps->at(0);
  EXPECT_EQ(code.start, RemoteAddr(0x400000));
  EXPECT_EQ(code.end, RemoteAddr(0x452000));
  EXPECT_TRUE(code.is_readable && code.is_executable && !code.is_writable && !code.is_shared);
  EXPECT_EQ(code.device_major, 8u);
  EXPECT_EQ(code.device_minor, 2u);
  EXPECT_EQ(code.inode, 173521u);
  EXPECT_EQ(code.path, "/usr/bin/dbus-daemon");
  EXPECT_EQ(code.kind, MappingKind::File);
  const Mapping& shared = maps->at(1);
  EXPECT_EQ(shared.offset, 0x51000u);
  EXPECT_EQ(shared.device_major, 0x103u);
  EXPECT_EQ(shared.path, "/tmp/a b");
  EXPECT_TRUE(shared.is_shared && shared.is_deleted);
  EXPECT_EQ(maps->at(2).kind, MappingKind::Heap);
  EXPECT_EQ(maps->at(3).kind, MappingKind::Anonymous);
  EXPECT_EQ(maps->at(3).path, "");
  EXPECT_EQ(maps->at(4).kind, MappingKind::Anonymous);
  EXPECT_EQ(maps->at(4).path, "[anon:glibc: malloc]");
  EXPECT_EQ(maps->at(5).path, "/tmp/new\nline");
  EXPECT_EQ(maps->at(6).path, "/memfd:jit");
  EXPECT_EQ(maps->at(7).kind, MappingKind::Stack);
  EXPECT_EQ(maps->at(8).kind, MappingKind::Vvar);
  EXPECT_EQ(maps->at(9).kind, MappingKind::Vdso);
  EXPECT_EQ(maps->at(10).kind, MappingKind::Vsyscall);
  EXPECT_EQ(maps->at(10).end, RemoteAddr(0xffffffffff601000));
}

TEST(Maps, FindsTheMappingOfAnAddress) {
  const auto maps = parse_maps(kText);
  ASSERT_TRUE(maps.has_value());
  EXPECT_EQ(find_mapping(*maps, RemoteAddr(0x400000)), &maps->at(0));
  EXPECT_EQ(find_mapping(*maps, RemoteAddr(0x451fff)), &maps->at(0));
  EXPECT_EQ(find_mapping(*maps, RemoteAddr(0x452000)), nullptr);
  EXPECT_EQ(find_mapping(*maps, RemoteAddr(0)), nullptr);
  EXPECT_EQ(find_mapping(*maps, RemoteAddr(0xffffffffff600800)), &maps->at(10));
  EXPECT_EQ(find_mapping({}, RemoteAddr(1)), nullptr);
}

TEST(Maps, SameFile) {
  const auto maps = parse_maps(kText);
  ASSERT_TRUE(maps.has_value());
  EXPECT_TRUE(maps->at(0).is_same_file(maps->at(0)));
  EXPECT_FALSE(maps->at(0).is_same_file(maps->at(1)));
  EXPECT_FALSE(maps->at(2).is_same_file(maps->at(3)));
}

TEST(Maps, WhatIsNoMappingIsNamed) {
  for (const std::string_view text : {"hello", "1000-2000 r-xp 0", "1000-2000 rwxq 00000000 00:00 0 \n",
                                      "2000-1000 r-xp 00000000 00:00 0 \n", "1000-2000 r-xp 00000000 00:00 x"}) {
    const auto maps = parse_maps(text);
    ASSERT_FALSE(maps.has_value()) << text;
    EXPECT_EQ(maps.error().code, ErrorCode::Malformed);
  }
  EXPECT_TRUE(parse_maps("").value().empty());
}

}  // namespace
}  // namespace tether::procfs
