#include "tether/event/recording.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "tether/event/raw_event.h"

namespace tether {
namespace {

class RecordingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tether-recording-XXXXXX";
    const int fd = ::mkstemp(name);
    ASSERT_GE(fd, 0);
    ::close(fd);
    path_ = name;
  }
  void TearDown() override { std::remove(path_.c_str()); }

  void write_two() {
    auto writer = RecordingWriter::create(path_, {.string_limit = 77});
    ASSERT_TRUE(writer.has_value());
    RawEventBuilder builder;
    for (int status : {1, 2}) {
      builder.begin(RawKind::Exited, Abi::X86_64, Tid(status), Pid(1), 0);
      builder.set_payload(RawStatus{.value = status});
      ASSERT_TRUE(writer->write(builder.finish()).has_value());
    }
    ASSERT_TRUE(writer->flush().has_value());
  }

  std::string path_;
};

TEST_F(RecordingTest, ReadsBackWhatWasWritten) {
  write_two();
  auto reader = RecordingReader::open(path_);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(reader->header().string_limit, 77u);
  for (int status : {1, 2}) {
    auto record = reader->next();
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(RawEventView(*record).payload<RawStatus>().value, status);
  }
  auto end = reader->next();
  ASSERT_TRUE(end.has_value());
  EXPECT_TRUE(end->empty());
}

TEST_F(RecordingTest, ACutRecordingGivesWhatIsWholeThenAnError) {
  write_two();
  const auto size = std::ifstream(path_, std::ios::ate).tellg();
  ASSERT_EQ(::truncate(path_.c_str(), static_cast<off_t>(size) - 1), 0);
  auto reader = RecordingReader::open(path_);
  ASSERT_TRUE(reader.has_value());
  EXPECT_TRUE(reader->next().has_value());
  auto cut = reader->next();
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().code, ErrorCode::Malformed);
}

TEST_F(RecordingTest, OtherFilesAreNotRecordings) {
  std::ofstream(path_) << "execve(\"/bin/ls\", [\"ls\"], 0x7ffd) = 0 and more text than a header has bytes";
  auto reader = RecordingReader::open(path_);
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, ErrorCode::Malformed);
  EXPECT_EQ(RecordingReader::open(path_ + ".absent").error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace tether
