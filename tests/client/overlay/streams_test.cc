#include "client/overlay/streams.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/test_time.h"

namespace parlor::client::overlay {
namespace {

using ::testing::ElementsAre;

OverlayOptions Of(size_t streams) {
  OverlayOptions options;
  options.streams = streams;
  return options;
}

std::vector<StreamId> Ids(const std::vector<const Stream*>& streams) {
  std::vector<StreamId> ids;
  for (const Stream* stream : streams) ids.push_back(stream->id);
  return ids;
}

TEST(StreamsTest, AStreamBeginsWhereItIsOwedFromAndStaysAsItIs) {
  const OverlayOptions options = Of(10);
  Streams streams(options);
  EXPECT_EQ(streams.Find(7), nullptr);
  Stream& stream = streams.Get(7, 5);
  EXPECT_EQ(stream.log.up_to(), 4u);
  EXPECT_EQ(&streams.Get(7, 100), &stream);
  EXPECT_EQ(streams.GetAnnounced(7, 100), &stream);
  EXPECT_EQ(streams.Find(7), &stream);
  EXPECT_EQ(stream.log.up_to(), 4u);
}

TEST(StreamsTest, TheOneThatIsSilentForLongestIsForgotten) {
  const OverlayOptions options = Of(3);
  Streams streams(options);
  for (const StreamId id : {1u, 2u, 3u}) streams.Touch(streams.Get(id, 1), kTestStart + absl::Seconds(id));
  streams.Touch(*streams.Find(1), kTestStart + absl::Seconds(9));
  streams.Touch(streams.Get(4, 1), kTestStart + absl::Seconds(10));
  EXPECT_EQ(streams.size(), 3u);
  EXPECT_EQ(streams.Find(2), nullptr);
  EXPECT_NE(streams.Find(1), nullptr);
}

TEST(StreamsTest, WhatIsHereGivesWayToNoHearsay) {
  const OverlayOptions options = Of(2);
  Streams streams(options);
  EXPECT_FALSE(streams.Settle(streams.Get(1, 1)));
  EXPECT_TRUE(streams.Settle(streams.Get(1, 1)));
  EXPECT_NE(streams.GetAnnounced(2, 1), nullptr);
  EXPECT_NE(streams.GetAnnounced(3, 1), nullptr);
  EXPECT_NE(streams.Find(1), nullptr);
  EXPECT_EQ(streams.Find(2), nullptr);
  EXPECT_THAT(Ids(streams.ChangedSince(kTestStart - absl::Hours(24), 10)), ElementsAre());
}

TEST(StreamsTest, WhoBeginsVeryManyPushesOutItsOwn) {
  const OverlayOptions options = Of(4);
  Streams streams(options);
  const auto begin = [&](StreamId id, MemberTag author) {
    Stream& stream = streams.Get(id, 1);
    streams.SetAuthor(stream, author);
    streams.Touch(stream, kTestStart + absl::Seconds(id));
  };
  begin(1, 11);
  begin(2, 22);
  for (StreamId id = 3; id < 10; ++id) begin(id, 33);
  EXPECT_EQ(streams.size(), 4u);
  for (const StreamId id : {1u, 2u, 8u, 9u}) EXPECT_NE(streams.Find(id), nullptr) << id;
  // Its own are as good as any once it has no more than others.
  begin(10, 44);
  begin(11, 55);
  EXPECT_EQ(streams.Find(8), nullptr);
  EXPECT_EQ(streams.Find(1), nullptr);
  EXPECT_NE(streams.Find(9), nullptr);
}

TEST(StreamsTest, HearsayTakesThePlaceOfHearsayOnly) {
  const OverlayOptions options = Of(3);
  Streams streams(options);
  streams.Touch(streams.Get(1, 1), kTestStart);
  streams.Touch(streams.Get(2, 1), kTestStart);
  for (StreamId id = 100; id < 1'000; ++id) {
    ASSERT_NE(streams.GetAnnounced(id, 1), nullptr);
    ASSERT_LE(streams.size(), 3u);
  }
  EXPECT_NE(streams.Find(1), nullptr);
  EXPECT_NE(streams.Find(2), nullptr);
  streams.Touch(*streams.Find(999), kTestStart);
  EXPECT_EQ(streams.GetAnnounced(1'000, 1), nullptr);
  EXPECT_EQ(streams.size(), 3u);
}

TEST(StreamsTest, WhatChangedLatelyIsToldTheLatestFirst) {
  const OverlayOptions options = Of(10);
  Streams streams(options);
  streams.Get(9, 1);
  for (const StreamId id : {3u, 1u, 2u}) streams.Touch(streams.Get(id, 1), kTestStart + absl::Seconds(id));
  EXPECT_THAT(Ids(streams.ChangedSince(kTestStart, 10)), ElementsAre(3, 2, 1));
  EXPECT_THAT(Ids(streams.ChangedSince(kTestStart + absl::Seconds(2), 10)), ElementsAre(3, 2));
  EXPECT_THAT(Ids(streams.ChangedSince(kTestStart, 1)), ElementsAre(3));
  EXPECT_THAT(Ids(streams.ChangedSince(absl::InfinitePast(), 10)), ElementsAre(3, 2, 1, 9));
}

}  // namespace
}  // namespace parlor::client::overlay
