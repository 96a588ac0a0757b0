#include "client/store/message.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace parlor::client {
namespace {

TEST(MessageId, IsWrittenAndReadBack) {
  for (const MessageId& id :
       {MessageId{"abcdefghijklmnopqrstuvwxy2", 0x1f, 1}, MessageId{"d", 0, 42},
        MessageId{"d", std::numeric_limits<uint64_t>::max(), std::numeric_limits<uint64_t>::max()}}) {
    const auto parsed = ParseMessageId(ToString(id));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, id);
  }
  EXPECT_EQ(ToString(MessageId{"dev", 255, 7}), "dev.ff.7");
}

TEST(MessageId, HasOneFormOnly) {
  for (const std::string text : {"",
                                 ".",
                                 "..",
                                 "dev",
                                 "dev.1",
                                 "dev..1",
                                 ".1.1",
                                 "dev.1.",
                                 "dev.1.0",
                                 "dev.1.-1",
                                 "dev.1.+1",
                                 "dev.1. 1",
                                 "dev.1.01",
                                 "dev.01.1",
                                 "dev.0x1.1",
                                 "dev.FF.1",
                                 "dev.g.1",
                                 "dev.1.1.1",
                                 "dev.1.1\n",
                                 "dev.10000000000000000.1",
                                 "dev.1.18446744073709551616"}) {
    EXPECT_EQ(ParseMessageId(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(ParseMessageId(std::string(10'000, 'a') + ".1.1").ok());
}

TEST(MessageId, IsOrderedByDeviceEpochNumber) {
  EXPECT_LT((MessageId{"a", 9, 9}), (MessageId{"b", 1, 1}));
  EXPECT_LT((MessageId{"a", 1, 9}), (MessageId{"a", uint64_t{1} << 63, 1}));
  EXPECT_LT((MessageId{"a", 1, 9}), (MessageId{"a", 1, 10}));
}

}  // namespace
}  // namespace parlor::client
