#include "client/overlay/gossip_id.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace parlor::client::overlay {
namespace {

// They are on the wire: another release that counts them otherwise understands nobody.
TEST(GossipIdTest, IsTheStartOfAHash) {
  EXPECT_EQ(StreamOf("device", 26), 0x8042deca0d75b2e9u);
  EXPECT_EQ(TagOf("device"), 0x263a4dbeu);
}

TEST(GossipIdTest, OtherDevicesAndEpochsAreOtherStreams) {
  std::set<StreamId> streams;
  std::set<MemberTag> tags;
  for (int device = 0; device < 50; ++device) {
    for (uint64_t epoch = 0; epoch < 50; ++epoch) streams.insert(StreamOf(absl::StrCat("d", device), epoch));
    tags.insert(TagOf(absl::StrCat("d", device)));
  }
  EXPECT_EQ(streams.size(), 2'500u);
  EXPECT_EQ(tags.size(), 50u);
}

TEST(GossipIdTest, AreOrderedByStreamAndThenByNumber) {
  EXPECT_EQ((GossipId{1, 2}), (GossipId{1, 2}));
  EXPECT_LT((GossipId{1, 9}), (GossipId{2, 1}));
  EXPECT_LT((GossipId{1, 2}), (GossipId{1, 3}));
}

}  // namespace
}  // namespace parlor::client::overlay
