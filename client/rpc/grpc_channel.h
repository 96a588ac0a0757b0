// RpcChannel over gRPC's callback API, with TLS that trusts one root alone.
#ifndef PARLOR_CLIENT_RPC_GRPC_CHANNEL_H_
#define PARLOR_CLIENT_RPC_GRPC_CHANNEL_H_

#include <memory>
#include <string>

#include "base/net/address.h"
#include "client/loop/loop.h"
#include "client/rpc/rpc_channel.h"

namespace parlor::client {

struct ServerAddress {
  HostPort server;
  std::string root_pem;   // the only root that is trusted
  std::string server_id;  // the certificate must hold "<id>.parlor", whatever host is dialled
};

// Connects when it is first used, and again when the connection is lost. Destroy it on the thread of `loop`
// (which outlives it): that cancels what is under way and waits until gRPC has let go of it.
std::unique_ptr<RpcChannel> MakeGrpcChannel(Loop& loop, const ServerAddress& address);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_RPC_GRPC_CHANNEL_H_
