#include "client/cli/enrol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/cli/test_home.h"

namespace parlor::client {
namespace {

using ::testing::HasSubstr;

TEST(EnrolTest, AHomeBelongsToOnePerson) {
  const TestHome home;
  EXPECT_EQ(CheckHomeIsFree(home.Open(), "alice")->user, "");
  home.LogIn("alice");
  EXPECT_EQ(CheckHomeIsFree(home.Open(), "Alice")->user, "alice");  // however it is spelled
  const absl::Status status = CheckHomeIsFree(home.Open(), "bob").status();
  EXPECT_TRUE(absl::IsAlreadyExists(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("@alice"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("--home"));
}

TEST(EnrolTest, TheServerIsNamedOnce) {
  const TestHome home;
  const Account account = home.LogIn("alice");
  EXPECT_EQ(ToString(*ChooseServer("", account)), account.server);
  EXPECT_EQ(ToString(*ChooseServer(account.server, account)), account.server);
  EXPECT_TRUE(absl::IsInvalidArgument(ChooseServer("", Account()).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ChooseServer("not a link", Account()).status()));
  const std::string other = ToString(JoinLink{{"127.0.0.1", 1}, std::string(52, 'a')});
  EXPECT_EQ(ToString(*ChooseServer(other, Account())), other);
  EXPECT_TRUE(absl::IsFailedPrecondition(ChooseServer(other, account).status()));
}

TEST(EnrolTest, AServerThatMovedIsTheSameByItsPin) {
  const TestHome home;
  const Account account = home.LogIn("alice");
  JoinLink moved = *ParseJoinLink(account.server);
  moved.server.host = "elsewhere.example";
  EXPECT_EQ(*ChooseServer(ToString(moved), account), moved);
}

}  // namespace
}  // namespace parlor::client
