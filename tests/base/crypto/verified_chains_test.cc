#include "base/crypto/verified_chains.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace parlor {
namespace {

using Chain = std::vector<std::string>;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

VerifiedPeer Peer(const std::string& user) {
  static const PublicKey& key = *new PublicKey(PrivateKey::Generate().public_key());
  return {{"server", user, key.device_id()}, key, kNow + absl::Hours(1), kNow - absl::Hours(1)};
}

TEST(VerifiedChains, WhoWasGoodIsFoundByTheWholeChain) {
  VerifiedChains chains;
  const Chain chain = {"leaf", "authority"};
  EXPECT_FALSE(chains.Find(chain, kNow).has_value());
  chains.Add(chain, Peer("ada"));
  ASSERT_TRUE(chains.Find(chain, kNow).has_value());
  EXPECT_EQ(chains.Find(chain, kNow)->identity.user, "ada");
  for (const Chain& other : {Chain{"leaf"}, Chain{"authority", "leaf"}, Chain{"lea", "fauthority"},
                             Chain{"leafauthority"}, Chain{"leaf", "authority", ""}, Chain{}}) {
    EXPECT_FALSE(chains.Find(other, kNow).has_value());
  }
}

TEST(VerifiedChains, NobodyIsFoundBeforeOrAfterTheirTime) {
  VerifiedChains chains;
  chains.Add({"leaf"}, Peer("ada"));
  EXPECT_TRUE(chains.Find({"leaf"}, kNow - absl::Hours(1)).has_value());
  EXPECT_FALSE(chains.Find({"leaf"}, kNow - absl::Hours(1) - absl::Nanoseconds(1)).has_value());
  EXPECT_TRUE(chains.Find({"leaf"}, kNow + absl::Hours(1) - absl::Nanoseconds(1)).has_value());
  EXPECT_FALSE(chains.Find({"leaf"}, kNow + absl::Hours(1)).has_value());
}

TEST(VerifiedChains, TheLatestAreKept) {
  VerifiedChains chains;
  const size_t count = 3 * VerifiedChains::kMaxChains;
  for (size_t i = 0; i < count; ++i) chains.Add({absl::StrCat(i)}, Peer(absl::StrCat(i)));
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i) kept += chains.Find({absl::StrCat(i)}, kNow).has_value() ? 1 : 0;
  EXPECT_LE(kept, VerifiedChains::kMaxChains);
  for (size_t i = count - VerifiedChains::kMaxChains / 2; i < count; ++i) {
    ASSERT_TRUE(chains.Find({absl::StrCat(i)}, kNow).has_value()) << i;
    EXPECT_EQ(chains.Find({absl::StrCat(i)}, kNow)->identity.user, absl::StrCat(i));
  }
}

}  // namespace
}  // namespace parlor
