// parlor-presence: who is here, as a service of its own.
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
#include "services/common/metrics/process_metrics.h"
#include "services/common/rpc/key_client.h"
#include "services/common/rpc/rpc_metrics.h"
#include "services/common/rpc/server.h"
#include "services/common/signals.h"
#include "services/common/trust.h"
#include "services/presence/presence_module.h"
#include "services/presence/presence_settings.h"
#include "spdlog/spdlog.h"

namespace parlor::presence {
namespace {

constexpr char kProgram[] = "parlor-presence";

struct Settings {
  service::ServiceSettings service;
  service::TlsFiles tls;
  PresenceOptions presence;
  std::string auth = "127.0.0.1:7448";
  std::string rooms = "127.0.0.1:7450";
};

void AddSettings(CLI::App& app, Settings& settings) {
  service::AddConfigFile(app);
  service::AddServiceSettings(app, settings.service);
  service::AddTlsSettings(app, settings.tls);
  service::AddSetting(app, "--auth", settings.auth, "HOST:PORT of parlor-auth, whose keys verify tokens");
  service::AddSetting(app, "--rooms", settings.rooms,
                      "HOST:PORT of parlor-rooms, whose keys verify introductions");
  AddPresenceSettings(app, settings.presence);
}

// Keys of the other services, kept fresh, and what verifies with them.
struct Keys {
  Keys(const Settings& settings, const std::string& root_pem, const std::string& id, const Clock* clock)
      : server_id(id),
        revocations(server_id, &auth),
        tokens(&auth, &revocations, {.issuer = server_id, .on_unknown_key = [this] { FetchAuthKeys(); }}),
        auth_client(service::KeyClient::ForAuth(ClientFor(settings, settings.auth, root_pem), clock, &auth,
                                                &revocations)),
        rooms_client(service::KeyClient::ForRooms(ClientFor(settings, settings.rooms, root_pem), &rooms)) {}

  service::KeyClientOptions ClientFor(const Settings& settings, const std::string& target,
                                      const std::string& root_pem) const {
    return {.target = target,
            .root_pem = settings.service.insecure ? std::string() : root_pem,
            .server_id = server_id};
  }
  void FetchAuthKeys() { auth_client->FetchSoon(); }

  const std::string server_id;
  service::KeySet auth;
  service::KeySet rooms;
  service::Revocations revocations;
  service::TokenVerifier tokens;
  const std::unique_ptr<service::KeyClient> auth_client;
  const std::unique_ptr<service::KeyClient> rooms_client;
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
  PARLOR_RETURN_IF_ERROR(Validate(settings.presence));
  PARLOR_ASSIGN_OR_RETURN(const service::TrustedProxies proxies,
                          service::TrustedProxies::Parse(settings.service.trusted_proxies));
  PARLOR_ASSIGN_OR_RETURN(const std::string root_pem, ReadFile(settings.tls.root));
  PARLOR_ASSIGN_OR_RETURN(const std::string server_id, ServerIdOfRoot(root_pem));
  PARLOR_ASSIGN_OR_RETURN(service::ServerOptions options, MakeServerOptions(settings, clock.Now()));

  prometheus::Registry registry;
  const service::ProcessMetrics process(kProgram, PARLOR_VERSION);
  Keys keys(settings, root_pem, server_id, &clock);
  PresenceModule module(settings.presence, {.clock = &clock,
                                            .server_id = server_id,
                                            .tokens = &keys.tokens,
                                            .revocations = &keys.revocations,
                                            .rooms_keys = &keys.rooms,
                                            .proxies = &proxies,
                                            .registry = &registry});
  service::RpcMetrics rpc(registry, {module.service().name});
  options.metrics = &rpc;
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::Server> server,
                          service::Server::Start(options, {module.service()}));
  server->AddDrainHook([&module](absl::Time) { module.Drain(); });
  service::Readiness readiness;
  readiness.Add("auth keys", [&keys] { return keys.auth_client->ready(); });
  PARLOR_ASSIGN_OR_RETURN(
      const std::unique_ptr<service::AdminServer> admin,
      service::AdminServer::Start({.listen = settings.service.admin}, {&registry, &process}, &readiness));
  spdlog::info("{} listens on port {}, admin on {}", kProgram, server->port(), admin->port());
  service::RunUntilSignal(signals, [&] {
    readiness.StartDraining();
    server->Drain(settings.service.drain);
  });
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Who is here, and where people with an introduction may be dialled.", kProgram);
  AddSettings(app, settings);
  app.fallthrough();  // inherited by what is added later: `healthcheck --admin …` works too
  CLI::App* healthcheck = app.add_subcommand("healthcheck", "exit 0 if the service is ready");
  CLI11_PARSE(app, argc, argv);

  if (healthcheck->parsed()) return service::RunHealthcheck(settings.service.admin);
  const absl::Status status = Serve(settings);
  if (status.ok()) return 0;
  std::cerr << kProgram << ": " << std::string(status.message()) << "\n";
  return 1;
}

}  // namespace
}  // namespace parlor::presence

int main(int argc, char** argv) {
  return parlor::presence::Main(argc, argv);
}
