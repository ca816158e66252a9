#include "tether/symbol/internal/symbol_query.h"

#include <gtest/gtest.h>

namespace tether::symbol {
namespace {

TEST(SymbolQuery, TakesNamesApart) {
  SymbolQuery query = parse_symbol_query("malloc");
  EXPECT_EQ(query.module, "");
  EXPECT_EQ(query.name, "malloc");
  query = parse_symbol_query("libc:memcpy@@GLIBC_2.14");
  EXPECT_EQ(query.module, "libc");
  EXPECT_EQ(query.name, "memcpy");
  EXPECT_EQ(query.version, "GLIBC_2.14");
  query = parse_symbol_query("server:std::vector<int>::size");
  EXPECT_EQ(query.module, "server");
  EXPECT_EQ(query.name, "std::vector<int>::size");
  query = parse_symbol_query("foo::bar");
  EXPECT_EQ(query.module, "");
  EXPECT_EQ(query.name, "foo::bar");
  EXPECT_EQ(parse_symbol_query("@weird").name, "@weird");
  EXPECT_EQ(parse_symbol_query("").name, "");
}

TEST(SymbolQuery, ACxxNameMatchesWithAndWithoutItsParameters) {
  EXPECT_TRUE(parse_symbol_query("foo::bar").matches("_ZN3foo3barEi"));
  EXPECT_TRUE(parse_symbol_query("foo::bar(int)").matches("_ZN3foo3barEi"));
  EXPECT_FALSE(parse_symbol_query("foo::bar(long)").matches("_ZN3foo3barEi"));
  EXPECT_TRUE(parse_symbol_query("_ZN3foo3barEi").matches("_ZN3foo3barEi"));
  EXPECT_FALSE(parse_symbol_query("bar").matches("_ZN3foo3barEi"));
}

}  // namespace
}  // namespace tether::symbol
