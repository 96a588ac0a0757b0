#include "client/home/sealing_key.h"

#include <map>
#include <string>

#include "absl/strings/match.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/home/temp_home.h"

namespace parlor::client {
namespace {

using ::testing::HasSubstr;

class MemoryKeyring final : public Keyring {
 public:
  absl::StatusOr<std::optional<std::string>> Find(const std::string& id) override {
    if (!answers) return absl::UnavailableError("no answer");
    const auto found = secrets.find(id);
    if (found == secrets.end()) return std::nullopt;
    return found->second;
  }
  absl::Status Keep(const std::string& id, const std::string& secret) override {
    if (!answers) return absl::UnavailableError("no answer");
    if (keeps) secrets[id] = secret;
    return absl::OkStatus();
  }

  bool answers = true;
  bool keeps = true;
  std::map<std::string, std::string> secrets;
};

class SealingKeyTest : public ::testing::Test {
 protected:
  std::string Load(Keyring* keyring) {
    const auto key = LoadSealingKey(home_, keyring);
    EXPECT_TRUE(key.ok()) << key.status();
    return key.value_or("");
  }
  std::string File() { return ReadFile(home_.sealing_key_file()).value_or(""); }

  const TempHome temp_;
  const Home& home_ = temp_.home();
  MemoryKeyring keyring_;
};

TEST_F(SealingKeyTest, WithoutAKeyringIsInAFile) {
  const std::string key = Load(nullptr);
  EXPECT_EQ(key.size(), 32u);
  EXPECT_EQ(ModeOf(home_.sealing_key_file()), 0600u);
  EXPECT_EQ(Load(nullptr), key);
  const TempHome other;
  EXPECT_NE(*LoadSealingKey(other.home(), nullptr), key);
}

TEST_F(SealingKeyTest, WithAKeyringIsThereAlone) {
  const std::string key = Load(&keyring_);
  EXPECT_EQ(key.size(), 32u);
  ASSERT_EQ(keyring_.secrets.size(), 1u);
  EXPECT_FALSE(absl::StrContains(File(), keyring_.secrets.begin()->second));
  EXPECT_EQ(Load(&keyring_), key);
  EXPECT_EQ(keyring_.secrets.size(), 1u);
}

TEST_F(SealingKeyTest, StaysInTheFileWhenAKeyringAppears) {
  const std::string key = Load(nullptr);
  EXPECT_EQ(Load(&keyring_), key);
  EXPECT_TRUE(keyring_.secrets.empty());
}

TEST_F(SealingKeyTest, IsNeverMadeASecondTimeWhenTheKeyringIsAway) {
  const std::string key = Load(&keyring_);
  const std::string file = File();

  const absl::Status none = LoadSealingKey(home_, nullptr).status();
  EXPECT_EQ(none.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(none.message()), HasSubstr("PARLOR_KEYRING"));

  keyring_.answers = false;
  const absl::Status silent = LoadSealingKey(home_, &keyring_).status();
  EXPECT_EQ(silent.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(silent.message()), HasSubstr("unlock"));

  keyring_.answers = true;
  const auto kept = keyring_.secrets;
  keyring_.secrets.clear();
  EXPECT_EQ(LoadSealingKey(home_, &keyring_).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(File(), file);

  keyring_.secrets = kept;
  EXPECT_EQ(Load(&keyring_), key);
}

TEST_F(SealingKeyTest, AKeyringThatDoesNotAnswerAtFirstMeansAFile) {
  keyring_.answers = false;
  const std::string key = Load(&keyring_);
  keyring_.answers = true;
  EXPECT_EQ(Load(&keyring_), key);
  EXPECT_TRUE(keyring_.secrets.empty());
}

TEST_F(SealingKeyTest, AKeyringThatForgetsMeansAFile) {
  keyring_.keeps = false;
  const std::string key = Load(&keyring_);
  EXPECT_EQ(Load(nullptr), key);
}

TEST_F(SealingKeyTest, IsNotMadeForAHistoryThatHasLostItsKey) {
  ASSERT_TRUE(WriteFileAtomically(home_.history_file(), "sealed").ok());
  const absl::Status lost = LoadSealingKey(home_, &keyring_).status();
  EXPECT_EQ(lost.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(lost.message()), HasSubstr("restore"));
  EXPECT_TRUE(keyring_.secrets.empty());
  EXPECT_EQ(File(), "");
}

TEST_F(SealingKeyTest, ADamagedFileIsNotReplaced) {
  for (const std::string text :
       {"", "garbage", R"({"version":1,"where":"file"})", R"({"version":1,"where":"file","value":"c2hvcnQ"})",
        R"({"version":1,"where":"file","value":"!"})"}) {
    ASSERT_TRUE(WriteFileAtomically(home_.sealing_key_file(), text).ok());
    EXPECT_EQ(LoadSealingKey(home_, &keyring_).status().code(), absl::StatusCode::kDataLoss) << text;
    EXPECT_EQ(File(), text);
  }
  ASSERT_TRUE(
      WriteFileAtomically(home_.sealing_key_file(), R"({"version":2,"where":"file","value":""})").ok());
  EXPECT_EQ(LoadSealingKey(home_, &keyring_).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace parlor::client
