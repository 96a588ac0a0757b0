// Connections of the load generators to a server in another process of this machine.
#ifndef PARLOR_BENCH_SERVICES_CHANNELS_H_
#define PARLOR_BENCH_SERVICES_CHANNELS_H_

#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"

namespace parlor::bench {

struct Target {
  std::string port;
  std::string root_pem;
  std::string server_id;
  std::string host = "127.0.0.1";
};

// TLS, with a TCP connection that it shares with no other channel.
std::shared_ptr<grpc::Channel> MakeChannel(const Target& target);

void AddToken(grpc::ClientContext& context, const std::string& token);

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_CHANNELS_H_
