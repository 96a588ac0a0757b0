#include "services/common/stream/session_set.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace parlor::service {
namespace {

struct Stream {};

TEST(SessionSetTest, IsBoundedInAllAndForEachPerson) {
  SessionSet<Stream> set({.total = 3, .per_user = 2});
  std::vector<std::shared_ptr<Stream>> streams;
  const auto add = [&](const char* user) {
    streams.push_back(std::make_shared<Stream>());
    return set.Add(streams.back(), user).code();
  };
  EXPECT_EQ(add("ann"), absl::StatusCode::kOk);
  EXPECT_EQ(add("ann"), absl::StatusCode::kOk);
  EXPECT_EQ(add("ann"), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(add("bob"), absl::StatusCode::kOk);
  EXPECT_EQ(add("cid"), absl::StatusCode::kUnavailable);
  set.Remove(streams[0].get());
  set.Remove(streams[0].get());
  EXPECT_EQ(set.size(), 2u);
  EXPECT_EQ(add("ann"), absl::StatusCode::kOk);
}

TEST(SessionSetTest, AllAreThoseThatLive) {
  SessionSet<Stream> set({});
  auto one = std::make_shared<Stream>();
  auto other = std::make_shared<Stream>();
  ASSERT_TRUE(set.Add(one, "ann").ok());
  ASSERT_TRUE(set.Add(other, "bob").ok());
  other.reset();
  ASSERT_EQ(set.All().size(), 1u);
  EXPECT_EQ(set.All()[0], one);
}

TEST(SessionSetTest, TakesNoneOnceClosed) {
  SessionSet<Stream> set({});
  set.Close();
  EXPECT_EQ(set.Add(std::make_shared<Stream>(), "ann").code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace parlor::service
