// parlor-rooms: which rooms are open and who is in them, as a service of its own.
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "base/crypto/certificate.h"
#include "base/file.h"
#include "base/status.h"
#include "prometheus/registry.h"
#include "services/common/admin/admin_http.h"
#include "services/common/admin/healthcheck.h"
#include "services/common/config.h"
#include "services/common/metrics/pool_metrics.h"
#include "services/common/metrics/process_metrics.h"
#include "services/common/readiness.h"
#include "services/common/rpc/key_client.h"
#include "services/common/rpc/rpc_metrics.h"
#include "services/common/rpc/server.h"
#include "services/common/signals.h"
#include "services/common/trust.h"
#include "services/rooms/rooms_module.h"
#include "spdlog/spdlog.h"

namespace parlor::rooms {
namespace {

constexpr char kProgram[] = "parlor-rooms";

struct Settings {
  service::ServiceSettings service;
  service::TlsFiles tls;
  RoomsOptions rooms;
  std::string keys_directory = "rooms-keys";
  std::string auth = "127.0.0.1:7448";
};

void AddSettings(CLI::App& app, Settings& settings) {
  settings.rooms.database = "rooms.db";
  service::AddConfigFile(app);
  service::AddServiceSettings(app, settings.service);
  service::AddTlsSettings(app, settings.tls);
  service::AddSetting(app, "--auth", settings.auth, "HOST:PORT of parlor-auth, whose keys verify tokens");
  service::AddSetting(app, "--database", settings.rooms.database,
                      "postgresql://… or the path of an SQLite file, for one process");
  service::AddSetting(app, "--keys", settings.keys_directory,
                      "directory of the signing keys, shared by all replicas");
  AddRoomsSettings(app, settings.rooms);
}

// The keys of auth, kept fresh, and what verifies with them.
struct AuthKeys {
  AuthKeys(const Settings& settings, const std::string& root_pem, const std::string& server_id,
           const Clock* clock)
      : revocations(server_id, &keys),
        tokens(&keys, &revocations, {.issuer = server_id, .on_unknown_key = [this] { client->FetchSoon(); }}),
        client(service::KeyClient::ForAuth({.target = settings.auth,
                                            .root_pem = settings.service.insecure ? std::string() : root_pem,
                                            .server_id = server_id},
                                           clock, &keys, &revocations)) {}

  service::KeySet keys;
  service::Revocations revocations;
  service::TokenVerifier tokens;
  const std::unique_ptr<service::KeyClient> client;
};

// The server's id follows from its root, also where a proxy ends TLS.
absl::StatusOr<std::string> ServerIdOfRoot(const std::string& root_pem) {
  PARLOR_ASSIGN_OR_RETURN(const Certificate root, Certificate::FromPem(root_pem));
  PARLOR_ASSIGN_OR_RETURN(const PublicKey key, root.public_key());
  return ServerIdOf(key);
}

absl::StatusOr<service::ServerOptions> MakeServerOptions(const Settings& settings, absl::Time now) {
  service::ServerOptions options;
  options.listen = settings.service.listen;
  options.insecure = settings.service.insecure;
  if (!settings.service.insecure) {
    PARLOR_ASSIGN_OR_RETURN(
        options.tls, service::LoadServiceTls(settings.tls.chain, settings.tls.key, settings.tls.root, now));
  }
  return options;
}

absl::Status Serve(const Settings& settings) {
  service::SignalWaiter signals;
  const SystemClock clock;
  PARLOR_RETURN_IF_ERROR(service::SetUpLogging(settings.service.logging));
  PARLOR_ASSIGN_OR_RETURN(const service::TrustedProxies proxies,
                          service::TrustedProxies::Parse(settings.service.trusted_proxies));
  PARLOR_ASSIGN_OR_RETURN(const std::string root_pem, ReadFile(settings.tls.root));
  PARLOR_ASSIGN_OR_RETURN(const std::string server_id, ServerIdOfRoot(root_pem));
  PARLOR_ASSIGN_OR_RETURN(service::ServerOptions options, MakeServerOptions(settings, clock.Now()));

  prometheus::Registry registry;
  service::PoolMetrics pools(registry);
  const service::ProcessMetrics process(kProgram, PARLOR_VERSION);
  AuthKeys auth(settings, root_pem, server_id, &clock);
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<RoomsModule> module,
                          RoomsModule::Open(settings.rooms, {.clock = &clock,
                                                             .server_id = server_id,
                                                             .tokens = &auth.tokens,
                                                             .revocations = &auth.revocations,
                                                             .proxies = &proxies,
                                                             .registry = &registry,
                                                             .pools = &pools}));
  service::RpcMetrics rpc(registry, {module->service().name});
  options.metrics = &rpc;
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::Server> server,
                          service::Server::Start(options, {module->service()}));
  server->AddDrainHook([&module](absl::Time) { module->Drain(); });
  service::Readiness readiness;
  readiness.Add("auth keys", [&auth] { return auth.client->ready(); });
  readiness.Add("database", [&module] { return module->CheckReady(); });
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::AdminServer> admin,
                          service::AdminServer::Start({.listen = settings.service.admin},
                                                      {&registry, &pools, &process}, &readiness));
  spdlog::info("{} listens on port {}, admin on {}", kProgram, server->port(), admin->port());
  service::RunUntilSignal(signals, [&] {
    readiness.StartDraining();
    server->Drain(settings.service.drain);
  });
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Which rooms are open, who may be in them and who is.", kProgram);
  AddSettings(app, settings);
  // Before the subcommand, which inherits it: `healthcheck --admin …` reads the program's own settings.
  app.fallthrough();
  CLI::App* healthcheck = app.add_subcommand("healthcheck", "exit 0 if the service is ready");
  CLI11_PARSE(app, argc, argv);
  settings.rooms.keys_directory = settings.keys_directory;

  if (healthcheck->parsed()) return service::RunHealthcheck(settings.service.admin);
  const absl::Status status = Serve(settings);
  if (status.ok()) return 0;
  std::cerr << kProgram << ": " << std::string(status.message()) << "\n";
  return 1;
}

}  // namespace
}  // namespace parlor::rooms

int main(int argc, char** argv) {
  return parlor::rooms::Main(argc, argv);
}
