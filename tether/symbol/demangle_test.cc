#include "tether/symbol/demangle.h"

#include <gtest/gtest.h>

namespace tether::symbol {
namespace {

TEST(Demangle, CxxAndRustNames) {
  EXPECT_EQ(demangle("_ZN3foo3barEi"), "foo::bar(int)");
  EXPECT_EQ(demangle("_ZN4core3ptr4read17h0123456789abcdefE"), "core::ptr::read");
  EXPECT_EQ(demangle("malloc"), "malloc");
  EXPECT_EQ(demangle("_Zwhat"), "_Zwhat");
  EXPECT_EQ(demangle(""), "");
}

TEST(Demangle, WithoutParameters) {
  EXPECT_EQ(without_parameters("foo::bar(int)"), "foo::bar");
  EXPECT_EQ(without_parameters("foo::bar(void (*)(int), int) const"), "foo::bar");
  EXPECT_EQ(without_parameters("foo::operator()(int)"), "foo::operator()");
  EXPECT_EQ(without_parameters("malloc"), "malloc");
  EXPECT_EQ(without_parameters(")"), ")");
}

}  // namespace
}  // namespace tether::symbol
