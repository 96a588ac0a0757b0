#include "client/core/backoff.h"

#include <algorithm>

#include "gtest/gtest.h"

namespace parlor::client {
namespace {

constexpr absl::Duration kFirst = absl::Milliseconds(500);
constexpr absl::Duration kLast = absl::Seconds(30);

void ExpectAbout(absl::Duration delay, absl::Duration base, int step) {
  EXPECT_GE(delay, base * 0.75) << step;
  EXPECT_LE(delay, base * 1.25) << step;
}

TEST(BackoffTest, DoublesUpToItsBoundAndStaysThere) {
  Backoff backoff(kFirst, kLast);
  absl::Duration base = kFirst;
  for (int step = 0; step < 200; ++step) {
    ExpectAbout(backoff.Next(), base, step);
    base = std::min(base * 2, kLast);
  }
  EXPECT_EQ(base, kLast);
}

TEST(BackoffTest, GrowsByItsFactor) {
  Backoff backoff(kFirst, kLast, 10);
  ExpectAbout(backoff.Next(), kFirst, 0);
  ExpectAbout(backoff.Next(), kFirst * 10, 1);
  ExpectAbout(backoff.Next(), kLast, 2);
}

TEST(BackoffTest, BeginsAgainOrGoesOnAsSlowlyAsCanBe) {
  Backoff backoff(kFirst, kLast);
  for (int step = 0; step < 10; ++step) (void)backoff.Next();
  backoff.Reset();
  ExpectAbout(backoff.Next(), kFirst, 0);
  backoff.Slowest();
  ExpectAbout(backoff.Next(), kLast, 1);
  ExpectAbout(backoff.Next(), kLast, 2);
}

// Of a thousand who lost one server none come together: the whole range is used, and evenly.
TEST(BackoffTest, AThousandAreSpreadEvenly) {
  constexpr int kClients = 1'000, kParts = 10;
  int parts[kParts] = {};
  for (int client = 0; client < kClients; ++client) {
    const double share = absl::FDivDuration(Jittered(kLast), kLast);
    ASSERT_GE(share, 0.75);
    ASSERT_LT(share, 1.25);
    ++parts[std::min(kParts - 1, static_cast<int>((share - 0.75) / 0.5 * kParts))];
  }
  // 100 each on average; beyond 40 and 160 once in a billion.
  for (const int clients : parts) {
    EXPECT_GT(clients, 40);
    EXPECT_LT(clients, 160);
  }
}

}  // namespace
}  // namespace parlor::client
