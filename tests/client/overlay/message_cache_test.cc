#include "client/overlay/message_cache.h"

#include <deque>
#include <memory>
#include <random>
#include <string>

#include "gtest/gtest.h"

namespace parlor::client::overlay {
namespace {

Payload PayloadOf(StreamId stream, uint64_t number, size_t size) {
  return {.id = {stream, number}, .bytes = std::make_shared<const std::string>(size, 'x')};
}

OverlayOptions Bounds(size_t messages, size_t bytes) {
  OverlayOptions options;
  options.cached_messages = messages;
  options.cached_bytes = bytes;
  return options;
}

// The latest, as many as fit.
class NaiveCache {
 public:
  explicit NaiveCache(const OverlayOptions& options) : options_(options) {}

  void Add(const Payload& payload) {
    if (Has(payload.id)) return;
    all_.push_back(payload);
    while (all_.size() > options_.cached_messages || bytes() > options_.cached_bytes) all_.pop_front();
  }
  bool Has(const GossipId& id) const {
    for (const Payload& payload : all_) {
      if (payload.id == id) return true;
    }
    return false;
  }
  size_t bytes() const {
    size_t bytes = 0;
    for (const Payload& payload : all_) bytes += payload.bytes->size();
    return bytes;
  }
  size_t size() const { return all_.size(); }

 private:
  const OverlayOptions& options_;
  std::deque<Payload> all_;
};

TEST(MessageCacheTest, HoldsTheLatestWithinBothBounds) {
  const OverlayOptions options = Bounds(20, 1'000);
  std::mt19937_64 random(3);
  MessageCache cache(options);
  NaiveCache naive(options);
  for (int step = 0; step < 3'000; ++step) {
    const Payload payload = PayloadOf(random() % 3, 1 + random() % 30, random() % 150);
    cache.Add(payload);
    naive.Add(payload);
    ASSERT_EQ(cache.size(), naive.size());
    ASSERT_EQ(cache.bytes(), naive.bytes());
    ASSERT_LE(cache.size(), options.cached_messages);
    ASSERT_LE(cache.bytes(), options.cached_bytes);
    const GossipId asked = {random() % 3, 1 + random() % 30};
    ASSERT_EQ(cache.Find(asked) != nullptr, naive.Has(asked));
  }
}

TEST(MessageCacheTest, TheFirstCopyStays) {
  const OverlayOptions options = Bounds(20, 1'000);
  MessageCache cache(options);
  cache.Add(PayloadOf(1, 1, 10));
  cache.Add(PayloadOf(1, 1, 500));
  ASSERT_NE(cache.Find({1, 1}), nullptr);
  EXPECT_EQ(cache.Find({1, 1})->bytes->size(), 10u);
  EXPECT_EQ(cache.bytes(), 10u);
}

TEST(MessageCacheTest, WhatIsLargerThanTheCacheIsNotKept) {
  const OverlayOptions options = Bounds(20, 1'000);
  MessageCache cache(options);
  cache.Add(PayloadOf(1, 1, 1'001));
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.bytes(), 0u);
  cache.Add(PayloadOf(1, 2, 1'000));
  EXPECT_NE(cache.Find({1, 2}), nullptr);
}

}  // namespace
}  // namespace parlor::client::overlay
