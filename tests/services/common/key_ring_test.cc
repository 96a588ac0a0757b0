#include "services/common/key_ring.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr KeyRingOptions kOptions{
    .publish_delay = absl::Minutes(5), .token_lifetime = absl::Minutes(11), .rotate_after = absl::Hours(720)};

SigningKey Key(const std::string& kid, absl::Time made) {
  return {kid, made, PrivateKey::Generate()};
}

TEST(KeyRing, AloneAKeySignsAtOnceAndNeverRetires) {
  const KeyRing ring({Key("a", kTestStart)}, kOptions);
  EXPECT_EQ(ring.Signer(kTestStart).kid, "a");
  EXPECT_EQ(ring.Signer(kTestStart + absl::Hours(10'000)).kid, "a");
  EXPECT_EQ(ring.Verifying(kTestStart + absl::Hours(10'000)).size(), 1U);
  EXPECT_THAT(ring.Retired(kTestStart + absl::Hours(10'000)), IsEmpty());
}

TEST(KeyRing, ASuccessorIsPublishedThenSignsThenOutlivesTheOldKey) {
  const KeyRing ring({Key("b", kTestStart + absl::Hours(1)), Key("a", kTestStart)}, kOptions);
  const absl::Time made = kTestStart + absl::Hours(1);
  const absl::Time signs = made + kOptions.publish_delay;
  const absl::Time retires = signs + kOptions.token_lifetime;
  EXPECT_EQ(ring.Signer(signs - absl::Seconds(1)).kid, "a");
  EXPECT_EQ(ring.Signer(signs).kid, "b");
  EXPECT_EQ(ring.Verifying(made).size(), 2U) << "published before it signs";
  EXPECT_EQ(ring.Verifying(retires).size(), 2U) << "the last token of the old key may still be alive";
  EXPECT_EQ(ring.Verifying(retires + absl::Seconds(1)).size(), 1U);
  EXPECT_THAT(ring.Retired(retires), IsEmpty());
  EXPECT_THAT(ring.Retired(retires + absl::Seconds(1)), ElementsAre("a"));
}

TEST(KeyRing, NoTokenOutlivesItsKeyHoweverOftenKeysRotate) {
  std::vector<SigningKey> keys;
  for (int i = 0; i < 20; ++i)
    keys.push_back(Key("k" + std::to_string(i), kTestStart + i * absl::Minutes(1)));
  const KeyRing ring(keys, kOptions);
  for (absl::Time now = kTestStart; now < kTestStart + absl::Hours(1); now += absl::Seconds(20)) {
    const std::string& signer = ring.Signer(now).kid;
    for (absl::Duration age; age <= absl::Minutes(10); age += absl::Seconds(20)) {
      ASSERT_TRUE(ring.Verifying(now + age).contains(signer)) << signer << " after " << age;
    }
  }
}

TEST(KeyRing, OrderOfKeysMadeInOneSecondIsTheSameForEveryReplica) {
  const SigningKey a = Key("a", kTestStart);
  const SigningKey b = Key("b", kTestStart);
  const absl::Time later = kTestStart + absl::Hours(1);
  EXPECT_EQ(KeyRing({a, b}, kOptions).Signer(later).kid, KeyRing({b, a}, kOptions).Signer(later).kid);
}

TEST(KeyRing, RotationIsDueByTheNewestKey) {
  const KeyRing ring({Key("a", kTestStart), Key("b", kTestStart + absl::Hours(700))}, kOptions);
  EXPECT_FALSE(ring.RotationDue(kTestStart + absl::Hours(720)));
  EXPECT_TRUE(ring.RotationDue(kTestStart + absl::Hours(1420)));
}

}  // namespace
}  // namespace parlor::service
