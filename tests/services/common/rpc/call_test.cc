#include "services/common/rpc/call.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "base/retry.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/common/logging.h"
#include "tests/services/common/rpc/test_client.h"

namespace parlor::service {
namespace {

using ::parlor::testing::ChannelTo;
using ::parlor::testing::ContextFor;
using ::parlor::testing::SetTopic;
using ::parlor::testing::TestServer;

class CallTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::string> ListRooms(grpc::ClientContext& context) {
    rooms::v1::ListRoomsResponse response;
    const absl::Status status =
        FromGrpc(stub_->ListRooms(&context, rooms::v1::ListRoomsRequest(), &response));
    if (!status.ok()) return status;
    return response.next_page_token();
  }

  // As a store says it: what PostgreSQL said is for the log.
  static absl::Status PostgresLost() {
    absl::Status status = absl::UnavailableError("the database cannot be reached now: try again");
    status.SetPayload("parlor/postgres", absl::Cord("connection refused"));
    return status;
  }

  prometheus::Registry registry_;
  const RpcMetrics metrics_{registry_, rooms::v1::Rooms::service_full_name()};
  TestServer server_{{}, &metrics_};
  std::unique_ptr<rooms::v1::Rooms::Stub> stub_ = rooms::v1::Rooms::NewStub(ChannelTo(server_));
};

std::string Trailer(const grpc::ClientContext& context, const char* name) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find(name);
  return found == trailers.end() ? "" : std::string(found->second.data(), found->second.size());
}

TEST_F(CallTest, NothingIsAnsweredWithoutAToken) {
  const std::string expired = server_.auth.Access("ada", "d1", absl::Now() - absl::Minutes(1));
  for (const std::string& authorization :
       {std::string(), std::string("Bearer"), std::string("Bearer garbage"),
        std::string("Basic YWRhOmFkYQ=="), "Bearer " + expired, expired}) {
    auto here = ContextFor(authorization);
    EXPECT_TRUE(absl::IsUnauthenticated(ListRooms(*here).status())) << authorization;
    auto on_pool = ContextFor(authorization);
    rooms::v1::SetTopicResponse response;
    EXPECT_EQ(stub_->SetTopic(on_pool.get(), rooms::v1::SetTopicRequest(), &response).error_code(),
              grpc::StatusCode::UNAUTHENTICATED)
        << authorization;
  }
}

TEST_F(CallTest, OpenMethodsDoNotLookAtTokens) {
  auto context = ContextFor("Bearer garbage");
  rooms::v1::GetKeysResponse response;
  EXPECT_TRUE(stub_->GetKeys(context.get(), rooms::v1::GetKeysRequest(), &response).ok());
  EXPECT_EQ(response.server_time_ms(), 1);
}

TEST_F(CallTest, ATokenTellsWhoCallsAndTheSchemesCaseDoesNotCount) {
  auto upper = ContextFor(server_.Bearer());
  EXPECT_EQ(*ListRooms(*upper), "ada@127.0.0.1");
  auto lower = ContextFor("bearer " + server_.Bearer().substr(7));
  EXPECT_EQ(*ListRooms(*lower), "ada@127.0.0.1");
}

TEST_F(CallTest, ARevokedDeviceIsRefusedAtOnce) {
  auto before = ContextFor(server_.Bearer());
  ASSERT_TRUE(ListRooms(*before).ok());
  ASSERT_TRUE(server_.revocations.Update(server_.auth.Revocations(1, {"d1"}), absl::Now()).ok());
  auto after = ContextFor(server_.Bearer());
  EXPECT_TRUE(absl::IsUnauthenticated(ListRooms(*after).status()));
}

TEST_F(CallTest, TheAddressBehindATrustedProxyCounts) {
  auto context = ContextFor(server_.Bearer());
  context->AddMetadata("x-forwarded-for", "1.1.1.1, 198.51.100.9");
  EXPECT_EQ(*ListRooms(*context), "ada@198.51.100.9");
}

TEST_F(CallTest, RequestIdsComeBackWithErrorsAndAreMadeWhenMissingOrUnfit) {
  auto given = ContextFor("Bearer garbage");
  given->AddMetadata("x-request-id", "abc-123");
  ASSERT_FALSE(ListRooms(*given).ok());
  EXPECT_EQ(Trailer(*given, "x-request-id"), "abc-123");

  server_.rooms.on_set_topic = [](const auto&, const auto&) { return absl::NotFoundError("no such room"); };
  const auto failing = ContextFor(server_.Bearer());
  failing->AddMetadata("x-request-id", "abc-124");
  rooms::v1::SetTopicResponse response;
  ASSERT_FALSE(stub_->SetTopic(failing.get(), rooms::v1::SetTopicRequest(), &response).ok());
  EXPECT_EQ(Trailer(*failing, "x-request-id"), "abc-124");

  const auto fine = ContextFor(server_.Bearer());
  ASSERT_TRUE(ListRooms(*fine).ok());
  EXPECT_EQ(Trailer(*fine, "x-request-id"), "");

  auto unfit = ContextFor("Bearer garbage");
  unfit->AddMetadata("x-request-id", "forged \" line");
  ASSERT_FALSE(ListRooms(*unfit).ok());
  EXPECT_EQ(Trailer(*unfit, "x-request-id").size(), 16U);
}

TEST_F(CallTest, WhatFailsInsideIsLoggedAndNotTold) {
  server_.rooms.on_set_topic = [](const auto&, const auto&) {
    return absl::InternalError("/var/lib/parlor/secret.db is broken");
  };
  const absl::Status status = SetTopic(*stub_, server_);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(status.message().find("secret"), absl::string_view::npos) << status;
  EXPECT_NE(status.message().find("request"), absl::string_view::npos) << status;
}

// What `body` logs, as the lines of JSON that belong to that request.
template <typename Body>
std::vector<nlohmann::json> LoggedFor(const std::string& request, const char* level, Body body) {
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(SetUpLogging({level, "json"}).ok());
  body();
  std::vector<nlohmann::json> lines;
  for (const absl::string_view line :
       absl::StrSplit(::testing::internal::GetCapturedStderr(), '\n', absl::SkipEmpty())) {
    nlohmann::json json = nlohmann::json::parse(std::string(line));
    if (json.value("request", "") == request) lines.push_back(std::move(json));
  }
  EXPECT_TRUE(SetUpLogging({}).ok());
  return lines;
}

TEST_F(CallTest, TheLogHasTheReasonUnderTheRequestThatTheCallerIsTold) {
  absl::Status failure;
  server_.rooms.on_set_topic = [&](const auto&, const auto&) { return failure; };
  const auto call = [&] {
    auto context = ContextFor(server_.Bearer());
    context->AddMetadata("x-request-id", "r-7");
    rooms::v1::SetTopicResponse response;
    return FromGrpc(stub_->SetTopic(context.get(), rooms::v1::SetTopicRequest(), &response));
  };
  const struct {
    absl::Status failure;
    const char* level;
    const char* code;
    bool told;  // the request, in the message
  } kCases[] = {
      {absl::InternalError("secret.db is broken"), "error", "internal", true},
      {PostgresLost(), "warning", "unavailable", true},
      {absl::UnavailableError("the server is full: come back"), "debug", "unavailable", false},
      {absl::NotFoundError("no such room"), "debug", "not_found", false},
  };
  for (const auto& example : kCases) {
    failure = example.failure;
    absl::Status told;
    const auto lines = LoggedFor("r-7", "debug", [&] { told = call(); });
    EXPECT_EQ(told.code(), failure.code());
    EXPECT_EQ(absl::StrContains(told.message(), "r-7"), example.told) << told;
    ASSERT_EQ(lines.size(), 1U) << failure;
    EXPECT_EQ(lines[0]["level"], example.level);
    EXPECT_EQ(lines[0]["method"], "SetTopic");
    EXPECT_EQ(lines[0]["code"], example.code);
    double milliseconds = -1;
    EXPECT_TRUE(absl::SimpleAtod(lines[0].value("duration_ms", ""), &milliseconds)) << lines[0];
    EXPECT_GE(milliseconds, 0);
    EXPECT_TRUE(absl::StrContains(lines[0].value("message", ""), failure.message())) << lines[0];
    const auto usually = LoggedFor("r-7", "info", [&] { told = call(); });
    EXPECT_EQ(usually.size(), example.told ? 1U : 0U) << failure;
  }
}

TEST_F(CallTest, AFullPoolSaysWhenToTryAgainAndDisturbsNobody) {
  absl::Notification running;
  absl::Notification release;
  server_.rooms.on_set_topic = [&](const rooms::v1::SetTopicRequest& request, const auto&) {
    if (request.topic() == "first") {
      running.Notify();
      release.WaitForNotification();
    }
    return absl::OkStatus();
  };
  std::thread first([&] { EXPECT_TRUE(SetTopic(*stub_, server_, "first").ok()); });
  running.WaitForNotification();
  std::thread second([&] { EXPECT_TRUE(SetTopic(*stub_, server_, "second").ok()); });
  while (server_.pool.waiting() == 0) std::this_thread::yield();

  const absl::Status refused = SetTopic(*stub_, server_, "third");
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_EQ(RetryAfter(refused), absl::Seconds(1));
  auto here = ContextFor(server_.Bearer());
  EXPECT_TRUE(ListRooms(*here).ok()) << "gRPC's threads do not wait for the pool";

  release.Notify();
  first.join();
  second.join();
}

TEST_F(CallTest, ACallCancelledWhileItWaitsDoesNotRun) {
  absl::Notification running;
  absl::Notification release;
  std::atomic<int> ran = 0;
  server_.rooms.on_set_topic = [&](const rooms::v1::SetTopicRequest& request, const auto&) {
    ++ran;
    if (request.topic() == "first") {
      running.Notify();
      release.WaitForNotification();
    }
    return absl::OkStatus();
  };
  std::thread first([&] { EXPECT_TRUE(SetTopic(*stub_, server_, "first").ok()); });
  running.WaitForNotification();
  auto context = ContextFor(server_.Bearer());
  std::thread second([&] {
    rooms::v1::SetTopicResponse response;
    EXPECT_EQ(stub_->SetTopic(context.get(), rooms::v1::SetTopicRequest(), &response).error_code(),
              grpc::StatusCode::CANCELLED);
  });
  while (server_.pool.waiting() == 0) std::this_thread::yield();
  context->TryCancel();
  second.join();
  // Calls on one connection arrive in order: when this one is answered, the server knows of the cancellation.
  auto behind = ContextFor(server_.Bearer());
  ASSERT_TRUE(ListRooms(*behind).ok());
  release.Notify();
  first.join();
  server_.server().Drain(absl::Seconds(10));
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace parlor::service
