// What is remembered of authors, and which of them is forgotten.
#include "client/room/author_streams.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pointee;

AuthorKey KeyOf(uint64_t epoch) {
  return {"device", epoch};
}

void Fill(AuthorStreams& streams) {
  for (uint64_t epoch = 1; epoch <= kMaxAuthorStreams; ++epoch) streams.Get(KeyOf(epoch));
}

TEST(AuthorStreams, IsFoundByAuthorAndByStream) {
  AuthorStreams streams;
  EXPECT_EQ(streams.Find(AuthorKey("bob's", 7)), nullptr);
  AuthorStream& stream = streams.Get({"bob's", 7});
  EXPECT_EQ(stream.id, overlay::StreamOf("bob's", 7));
  EXPECT_EQ(streams.Find(AuthorKey("bob's", 7)), &stream);
  EXPECT_EQ(&streams.Get({"bob's", 7}), &stream) << "made once";
  EXPECT_THAT(streams.Find(stream.id), Pointee(AuthorKey("bob's", 7)));
  EXPECT_EQ(streams.Find(AuthorKey("bob's", 8)), nullptr);
  EXPECT_EQ(streams.Find(overlay::StreamOf("bob's", 8)), nullptr);
  EXPECT_EQ(streams.size(), 1u);
}

TEST(AuthorStreams, KnowsWhichAnEarlierRunBegan) {
  AuthorStreams streams({{.device = "bob's", .epoch = 7, .first = 3, .last = 9}});
  const AuthorStream& stream = *streams.Find(AuthorKey("bob's", 7));
  EXPECT_TRUE(stream.restored);
  EXPECT_EQ(stream.log.first(), 3u);
  EXPECT_EQ(stream.log.last(), 9u);
  EXPECT_FALSE(streams.Get({"bob's", 8}).restored);
}

TEST(AuthorStreams, TheOneThatWasSilentForLongestIsForgotten) {
  AuthorStreams streams;
  Fill(streams);
  EXPECT_EQ(streams.size(), kMaxAuthorStreams);
  streams.Get(KeyOf(1));   // speaks
  streams.Find(KeyOf(2));  // is asked for
  streams.Get({"newcomer", 1});
  EXPECT_EQ(streams.size(), kMaxAuthorStreams);
  EXPECT_NE(streams.Find(KeyOf(1)), nullptr);
  EXPECT_NE(streams.Find(KeyOf(2)), nullptr);
  EXPECT_EQ(streams.Find(KeyOf(3)), nullptr);
  EXPECT_NE(streams.Find(KeyOf(4)), nullptr);
  EXPECT_NE(streams.Find(AuthorKey("newcomer", 1)), nullptr);
}

TEST(AuthorStreams, WhoIsForgottenIsNotFoundByStreamEither) {
  AuthorStreams streams;
  Fill(streams);
  EXPECT_THAT(streams.Find(overlay::StreamOf("device", 1)), Pointee(KeyOf(1)));
  streams.Get({"newcomer", 1});
  EXPECT_EQ(streams.Find(overlay::StreamOf("device", 1)), nullptr);
  EXPECT_THAT(streams.Find(overlay::StreamOf("device", 2)), Pointee(KeyOf(2)));
}

TEST(AuthorStreams, WhoComesBackBeginsAnew) {
  AuthorStreams streams;
  streams.Get({"bob's", 7}).stored_up_to = 9;
  for (uint64_t epoch = 100; epoch <= kMaxAuthorStreams + 99; ++epoch) streams.Get({"bob's", epoch});
  EXPECT_EQ(streams.Find(AuthorKey("bob's", 7)), nullptr);
  EXPECT_EQ(streams.Get({"bob's", 7}).stored_up_to, 0u);
}

// One may say to have been started as often as it likes.
TEST(AuthorStreams, WhoBeginsVeryManyForgetsItsOwn) {
  AuthorStreams streams;
  for (uint64_t epoch = 1; epoch <= 3; ++epoch) streams.Get({"bob's", epoch});
  for (uint64_t epoch = 1; epoch <= 2 * kMaxAuthorStreams; ++epoch) streams.Get(KeyOf(epoch));
  EXPECT_EQ(streams.size(), kMaxAuthorStreams);
  for (uint64_t epoch = 1; epoch <= 3; ++epoch) EXPECT_NE(streams.Find(AuthorKey("bob's", epoch)), nullptr);
  EXPECT_NE(streams.Find(KeyOf(2 * kMaxAuthorStreams)), nullptr);
}

TEST(AuthorStreams, OfDevicesWithAsManyTheIdlestIsForgotten) {
  AuthorStreams streams;
  for (uint64_t i = 0; i < kMaxAuthorStreams; ++i) streams.Get({absl::StrCat("device", i), 1});
  streams.Get({"device0", 1});  // speaks
  streams.Get({"newcomer", 1});
  EXPECT_NE(streams.Find(AuthorKey("device0", 1)), nullptr);
  EXPECT_EQ(streams.Find(AuthorKey("device1", 1)), nullptr);
}

// ---- what the store holds

TEST(AuthorStreams, WhatTheStoreHoldsIsKnown) {
  AuthorStreams streams({{"bob's", 7, 10, 20}, {"cem's", 3, 1, 5}});
  EXPECT_EQ(streams.size(), 2u);
  const AuthorStream* const bobs = streams.Find(AuthorKey("bob's", 7));
  ASSERT_NE(bobs, nullptr);
  EXPECT_EQ(bobs->stored_from, 10u);
  EXPECT_EQ(bobs->stored_up_to, 20u);
  EXPECT_EQ(bobs->log.first(), 10u);
  EXPECT_EQ(bobs->log.last(), 20u);
  EXPECT_EQ(bobs->last_number, 0u) << "nothing was shown in this run";
  const AuthorStream* const cems = streams.Find(AuthorKey("cem's", 3));
  ASSERT_NE(cems, nullptr);
  EXPECT_EQ(cems->stored_from, 1u);
  EXPECT_EQ(cems->stored_up_to, 5u);
  EXPECT_THAT(streams.Find(overlay::StreamOf("cem's", 3)), Pointee(AuthorKey("cem's", 3)));
}

TEST(AuthorStreams, OfWhatTheStoreHoldsTheLatestIsForgottenLast) {
  std::vector<Extent> extents;
  for (uint64_t epoch = 1; epoch <= kMaxAuthorStreams + 1; ++epoch) {
    extents.push_back({"device", epoch, 1, 1});  // the latest first
  }
  AuthorStreams streams(extents);
  EXPECT_EQ(streams.size(), kMaxAuthorStreams);
  EXPECT_NE(streams.Find(overlay::StreamOf("device", 1)), nullptr);
  EXPECT_NE(streams.Find(overlay::StreamOf("device", kMaxAuthorStreams)), nullptr);
  EXPECT_EQ(streams.Find(overlay::StreamOf("device", kMaxAuthorStreams + 1)), nullptr);
}

// ---- of one device

TEST(AuthorStreams, OfADeviceTheLatestComeFirst) {
  AuthorStreams streams;
  for (const uint64_t epoch : {30u, 10u, 20u}) streams.Get({"bob's", epoch});
  streams.Get({"bob", 99});
  streams.Get({"bob's2", 98});
  EXPECT_THAT(streams.OfDevice("bob's", 10),
              ElementsAre(AuthorKey("bob's", 20), AuthorKey("bob's", 10), AuthorKey("bob's", 30)));
  streams.Get({"bob's", 30});  // speaks again
  EXPECT_THAT(streams.OfDevice("bob's", 2), ElementsAre(AuthorKey("bob's", 30), AuthorKey("bob's", 20)));
  EXPECT_THAT(streams.OfDevice("bob's", 0), IsEmpty());
  EXPECT_THAT(streams.OfDevice("cem's", 10), IsEmpty());
}

}  // namespace
}  // namespace parlor::client
