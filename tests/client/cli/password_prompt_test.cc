#include "client/cli/password_prompt.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace parlor::client {
namespace {

class PasswordPromptTest : public ::testing::Test {
 protected:
  PasswordPromptTest() {
    if (::pipe2(pipe_, O_CLOEXEC) != 0) ADD_FAILURE() << "no pipe";
  }
  ~PasswordPromptTest() override { ::close(pipe_[0]); }
  void Write(const std::string& text) {
    ASSERT_EQ(::write(pipe_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(pipe_[1]);
  }
  int pipe_[2];
};

TEST_F(PasswordPromptTest, OneLineAndNotAByteMore) {
  Write("correct horse\r\nsecond\nlast");
  EXPECT_EQ(*ReadSecretLine(pipe_[0]), "correct horse");
  EXPECT_EQ(*ReadSecretLine(pipe_[0]), "second");
  EXPECT_EQ(*ReadSecretLine(pipe_[0]), "last");
  EXPECT_TRUE(absl::IsInvalidArgument(ReadSecretLine(pipe_[0]).status()));
}

TEST_F(PasswordPromptTest, AnEndlessLineIsRefused) {
  Write(std::string(10'000, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadSecretLine(pipe_[0]).status()));
}

}  // namespace
}  // namespace parlor::client
