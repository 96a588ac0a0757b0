// The client's side of a TestServer.
#ifndef PARLOR_TESTS_SERVICES_COMMON_RPC_TEST_CLIENT_H_
#define PARLOR_TESTS_SERVICES_COMMON_RPC_TEST_CLIENT_H_

#include <chrono>
#include <memory>
#include <string>

#include "base/rpc/status.h"
#include "grpcpp/client_context.h"
#include "services/common/rpc/key_client.h"
#include "tests/services/common/rpc/test_rooms.h"

namespace parlor::testing {

inline std::shared_ptr<grpc::Channel> ChannelTo(const TestServer& server) {
  return service::MakeServiceChannel(
      {.target = server.address(), .root_pem = server.tls().root_pem, .server_id = server.tls().server_id});
}

// A context with a deadline that no test reaches, and ada's token.
inline std::unique_ptr<grpc::ClientContext> ContextFor(const std::string& authorization = "") {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  if (!authorization.empty()) context->AddMetadata("authorization", authorization);
  return context;
}

inline absl::Status SetTopic(rooms::v1::Rooms::Stub& stub, const TestServer& server,
                             const std::string& topic = "") {
  rooms::v1::SetTopicRequest request;
  request.set_topic(topic);
  rooms::v1::SetTopicResponse response;
  return FromGrpc(stub.SetTopic(ContextFor(server.Bearer()).get(), request, &response));
}

}  // namespace parlor::testing

#endif  // PARLOR_TESTS_SERVICES_COMMON_RPC_TEST_CLIENT_H_
