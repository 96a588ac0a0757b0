#include "services/common/rpc/server.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "tests/services/common/raw_socket.h"
#include "tests/services/common/rpc/test_client.h"

namespace parlor::service {
namespace {

using ::parlor::testing::ChannelTo;
using ::parlor::testing::ContextFor;
using ::parlor::testing::RawSocket;
using ::parlor::testing::SetTopic;
using ::parlor::testing::TestServer;

absl::Status Ask(const std::shared_ptr<grpc::Channel>& channel) {
  rooms::v1::GetKeysResponse response;
  return FromGrpc(rooms::v1::Rooms::NewStub(channel)->GetKeys(ContextFor().get(), rooms::v1::GetKeysRequest(),
                                                              &response));
}

// What grpc.health.v1.Health/Check answers for `service` (its messages have one field each).
enum class Health { kUnknown = 0, kServing = 1, kNotServing = 2 };
Health HealthOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  std::string request =
      service.empty() ? "" : "\n" + std::string(1, static_cast<char>(service.size())) + service;
  const grpc::Slice slice(request);
  const grpc::ByteBuffer sent(&slice, 1);
  grpc::ByteBuffer received;
  auto context = ContextFor();
  absl::Notification done;
  grpc::Status status;
  grpc::GenericStub(channel).UnaryCall(context.get(), "/grpc.health.v1.Health/Check", grpc::StubOptions(),
                                       &sent, &received, [&](grpc::Status result) {
                                         status = std::move(result);
                                         done.Notify();
                                       });
  done.WaitForNotification();
  EXPECT_TRUE(status.ok()) << status.error_message();
  grpc::Slice answer;
  if (!received.DumpToSingleSlice(&answer).ok() || answer.size() != 2) return Health::kUnknown;
  return static_cast<Health>(answer.begin()[1]);
}

TEST(Server, ServesOverTlsToWhoPinnedItsRoot) {
  TestServer server;
  EXPECT_TRUE(Ask(ChannelTo(server)).ok());
  EXPECT_EQ(HealthOf(ChannelTo(server), ""), Health::kServing);
  EXPECT_EQ(HealthOf(ChannelTo(server), "parlor.rooms.v1.Rooms"), Health::kServing);
}

TEST(Server, AnotherRootOrAnotherNameIsNoMatch) {
  TestServer server;
  TestServer other;
  const auto wrong_root = MakeServiceChannel(
      {.target = server.address(), .root_pem = other.tls().root_pem, .server_id = server.tls().server_id});
  EXPECT_TRUE(absl::IsUnavailable(Ask(wrong_root)));
  const auto wrong_name = MakeServiceChannel(
      {.target = server.address(), .root_pem = server.tls().root_pem, .server_id = other.tls().server_id});
  EXPECT_TRUE(absl::IsUnavailable(Ask(wrong_name)));
}

TEST(Server, WithoutTlsOnlyWhenToldSo) {
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  const auto refused = Server::Start(options, {});
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status())) << refused.status();
  options.insecure = true;
  TestServer server(options);
  EXPECT_TRUE(Ask(MakeServiceChannel({.target = server.address()})).ok());
}

TEST(Server, GarbageSilenceAndPlainTextDisturbNobody) {
  TestServer server;
  const auto good = ChannelTo(server);
  ASSERT_TRUE(Ask(good).ok());
  const RawSocket silent(server.port());
  RawSocket half(server.port());
  half.Send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));  // the head of a ClientHello
  RawSocket garbage(server.port());
  garbage.Send(std::string(10'000, '\xA5'));
  RawSocket http(server.port());
  http.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(absl::IsUnavailable(Ask(MakeServiceChannel({.target = server.address()}))))
      << "plain text on a TLS port";
  garbage.ReadToEnd();
  http.ReadToEnd();
  EXPECT_TRUE(Ask(good).ok());
  EXPECT_TRUE(Ask(ChannelTo(server)).ok()) << "a new connection";
}

// A channel that shares no connection with others.
std::shared_ptr<grpc::Channel> OwnChannelTo(const TestServer& server) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = server.tls().root_pem;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(ServiceDnsName(server.tls().server_id));
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(server.address(), grpc::SslCredentials(tls), arguments);
}

TEST(Server, MessagesAndMetadataBeyondTheLimitsAreRefusedAndOthersUndisturbed) {
  ServerOptions options;
  options.max_message_bytes = 10'000;
  options.max_metadata_bytes = 4'000;
  TestServer server(options);
  const auto other = rooms::v1::Rooms::NewStub(OwnChannelTo(server));
  EXPECT_EQ(SetTopic(*other, server), absl::OkStatus());
  const auto stub = rooms::v1::Rooms::NewStub(OwnChannelTo(server));
  EXPECT_EQ(SetTopic(*stub, server, std::string(9'000, 'x')), absl::OkStatus());
  EXPECT_TRUE(absl::IsResourceExhausted(SetTopic(*stub, server, std::string(11'000, 'x'))));
  EXPECT_EQ(SetTopic(*stub, server), absl::OkStatus());

  auto context = ContextFor(server.Bearer());
  context->AddMetadata("x-long", std::string(8'000, 'x'));
  rooms::v1::SetTopicResponse response;
  EXPECT_FALSE(stub->SetTopic(context.get(), rooms::v1::SetTopicRequest(), &response).ok());
  EXPECT_EQ(SetTopic(*other, server), absl::OkStatus());
}

TEST(Server, APortInUseIsAnErrorThatSaysSo) {
  TestServer server;
  rooms::v1::Rooms::CallbackService rooms;
  for (const char* host : {"127.0.0.1:", "0.0.0.0:", "[::]:"}) {
    ServerOptions options;
    options.listen = host + std::to_string(server.port());
    options.insecure = true;
    const auto second = Server::Start(options, {{&rooms, rooms::v1::Rooms::service_full_name()}});
    EXPECT_TRUE(absl::IsAlreadyExists(second.status())) << options.listen << ": " << second.status();
    EXPECT_NE(second.status().message().find("port in use"), absl::string_view::npos) << second.status();
  }
  EXPECT_TRUE(Ask(ChannelTo(server)).ok());
}

TEST(Server, AddressesThatMakeNoSenseAreNamed) {
  rooms::v1::Rooms::CallbackService rooms;
  for (const char* listen : {"", "127.0.0.1", "127.0.0.1:99999", "no such host:1", "192.0.2.1:7447"}) {
    ServerOptions options;
    options.listen = listen;
    options.insecure = true;
    const auto server = Server::Start(options, {{&rooms, rooms::v1::Rooms::service_full_name()}});
    ASSERT_FALSE(server.ok()) << listen;
    EXPECT_FALSE(server.status().message().empty());
  }
}

TEST(Server, RestartsOnItsPortAtOnceWhileClientsAreConnected) {
  TestServer server;
  const auto channel = ChannelTo(server);
  ASSERT_TRUE(Ask(channel).ok());
  for (int i = 0; i < 3; ++i) {
    server.Restart();
    auto context = ContextFor();
    context->set_wait_for_ready(true);
    rooms::v1::GetKeysResponse response;
    EXPECT_TRUE(rooms::v1::Rooms::NewStub(channel)
                    ->GetKeys(context.get(), rooms::v1::GetKeysRequest(), &response)
                    .ok());
  }
}

TEST(Server, DrainSaysGoodbyeFirstAndLetsCallsEnd) {
  TestServer server;
  const auto channel = ChannelTo(server);
  const auto stub = rooms::v1::Rooms::NewStub(channel);
  absl::Notification running;
  absl::Notification draining;
  server.rooms.on_set_topic = [&](const auto&, const auto&) {
    running.Notify();
    draining.WaitForNotification();
    return absl::OkStatus();
  };
  std::thread caller([&] { EXPECT_TRUE(SetTopic(*stub, server).ok()) << "a running call may end"; });
  running.WaitForNotification();
  auto context = ContextFor();
  const auto stream = stub->EnterRoom(context.get());
  rooms::v1::EnterRoomResponse hello;
  ASSERT_TRUE(stream->Read(&hello));

  std::vector<std::string> order;
  server.server().AddDrainHook([&](absl::Time deadline) {
    order.push_back("health");
    EXPECT_GT(deadline, absl::Now());
    EXPECT_EQ(HealthOf(channel, ""), Health::kNotServing);
    EXPECT_EQ(HealthOf(channel, "parlor.rooms.v1.Rooms"), Health::kNotServing);
  });
  server.server().AddDrainHook([&](absl::Time) {
    order.push_back("goodbye");
    server.rooms.EndStreams();
    draining.Notify();
  });
  server.server().Drain(absl::Seconds(20));
  caller.join();
  EXPECT_EQ(stream->Finish().error_message(), "come back later");
  EXPECT_EQ(order, (std::vector<std::string>{"health", "goodbye"}));
  EXPECT_TRUE(absl::IsUnavailable(Ask(channel)));
  server.server().Drain(absl::Seconds(20));
  EXPECT_EQ(order.size(), 2U);
}

TEST(Server, WhatDoesNotEndIsCancelledAtTheDeadline) {
  TestServer server;
  const auto stub = rooms::v1::Rooms::NewStub(ChannelTo(server));
  auto context = ContextFor();
  const auto stream = stub->EnterRoom(context.get());
  rooms::v1::EnterRoomResponse hello;
  ASSERT_TRUE(stream->Read(&hello));
  server.server().Drain(absl::Milliseconds(50));
  EXPECT_FALSE(server.rooms.HasStream());
  EXPECT_FALSE(stream->Finish().ok());
}

}  // namespace
}  // namespace parlor::service
