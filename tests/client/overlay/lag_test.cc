#include "client/overlay/lag.h"

#include <random>

#include "gtest/gtest.h"

namespace parlor::client::overlay {
namespace {

constexpr absl::Duration kFirst = absl::Milliseconds(300), kLeast = absl::Milliseconds(100),
                         kMost = absl::Seconds(2);

TEST(LagTest, BeginsWithTheGuess) {
  EXPECT_EQ(Lag(kFirst, kLeast, kMost).patience(), kFirst);
}

TEST(LagTest, FollowsWhatIsMeasured) {
  Lag lag(kFirst, kLeast, kMost);
  for (int i = 0; i < 100; ++i) lag.Sample(absl::Milliseconds(700));
  EXPECT_GE(lag.patience(), absl::Milliseconds(700)) << "who is as late as always is waited for";
  EXPECT_LE(lag.patience(), absl::Milliseconds(750));
}

TEST(LagTest, WhatVariesIsWaitedForLonger) {
  Lag steady(kFirst, kLeast, kMost), varying(kFirst, kLeast, kMost);
  for (int i = 0; i < 100; ++i) {
    steady.Sample(absl::Milliseconds(500));
    varying.Sample(absl::Milliseconds(i % 2 == 0 ? 400 : 600));
  }
  EXPECT_GT(varying.patience(), steady.patience() + absl::Milliseconds(100));
  EXPECT_GE(varying.patience(), absl::Milliseconds(600));
}

TEST(LagTest, StaysWithinItsBounds) {
  std::mt19937_64 random(9);
  Lag lag(kFirst, kLeast, kMost);
  for (int i = 0; i < 10'000; ++i) {
    lag.Sample(absl::Milliseconds(static_cast<int64_t>(random() % 20'000) - 10'000));
    ASSERT_GE(lag.patience(), kLeast);
    ASSERT_LE(lag.patience(), kMost);
  }
  for (int i = 0; i < 100; ++i) lag.Sample(absl::ZeroDuration());
  EXPECT_EQ(lag.patience(), kLeast);
  for (int i = 0; i < 100; ++i) lag.Sample(absl::Hours(1));
  EXPECT_EQ(lag.patience(), kMost);
}

}  // namespace
}  // namespace parlor::client::overlay
