#include "services/auth/admin/admin_commands.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "tests/services/auth/auth_fixture.h"

namespace parlor::auth {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AdminCommandsTest : public AuthTest {
 protected:
  std::string out_;
};

TEST_F(AdminCommandsTest, WantTheServersDatabase) {
  EXPECT_EQ(Admin({"users"}, &out_), 1);
  EXPECT_THAT(out_, HasSubstr("no database at"));
}

TEST_F(AdminCommandsTest, UsageErrorsAreTold) {
  Start();
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{}, {"unknown"}, {"suspend"}, {"users", "extra"}, {"invitations"}}) {
    EXPECT_NE(Admin(wrong), 0);
  }
  EXPECT_EQ(Admin({"registration", "sometimes"}, &out_), 2);
  EXPECT_THAT(out_, HasSubstr("open, invite or closed"));
  EXPECT_EQ(Admin({"suspend", "two words"}), 2);
  EXPECT_EQ(Admin({"invitations", "create", "--uses", "0"}), 2);
}

TEST_F(AdminCommandsTest, UnknownAccountsHaveACodeOfTheirOwn) {
  Start();
  for (const char* command : {"suspend", "unsuspend", "delete", "reset-password"}) {
    EXPECT_EQ(Admin({command, "nobody"}, &out_), 3) << command;
    EXPECT_THAT(out_, HasSubstr("there is no account nobody"));
  }
}

TEST_F(AdminCommandsTest, ListsEveryAccount) {
  Start();
  NewPerson("ada");
  ASSERT_TRUE(server().Register("bob").ok());
  ASSERT_EQ(Admin({"suspend", "Bob"}), 0);
  ASSERT_EQ(Admin({"users"}, &out_), 0);
  const std::vector<std::string> lines = absl::StrSplit(absl::StripAsciiWhitespace(out_), '\n');
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[1], AllOf(HasSubstr("ada"), HasSubstr("active"), Not(HasSubstr("never"))));
  EXPECT_THAT(lines[2], AllOf(HasSubstr("bob"), HasSubstr("suspended"), HasSubstr("never")));
}

TEST_F(AdminCommandsTest, ResetsAPassword) {
  Start();
  const TestDevice ada = NewPerson("ada");
  ASSERT_EQ(Admin({"reset-password", "ada", "--password-stdin"}, &out_, "a chosen password\r\n"), 0);
  EXPECT_THAT(out_, Not(HasSubstr("a chosen password")));
  EXPECT_TRUE(
      Eventually([&] { return absl::IsUnauthenticated(server().ListDevices(ada.access()).status()); }));
  NewDevice("ada", "a chosen password");
  EXPECT_EQ(Admin({"reset-password", "ada", "--password-stdin"}, &out_, "short\n"), 2);
  EXPECT_EQ(Admin({"reset-password", "ada", "--password-stdin"}, &out_, ""), 2);

  ASSERT_EQ(Admin({"reset-password", "ada"}, &out_), 0);
  const std::vector<std::string> words = absl::StrSplit(absl::StripAsciiWhitespace(out_), ' ');
  NewDevice("ada", words.back());
}

TEST_F(AdminCommandsTest, ChangesWhoMayRegisterBesideARunningServer) {
  Start();
  ASSERT_EQ(Admin({"registration"}, &out_), 0);
  EXPECT_EQ(out_, "registration is open\n");
  ASSERT_EQ(Admin({"registration", "closed"}), 0);
  EXPECT_TRUE(absl::IsPermissionDenied(server().Register("ada")));
  ASSERT_EQ(Admin({"registration", "invite"}), 0);
  EXPECT_TRUE(absl::IsPermissionDenied(server().Register("ada")));
  ASSERT_EQ(Admin({"invitations", "create", "--uses", "2", "--valid-for", "1h"}, &out_), 0);
  const std::string code(absl::StripAsciiWhitespace(out_));
  EXPECT_TRUE(absl::IsPermissionDenied(server().Register("ada", kPassword, "wrong")));
  EXPECT_TRUE(server().Register("ada", kPassword, code).ok());
  ASSERT_EQ(Admin({"invitations", "list"}, &out_), 0);
  EXPECT_THAT(out_, HasSubstr(code));
  clock_.Advance(absl::Hours(2));
  EXPECT_TRUE(absl::IsPermissionDenied(server().Register("bob", kPassword, code)));
  ASSERT_EQ(Admin({"registration", "open"}), 0);
  EXPECT_TRUE(server().Register("bob").ok());
}

TEST_F(AdminCommandsTest, RotatesKeysWhenDueAsAServerDoes) {
  const auto keys = [this] {
    size_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(Options().keys_directory)) {
      if (entry.path().extension() == ".pem") ++found;
    }
    return found;
  };
  ASSERT_EQ(Admin({"rotate-keys", "--when-due"}, &out_), 0);
  EXPECT_THAT(out_, HasSubstr("1 signing keys")) << "the first one";
  ASSERT_EQ(Admin({"rotate-keys", "--when-due"}, &out_), 0);
  EXPECT_EQ(keys(), 1u);
  clock_.Advance(absl::Hours(24 * 30));
  ASSERT_EQ(Admin({"rotate-keys", "--when-due"}, &out_), 0);
  EXPECT_EQ(keys(), 2u);
  clock_.Advance(absl::Hours(24));
  ASSERT_EQ(Admin({"rotate-keys", "--when-due"}, &out_), 0);
  EXPECT_EQ(keys(), 1u) << "the retired one is deleted";
  ASSERT_EQ(Admin({"rotate-keys"}, &out_), 0);
  EXPECT_THAT(out_, HasSubstr("a new signing key was made"));
}

TEST_F(AdminCommandsTest, DeletesForGood) {
  Start();
  NewPerson("ada");
  ASSERT_EQ(Admin({"delete", "ada"}), 0);
  EXPECT_EQ(Admin({"unsuspend", "ada"}), 3);
  TestDevice device;
  EXPECT_TRUE(absl::IsUnauthenticated(server().LogIn(device, "ada")));
  EXPECT_TRUE(absl::IsAlreadyExists(server().Register("ada")));
}

}  // namespace
}  // namespace parlor::auth
