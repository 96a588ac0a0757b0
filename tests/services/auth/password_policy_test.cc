#include "services/auth/rules/password_policy.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/auth/rules/common_passwords.h"

namespace parlor::auth {
namespace {

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

absl::Status Check(const std::string& password, const std::string& name = "ada") {
  const absl::StatusOr<std::string> prepared = PreparePassword(password);
  return prepared.ok() ? CheckNewPassword(*prepared, name) : prepared.status();
}

TEST(PasswordPolicyTest, LengthIsCountedInCharacters) {
  struct Case {
    std::string password;
    bool accepted;
  };
  const std::vector<Case> cases = {
      {"", false},
      {"mauve42", false},
      {"mauve42x", true},
      {Repeat("z", 8), false},  // common
      {Repeat("ä", 7), false},
      {Repeat("ä", 8), true},
      {Repeat("🦊", 8), true},
      {Repeat("🦊", 128), true},
      {Repeat("🦊", 129), false},
      {Repeat("x", 128), true},
      {Repeat("x", 129), false},
      {Repeat("x", 10'000'000), false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Check(c.password).ok(), c.accepted) << c.password.substr(0, 40);
  }
}

TEST(PasswordPolicyTest, NoCompositionRules) {
  for (const char* password :
       {"nightingale sings", "        ....", "日本語のパスワードです", "lowercaseonlywords"}) {
    EXPECT_TRUE(Check(password).ok()) << password;
  }
}

TEST(PasswordPolicyTest, RefusesTheNameInAnyCapitalisation) {
  EXPECT_FALSE(Check("ada.lovelace", "ada.lovelace").ok());
  EXPECT_FALSE(Check("ADA.Lovelace", "ada.lovelace").ok());
  EXPECT_FALSE(Check("ÄNNCHEN-T", "ännchen-t").ok());
  EXPECT_TRUE(Check("ada.lovelace!", "ada.lovelace").ok());
}

TEST(PasswordPolicyTest, RefusesCommonOnesInAnyCapitalisation) {
  for (const char* password : {"password", "PassWord", "PASSWORD1", "12345678", "Iloveyou", "Qwertyuiop",
                               "1q2w3e4r", "summer2024", "ПАРОЛЬ123", "pa$$w0rd"}) {
    EXPECT_FALSE(Check(password).ok()) << password;
  }
}

TEST(PasswordPolicyTest, TheListIsWhatThePolicyNeeds) {
  EXPECT_GE(kCommonPasswords.size(), 1000u);
  for (const absl::string_view password : kCommonPasswords) {
    EXPECT_FALSE(Check(std::string(password), "somebody").ok()) << std::string(password);
    EXPECT_FALSE(Check(absl::AsciiStrToUpper(password), "somebody").ok()) << std::string(password);
  }
}

TEST(PreparePasswordTest, TheSameHoweverItIsTyped) {
  EXPECT_EQ(*PreparePassword("a\u0308pfelkuchen"), *PreparePassword("äpfelkuchen"));
  EXPECT_EQ(*PreparePassword("two\u00a0words\u3000here"), "two words here");
  EXPECT_EQ(*PreparePassword("CaseMatters"), "CaseMatters");
}

TEST(PreparePasswordTest, RefusesControlCharactersAndInvalidUtf8) {
  for (const std::string& password :
       {std::string("tab\there!"), std::string("line\nbreak"), std::string("nul\0byte", 8),
        std::string("esc\x1b[31m"), std::string("bad\xff\xfe utf8"), std::string("cut\xe2\x82")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(PreparePassword(password).status())) << password;
  }
}

TEST(PasswordPolicyTest, MessagesNameTheRule) {
  EXPECT_THAT(std::string(Check("short").message()), testing::HasSubstr("at least 8"));
  EXPECT_THAT(std::string(Check(Repeat("x", 129)).message()), testing::HasSubstr("at most 128"));
  EXPECT_THAT(std::string(Check("password").message()), testing::HasSubstr("common"));
}

}  // namespace
}  // namespace parlor::auth
