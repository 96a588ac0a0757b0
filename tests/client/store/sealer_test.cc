#include "client/store/sealer.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

class SealerTest : public ::testing::Test {
 protected:
  const Sealer sealer_{std::string(kSealingKeySize, 'k')};
};

TEST_F(SealerTest, OpensWhatItSealed) {
  for (const std::string& text :
       {std::string(), std::string("hello"), std::string("a\0b", 3), std::string(65'536, 'x')}) {
    const std::string sealed = sealer_.Seal(text, "context");
    EXPECT_EQ(sealed.size(), text.size() + 40);
    const auto opened = sealer_.Open(sealed, "context");
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(*opened, text);
  }
}

TEST_F(SealerTest, NeverSealsTheSameWay) {
  EXPECT_NE(sealer_.Seal("hello", "context"), sealer_.Seal("hello", "context"));
  EXPECT_FALSE(absl::StrContains(sealer_.Seal("hello", "context"), "hello"));
}

TEST_F(SealerTest, RefusesAnotherContextOrKey) {
  const std::string sealed = sealer_.Seal("hello", "context");
  EXPECT_EQ(sealer_.Open(sealed, "other").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Sealer(std::string(kSealingKeySize, 'l')).Open(sealed, "context").status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(SealerTest, NoticesEveryChangedByteAndEveryLostOne) {
  const std::string sealed = sealer_.Seal("hello", "context");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(sealer_.Open(changed, "context").ok()) << i;
    EXPECT_FALSE(sealer_.Open(sealed.substr(0, i), "context").ok()) << i;
  }
}

TEST(SealerDeathTest, TakesKeysOfOneSizeOnly) {
  EXPECT_DEATH(Sealer(std::string(kSealingKeySize - 1, 'k')), "sealing key");
}

}  // namespace
}  // namespace parlor::client
