#include "bench/room/deliveries.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parlor::bench {
namespace {

constexpr int kAnn = 0;
constexpr int kBob = 1;
constexpr int kCem = 2;
constexpr int kPeople = 3;
constexpr int64_t kMilli = 1'000'000;

TEST(DeliveriesTest, AMessageTakesUntilTheLastHasHeardIt) {
  Deliveries deliveries;
  const size_t number = deliveries.Said(kAnn, 10 * kMilli);
  deliveries.Heard(kBob, kAnn, number, 10 * kMilli, 13 * kMilli);
  deliveries.Heard(kCem, kAnn, number, 10 * kMilli, 12 * kMilli);
  const nlohmann::json outcome = deliveries.Outcome(kPeople, 0);
  EXPECT_EQ(outcome["said"], 1);
  EXPECT_EQ(outcome["lost"], 0);
  EXPECT_DOUBLE_EQ(outcome["last_max_ms"], 3);
}

TEST(DeliveriesTest, WhatOneHasNotHeardIsLostAndNoPartOfTheTimes) {
  Deliveries deliveries;
  deliveries.Heard(kBob, kAnn, deliveries.Said(kAnn, kMilli), kMilli, 9 * kMilli);
  const nlohmann::json outcome = deliveries.Outcome(kPeople, 0);
  EXPECT_EQ(outcome["lost"], 1);
  EXPECT_DOUBLE_EQ(outcome["last_max_ms"], 0);
}

TEST(DeliveriesTest, WhatWasRefusedIsNotOwed) {
  Deliveries deliveries;
  const size_t number = deliveries.Said(kAnn, kMilli);
  deliveries.Refused(kAnn, number);
  deliveries.Refused(kAnn, number);
  const nlohmann::json outcome = deliveries.Outcome(kPeople, 0);
  EXPECT_EQ(outcome["refused"], 1);
  EXPECT_EQ(outcome["lost"], 0);
}

TEST(DeliveriesTest, TwiceAndOutOfOrderAreToldApart) {
  Deliveries deliveries;
  for (int i = 0; i < 3; ++i) deliveries.Said(kAnn, kMilli);
  for (const size_t number : {0, 2, 1, 2, 0}) deliveries.Heard(kBob, kAnn, number, kMilli, 2 * kMilli);
  const nlohmann::json outcome = deliveries.Outcome(2, 0);
  EXPECT_EQ(outcome["disordered"], 1);
  EXPECT_EQ(outcome["twice"], 2);
  EXPECT_EQ(outcome["lost"], 0);
}

TEST(DeliveriesTest, WhatWasSaidBeforeIsOwedAndNotMeasured) {
  Deliveries deliveries;
  deliveries.Said(kAnn, kMilli);
  deliveries.Heard(kBob, kAnn, deliveries.Said(kAnn, 1'000 * kMilli), 1'000 * kMilli, 1'500 * kMilli);
  const nlohmann::json outcome = deliveries.Outcome(2, 2 * kMilli);
  EXPECT_EQ(outcome["said"], 1);
  EXPECT_EQ(outcome["lost"], 1);
  EXPECT_DOUBLE_EQ(outcome["held_a_second"], 2);
}

TEST(DeliveriesTest, WhatSeveralProcessesCountedIsPutTogether) {
  Deliveries anns;
  Deliveries others;
  anns.Said(kAnn, 10 * kMilli);
  anns.Refused(kAnn, anns.Said(kAnn, 11 * kMilli));
  others.Heard(kBob, kAnn, 0, 10 * kMilli, 14 * kMilli);
  others.Heard(kCem, kAnn, 0, 10 * kMilli, 12 * kMilli);
  others.Heard(kCem, kAnn, 0, 10 * kMilli, 13 * kMilli);
  Deliveries all;
  ASSERT_TRUE(all.Add(anns.ToJson()).ok());
  ASSERT_TRUE(all.Add(others.ToJson()).ok());
  EXPECT_EQ(all.accepted(), 1);
  EXPECT_EQ(all.heard(), 2);
  const nlohmann::json outcome = all.Outcome(kPeople, 0);
  EXPECT_EQ(outcome["said"], 2);
  EXPECT_EQ(outcome["refused"], 1);
  EXPECT_EQ(outcome["lost"], 0);
  EXPECT_EQ(outcome["twice"], 1);
  EXPECT_DOUBLE_EQ(outcome["last_max_ms"], 4);
}

TEST(DeliveriesTest, WhatIsNoCountIsToldSo) {
  EXPECT_TRUE(absl::IsInvalidArgument(Deliveries().Add(nlohmann::json::object())));
  EXPECT_TRUE(absl::IsInvalidArgument(Deliveries().Add({{"speakers", {{"x", 1}}}})));
}

}  // namespace
}  // namespace parlor::bench
