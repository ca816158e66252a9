#include "tether/cli/signal_text.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstring>
#include <nlohmann/json.hpp>

namespace tether::cli {
namespace {

SigInfoBytes bytes_of(const siginfo_t& info) {
  SigInfoBytes bytes{};
  std::memcpy(bytes.data(), &info, sizeof info);
  return bytes;
}

siginfo_t user_signal() {
  siginfo_t info{};
  info.si_signo = SIGUSR1;
  info.si_code = SI_USER;
  info.si_pid = 77;
  info.si_uid = 5;
  return info;
}

TEST(SignalText, NamesAreKnownInSeveralSpellings) {
  EXPECT_EQ(*parse_signal("SIGUSR1"), Signal(SIGUSR1));
  EXPECT_EQ(*parse_signal("usr1"), Signal(SIGUSR1));
  EXPECT_EQ(*parse_signal("10"), Signal(SIGUSR1));
  EXPECT_EQ(*parse_signal("SIGRT_3"), Signal(35));
  EXPECT_NE(parse_signal("SIGURS1").error().message.find("did you mean 'SIGUSR1'"), std::string::npos);
  EXPECT_FALSE(parse_signal("0").has_value());
  EXPECT_FALSE(parse_signal("65").has_value());
  EXPECT_FALSE(parse_signal("").has_value());
}

TEST(SignalText, SiginfoIsShownAsStraceDoes) {
  EXPECT_EQ(siginfo_text(bytes_of(user_signal())), "{si_signo=SIGUSR1, si_code=SI_USER, si_pid=77, si_uid=5}");
  const auto json = siginfo_json(bytes_of(user_signal()));
  EXPECT_EQ(json["si_code"], "SI_USER");
  EXPECT_EQ(json["si_pid"], 77);
}

TEST(SignalText, TheSenderIsKnownWhereThereIsOne) {
  EXPECT_EQ(find_sender(bytes_of(user_signal())), Pid(77));
  siginfo_t fault{};
  fault.si_signo = SIGSEGV;
  fault.si_code = SEGV_MAPERR;
  fault.si_addr = &fault;
  EXPECT_EQ(find_sender(bytes_of(fault)), std::nullopt);
}

TEST(SignalText, SiginfoCanBeEdited) {
  SigInfoBytes info = bytes_of(user_signal());
  ASSERT_TRUE(edit_siginfo(info, "si_code=SI_QUEUE").has_value());
  ASSERT_TRUE(edit_siginfo(info, "si_pid=1").has_value());
  ASSERT_TRUE(edit_siginfo(info, "si_value=0x10").has_value());
  siginfo_t edited;
  std::memcpy(&edited, info.data(), sizeof edited);
  EXPECT_EQ(edited.si_code, SI_QUEUE);
  EXPECT_EQ(edited.si_pid, 1);
  EXPECT_EQ(edited.si_value.sival_int, 16);
  EXPECT_FALSE(edit_siginfo(info, "si_pid").has_value());
  EXPECT_NE(edit_siginfo(info, "si_pidd=1").error().message.find("si_pid"), std::string::npos);
  EXPECT_FALSE(edit_siginfo(info, "si_code=SI_NOTHING").has_value());
}

}  // namespace
}  // namespace tether::cli
