#include "services/common/rpc/server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/net/address.h"
#include "base/status.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "services/common/listen_error.h"

namespace parlor::service {
namespace {

// Clients ping every 60 s (docs/protocol.md); whoever pings more often than this
// is cut off with too_many_pings.
constexpr int kMinClientPingMs = 30'000;
// Finds clients that vanished without a word.
constexpr int kServerPingMs = 60'000;
constexpr int kServerPingTimeoutMs = 20'000;
// A handshake over a slow mobile link takes 2 s; gRPC's default of 120 s lets silence hold a socket.
constexpr int kHandshakeTimeoutMs = 10'000;
constexpr absl::Duration kDefaultPatience = absl::Seconds(1);

std::shared_ptr<grpc::ServerCredentials> Credentials(const std::optional<ServiceTls>& tls) {
  if (!tls.has_value()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  options.pem_key_cert_pairs.push_back({tls->key_pem, tls->chain_pem});
  return grpc::SslServerCredentials(options);
}

void SetLimits(grpc::ServerBuilder& builder, const ServerOptions& options) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(options.max_metadata_bytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams);
  builder.SetResourceQuota(grpc::ResourceQuota("parlor").Resize(options.memory_bytes));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  // Two programs on one port would each get half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

void SetKeepalive(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kServerPingMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kServerPingTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinClientPingMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const std::vector<ServedService>& services) {
  if (!options.tls.has_value() && !options.insecure) {
    return absl::FailedPreconditionError("no certificate to serve with: give --tls-chain and --tls-key");
  }
  PARLOR_ASSIGN_OR_RETURN(const HostPort address, ParseHostPort(options.listen));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(ToString(address), Credentials(options.tls), &port);
  SetLimits(builder, options);
  SetKeepalive(builder);
  std::vector<std::string> names;
  for (const ServedService& served : services) {
    builder.RegisterService(served.service);
    names.push_back(served.name);
  }
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return ListenError(address);
  std::unique_ptr<Server> started(new Server(std::move(server), port, std::move(names)));
  started->SetServing(true);
  return started;
}

Server::Server(std::unique_ptr<grpc::Server> server, int port, std::vector<std::string> names)
    : server_(std::move(server)), port_(port), names_(std::move(names)) {}

Server::~Server() {
  Drain(kDefaultPatience);
}

void Server::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  health->SetServingStatus("", serving);
  for (const std::string& name : names_) health->SetServingStatus(name, serving);
}

void Server::AddDrainHook(DrainHook hook) {
  absl::MutexLock lock(&mutex_);
  hooks_.push_back(std::move(hook));
}

void Server::Drain(absl::Duration patience) {
  absl::MutexLock drain_lock(&drain_mutex_);
  if (drained_) return;
  drained_ = true;
  const absl::Time deadline = absl::Now() + patience;
  SetServing(false);
  std::vector<DrainHook> hooks;
  {
    absl::MutexLock lock(&mutex_);
    hooks.swap(hooks_);
  }
  for (const DrainHook& hook : hooks) hook(deadline);
  server_->Shutdown(absl::ToChronoTime(deadline));
  server_->Wait();
}

}  // namespace parlor::service
