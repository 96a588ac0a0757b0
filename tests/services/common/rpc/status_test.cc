#include "base/rpc/status.h"

#include "base/retry.h"
#include "gtest/gtest.h"

namespace parlor {
namespace {

TEST(RpcStatus, CodesAndMessagesGoBothWays) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "what to do");
    const grpc::Status sent = ToGrpc(status);
    EXPECT_EQ(static_cast<int>(sent.error_code()), code);
    EXPECT_TRUE(sent.error_details().empty());
    EXPECT_EQ(FromGrpc(sent), status);
  }
}

TEST(RpcStatus, TheTimeToTryAgainTravels) {
  const absl::Status status =
      WithRetryAfter(absl::ResourceExhaustedError("busy"), absl::Milliseconds(1500) + absl::Microseconds(1));
  EXPECT_EQ(RetryAfter(status), absl::Milliseconds(1501));
  EXPECT_EQ(RetryAfter(FromGrpc(ToGrpc(status))), absl::Milliseconds(1501));
  EXPECT_FALSE(RetryAfter(FromGrpc(ToGrpc(absl::ResourceExhaustedError("busy")))).has_value());
}

TEST(RpcStatus, TheTimeToTryAgainIsKeptWithinBounds) {
  const absl::Status busy = absl::ResourceExhaustedError("busy");
  EXPECT_EQ(RetryAfter(WithRetryAfter(busy, -absl::Seconds(1))), absl::ZeroDuration());
  EXPECT_EQ(RetryAfter(WithRetryAfter(busy, absl::InfiniteDuration())), absl::Hours(24));
}

TEST(RpcStatus, UnreadableDetailsAreLeftOut) {
  const grpc::Status sent(grpc::StatusCode::RESOURCE_EXHAUSTED, "busy", "garbage");
  EXPECT_EQ(FromGrpc(sent), absl::ResourceExhaustedError("busy"));
}

TEST(RpcStatus, MessagesAreShortValidUtf8) {
  EXPECT_EQ(ToGrpc(absl::InternalError("a\xff\xc0\x80z")).error_message(), "a???z");
  EXPECT_EQ(ToGrpc(absl::InternalError("\xed\xa0\x80")).error_message(), "???") << "a surrogate";
  EXPECT_EQ(ToGrpc(absl::InternalError("é€😀")).error_message(), "é€😀");
  EXPECT_EQ(ToGrpc(absl::InternalError("cut \xf0\x9f\x98")).error_message(), "cut ???");
  EXPECT_LE(ToGrpc(absl::InternalError(std::string(100'000, 'x'))).error_message().size(), 1024U);
}

}  // namespace
}  // namespace parlor
