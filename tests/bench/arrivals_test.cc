#include "bench/broker/arrivals.h"

#include <chrono>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Arrivals::Time At(int micros) {
  return Arrivals::Time(std::chrono::microseconds(micros));
}

TEST(MessageTextTest, SaysWhichMessageItIs) {
  EXPECT_EQ(TextOf(0).size(), kTextSize);
  for (const size_t message : {size_t{0}, size_t{7}, size_t{1'000'049}}) {
    EXPECT_EQ(MessageOf(TextOf(message)), message);
  }
}

TEST(MessageTextTest, OtherTextsAreNone) {
  EXPECT_EQ(MessageOf(""), std::nullopt);
  EXPECT_EQ(MessageOf("0000000001"), std::nullopt);
  EXPECT_EQ(MessageOf(std::string(kTextSize, 'x')), std::nullopt);
  EXPECT_EQ(MessageOf(TextOf(1) + "x"), std::nullopt);
}

TEST(ArrivalsTest, TheLastReaderCounts) {
  Arrivals arrivals(2, 2);
  EXPECT_EQ(arrivals.missed(), 4u);
  arrivals.Said(0, At(100));
  arrivals.Said(1, At(200));
  arrivals.Read(0, 1, At(130));
  arrivals.Read(1, 0, At(220));
  arrivals.Read(0, 0, At(170));
  EXPECT_FALSE(arrivals.complete());
  EXPECT_THAT(arrivals.Micros(), ElementsAre(70));
  arrivals.Read(1, 1, At(205));
  EXPECT_TRUE(arrivals.complete());
  EXPECT_THAT(arrivals.Micros(), ElementsAre(70, 5));
}

TEST(ArrivalsTest, ARepetitionCountsOnce) {
  Arrivals arrivals(2, 1);
  arrivals.Said(0, At(0));
  arrivals.Read(0, 0, At(10));
  arrivals.Read(0, 0, At(90));
  EXPECT_EQ(arrivals.missed(), 1u);
  arrivals.Read(0, 1, At(20));
  arrivals.Read(0, 0, At(95));
  EXPECT_THAT(arrivals.Micros(), ElementsAre(20));
}

TEST(ArrivalsTest, WhatNobodyHasSaidDoesNotCount) {
  Arrivals arrivals(1, 1);
  arrivals.Read(0, 0, At(10));
  arrivals.Read(5, 0, At(10));
  EXPECT_EQ(arrivals.missed(), 1u);
  EXPECT_THAT(arrivals.Micros(), IsEmpty());
}

}  // namespace
}  // namespace parlor::bench
