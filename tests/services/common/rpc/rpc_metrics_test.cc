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
  const RpcMetrics metrics(registry, {"parlor.rooms.v1.Rooms", "parlor.auth.v1.Auth"});
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
}

TEST(RpcMetrics, CountCallsMessagesAndCodes) {
  prometheus::Registry registry;
  RpcMetrics metrics(registry, {"parlor.rooms.v1.Rooms"});
  ServerOptions options;
  options.metrics = &metrics;
  TestServer server(options);
  const auto stub = rooms::v1::Rooms::NewStub(ChannelTo(server));
  rooms::v1::ListRoomsResponse response;
  for (const std::string& authorization : {server.Bearer(), server.Bearer(), std::string()}) {
    stub->ListRooms(ContextFor(authorization).get(), rooms::v1::ListRoomsRequest(), &response);
  }
  auto context = ContextFor(server.Bearer());
  const auto stream = stub->EnterRoom(context.get());
  rooms::v1::EnterRoomResponse hello;
  ASSERT_TRUE(stream->Read(&hello));
  server.rooms.EndStreams();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  server.server().Drain(absl::Seconds(10));

  const RpcMetrics::Method* list = metrics.Find("/parlor.rooms.v1.Rooms/ListRooms");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->started->Value(), 3);
  EXPECT_EQ(list->received->Value(), 3);
  EXPECT_EQ(list->sent->Value(), 2) << "an error has no message";
  EXPECT_EQ(list->handled[grpc::StatusCode::OK]->Value(), 2);
  EXPECT_EQ(list->handled[grpc::StatusCode::UNAUTHENTICATED]->Value(), 1);
  EXPECT_EQ(list->seconds->Collect().histogram.sample_count, 3U);
  const RpcMetrics::Method* enter = metrics.Find("/parlor.rooms.v1.Rooms/EnterRoom");
  ASSERT_NE(enter, nullptr);
  EXPECT_EQ(enter->started->Value(), 1);
  EXPECT_EQ(enter->sent->Value(), 1);
  EXPECT_EQ(enter->handled[grpc::StatusCode::UNAVAILABLE]->Value(), 1);
  EXPECT_EQ(metrics.Find("/grpc.health.v1.Health/Check"), nullptr);
}

}  // namespace
}  // namespace parlor::service
