#include "services/common/rpc/rpc_metrics.h"

#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"
#include "tests/services/common/rpc/test_client.h"

namespace parlor::service {
namespace {

using ::parlor::testing::ChannelTo;
using ::parlor::testing::ContextFor;
using ::parlor::testing::TestServer;

TEST(RpcMetrics, AllMethodsAreThereFromTheStart) {
  prometheus::Registry registry;
  const RpcMetrics rooms(registry, "parlor.rooms.v1.Rooms");
  const RpcMetrics auth(registry, "parlor.auth.v1.Auth");  // another service of the same process
  const std::string text = prometheus::TextSerializer().Serialize(registry.Collect());
  for (
      const char* line : {
          R"(grpc_server_started_total{grpc_method="EnterRoom",grpc_service="parlor.rooms.v1.Rooms",grpc_type="bidi_stream"} 0)",
          R"(grpc_server_handled_total{grpc_code="ResourceExhausted",grpc_method="Login",grpc_service="parlor.auth.v1.Auth",grpc_type="unary"} 0)",
          R"(grpc_server_msg_received_total{grpc_method="Login",grpc_service="parlor.auth.v1.Auth",grpc_type="unary"} 0)",
          R"(grpc_server_handling_seconds_count{grpc_method="Login",grpc_service="parlor.auth.v1.Auth",grpc_type="unary"} 0)",
      }) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text.substr(0, 3000);
  }
  EXPECT_EQ(text.find("# HELP grpc_server_started_total"), text.rfind("# HELP grpc_server_started_total"))
      << "one family of a name";
}

TEST(RpcMetrics, CallsCountThemselves) {
  prometheus::Registry registry;
  const RpcMetrics metrics(registry, "parlor.rooms.v1.Rooms");
  TestServer server({}, &metrics);
  const auto stub = rooms::v1::Rooms::NewStub(ChannelTo(server));
  rooms::v1::ListRoomsResponse response;
  for (const std::string& authorization : {server.Bearer(), server.Bearer(), std::string()}) {
    stub->ListRooms(ContextFor(authorization).get(), rooms::v1::ListRoomsRequest(), &response);
  }
  rooms::v1::SetTopicResponse topic;
  EXPECT_TRUE(stub->SetTopic(ContextFor(server.Bearer()).get(), rooms::v1::SetTopicRequest(), &topic).ok());
  server.server().Drain(absl::Seconds(10));

  const RpcMetrics::Method* list = metrics.Find("ListRooms");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->started->Value(), 3);
  EXPECT_EQ(list->received->Value(), 3);
  EXPECT_EQ(list->sent->Value(), 2) << "an error has no message";
  EXPECT_EQ(list->handled[grpc::StatusCode::OK]->Value(), 2);
  EXPECT_EQ(list->handled[grpc::StatusCode::UNAUTHENTICATED]->Value(), 1);
  EXPECT_EQ(list->seconds->Collect().histogram.sample_count, 3U);
  EXPECT_EQ(metrics.Find("SetTopic")->handled[grpc::StatusCode::OK]->Value(), 1) << "on the pool, too";
}

TEST(RpcMetrics, WhatIsNotKnownIsNotCounted) {
  prometheus::Registry registry;
  const RpcMetrics metrics(registry, "parlor.rooms.v1.Rooms");
  EXPECT_EQ(metrics.Find("Check"), nullptr);
  CallMetrics call(&metrics, "Check");
  call.Received();
  call.Finished(grpc::StatusCode::OK);
  CallMetrics without(nullptr, "ListRooms");
  without.Finished(grpc::StatusCode::OK);
  EXPECT_EQ(metrics.Find("ListRooms")->started->Value(), 0);
}

}  // namespace
}  // namespace parlor::service
