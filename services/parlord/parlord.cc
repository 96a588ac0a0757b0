#include "services/parlord/parlord.h"

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "base/net/join_link.h"
#include "base/status.h"
#include "prometheus/registry.h"
#include "services/auth/auth_module.h"
#include "services/common/admin/admin_http.h"
#include "services/common/metrics/pool_metrics.h"
#include "services/common/metrics/process_metrics.h"
#include "services/common/rpc/rpc_metrics.h"
#include "services/common/rpc/server.h"
#include "services/common/signals.h"
#include "services/common/trust.h"
#include "services/presence/presence_module.h"
#include "services/presence/presence_settings.h"
#include "services/rooms/rooms_module.h"
#include "spdlog/spdlog.h"

namespace parlor::parlord {
namespace {

constexpr char kProgram[] = "parlord";
constexpr char kDefaultAdmin[] = "127.0.0.1:9447";

std::filesystem::path TrustDirectory(const ParlordSettings& settings) {
  return std::filesystem::path(settings.data) / "trust";
}

std::filesystem::path AdminFile(const ParlordSettings& settings) {
  return std::filesystem::path(settings.data) / "admin-address";
}

// Who is online and in which room lives in one process: two on the same data would each know half of it.
absl::StatusOr<FileLock> LockData(const ParlordSettings& settings) {
  PARLOR_ASSIGN_OR_RETURN(std::optional<FileLock> lock,
                          FileLock::TryTake(std::filesystem::path(settings.data) / "lock"));
  if (lock.has_value()) return *std::move(lock);
  return absl::AlreadyExistsError(
      absl::StrCat(settings.data, " is in use by another parlord; stop that one, or use another --data"));
}

// The three services, which share keys in memory.
struct Services {
  static absl::StatusOr<std::unique_ptr<Services>> Make(const ParlordSettings& settings, const Clock* clock,
                                                        const service::TrustedProxies* proxies,
                                                        prometheus::Registry* registry,
                                                        service::PoolMetrics* pools) {
    auto services = std::make_unique<Services>();
    PARLOR_ASSIGN_OR_RETURN(services->auth, auth::AuthModule::Create(settings.auth, clock, registry, pools));
    PARLOR_ASSIGN_OR_RETURN(
        services->rooms,
        rooms::RoomsModule::Open(settings.rooms, {.clock = clock,
                                                  .server_id = settings.auth.server_id,
                                                  .tokens = &services->auth->tokens(),
                                                  .revocations = &services->auth->revocations(),
                                                  .proxies = proxies,
                                                  .registry = registry,
                                                  .pools = pools}));
    services->presence = std::make_unique<presence::PresenceModule>(
        settings.presence, presence::PresenceNeeds{.clock = clock,
                                                   .server_id = settings.auth.server_id,
                                                   .tokens = &services->auth->tokens(),
                                                   .revocations = &services->auth->revocations(),
                                                   .rooms_keys = &services->rooms->keys(),
                                                   .proxies = proxies,
                                                   .registry = registry});
    return services;
  }

  std::unique_ptr<auth::AuthModule> auth;
  std::unique_ptr<rooms::RoomsModule> rooms;
  std::unique_ptr<presence::PresenceModule> presence;
};

// A second parlord on this machine finds the usual port taken and says which one it took; a port that was
// asked for is taken or not.
absl::StatusOr<std::unique_ptr<service::AdminServer>> StartAdmin(
    const ParlordSettings& settings, const std::vector<const prometheus::Collectable*>& collectables,
    const service::Readiness* readiness) {
  auto admin = service::AdminServer::Start({.listen = settings.service.admin}, collectables, readiness);
  if (absl::IsAlreadyExists(admin.status()) && settings.service.admin == kDefaultAdmin) {
    admin = service::AdminServer::Start({.listen = "127.0.0.1:0"}, collectables, readiness);
  }
  if (!admin.ok()) return admin.status();
  PARLOR_ASSIGN_OR_RETURN(HostPort address, ParseHostPort(settings.service.admin));
  address.port = static_cast<uint16_t>((*admin)->port());
  PARLOR_RETURN_IF_ERROR(WriteFileAtomically(AdminFile(settings), ToString(address)));
  return admin;
}

absl::Status PrintJoinLink(const ParlordSettings& settings, int port) {
  PARLOR_ASSIGN_OR_RETURN(const std::string address, PublicAddress(settings, port));
  PARLOR_ASSIGN_OR_RETURN(const HostPort server, ParseHostPort(address));
  std::printf("%s\n", ToString(JoinLink{server, settings.auth.server_id}).c_str());
  std::fflush(stdout);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<service::ServiceTls> OpenTrustFor(ParlordSettings& settings) {
  PARLOR_ASSIGN_OR_RETURN(service::Trust trust, service::OpenTrust(TrustDirectory(settings), absl::Now()));
  settings.auth.server_id = trust.tls.server_id;
  settings.auth.people = std::move(trust.people);
  return std::move(trust.tls);
}

std::string AdminAddressOf(const ParlordSettings& settings) {
  const absl::StatusOr<std::string> address = ReadFile(AdminFile(settings), 256);
  return address.ok() ? *address : settings.service.admin;
}

absl::Status Serve(ParlordSettings& settings) {
  service::SignalWaiter signals;
  const SystemClock clock;
  PARLOR_ASSIGN_OR_RETURN(const FileLock lock, LockData(settings));
  PARLOR_RETURN_IF_ERROR(service::SetUpLogging(settings.service.logging));
  PARLOR_RETURN_IF_ERROR(presence::Validate(settings.presence));
  PARLOR_ASSIGN_OR_RETURN(const service::TrustedProxies proxies,
                          service::TrustedProxies::Parse(settings.service.trusted_proxies));
  settings.auth.proxies = &proxies;
  PARLOR_ASSIGN_OR_RETURN(service::ServiceTls tls, OpenTrustFor(settings));

  prometheus::Registry registry;
  service::PoolMetrics pools(registry);
  const service::ProcessMetrics process(kProgram, PARLOR_VERSION);
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Services> services,
                          Services::Make(settings, &clock, &proxies, &registry, &pools));
  const std::vector<service::ServedService> served = {services->auth->served(), services->presence->service(),
                                                      services->rooms->service()};
  service::RpcMetrics rpc(registry, {served[0].name, served[1].name, served[2].name});
  service::ServerOptions options;
  options.listen = settings.service.listen;
  options.insecure = settings.service.insecure;
  if (!options.insecure) options.tls = std::move(tls);
  options.metrics = &rpc;
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::Server> server,
                          service::Server::Start(options, served));
  server->AddDrainHook([&services](absl::Time) {
    services->rooms->Drain();
    services->presence->Drain();
  });

  service::Readiness readiness;
  readiness.Add("auth database", [&services] { return services->auth->CheckReady(); });
  readiness.Add("rooms database", [&services] { return services->rooms->CheckReady(); });
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::AdminServer> admin,
                          StartAdmin(settings, {&registry, &pools, &process}, &readiness));
  spdlog::info("{} listens on port {}, admin on {}; people join with the link on standard output", kProgram,
               server->port(), admin->port());
  PARLOR_RETURN_IF_ERROR(PrintJoinLink(settings, server->port()));
  service::RunUntilSignal(signals, [&] {
    readiness.StartDraining();
    server->Drain(settings.service.drain);
  });
  return absl::OkStatus();
}

}  // namespace parlor::parlord
