// parlor-auth: accounts, tokens and certificates as a service of its own.
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "parlor/auth/v1/auth.grpc.pb.h"
#include "prometheus/registry.h"
#include "services/auth/admin/admin_commands.h"
#include "services/auth/auth_module.h"
#include "services/auth/auth_options.h"
#include "services/common/admin/admin_http.h"
#include "services/common/admin/healthcheck.h"
#include "services/common/config.h"
#include "services/common/metrics/pool_metrics.h"
#include "services/common/metrics/process_metrics.h"
#include "services/common/rpc/rpc_metrics.h"
#include "services/common/rpc/server.h"
#include "services/common/signals.h"
#include "services/common/trust.h"
#include "spdlog/spdlog.h"

namespace parlor::auth {
namespace {

constexpr char kProgram[] = "parlor-auth";
constexpr int kWrongUsage = 2;  // as RunAdminForExitCode has it

struct Settings {
  service::ServiceSettings service;
  service::TlsFiles tls;
  AuthOptions auth;
  std::string database = "auth.db";
  std::string keys_directory = "auth-keys";
  std::string people_ca;
  std::string people_ca_key;
  AdminRequest admin;
};

void AddSettings(CLI::App& app, Settings& settings) {
  service::AddServiceSettings(app, settings.service);
  service::AddTlsSettings(app, settings.tls);
  service::AddSetting(app, "--database", settings.database,
                      "postgresql://… for any number of replicas, or the path of an SQLite file for one");
  service::AddSetting(app, "--keys", settings.keys_directory,
                      "directory of the signing keys, shared by all replicas");
  service::AddSetting(app, "--people-ca", settings.people_ca, "certificate of the people's CA, PEM");
  service::AddSetting(app, "--people-ca-key", settings.people_ca_key, "its key, PEM");
  AddAuthSettings(app, settings.auth);
}

absl::Status CheckGiven(const char* flag, const std::string& value) {
  if (!value.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(flag, " is missing: see --help"));
}

absl::StatusOr<Authority> LoadPeopleCa(const Settings& settings) {
  PARLOR_RETURN_IF_ERROR(CheckGiven("--people-ca", settings.people_ca));
  PARLOR_RETURN_IF_ERROR(CheckGiven("--people-ca-key", settings.people_ca_key));
  PARLOR_ASSIGN_OR_RETURN(const std::string certificate, ReadFile(settings.people_ca));
  PARLOR_ASSIGN_OR_RETURN(const std::string key, ReadFile(settings.people_ca_key));
  return Authority::FromPem(certificate, key);
}

// The server's id follows from its root, also where a proxy ends TLS.
absl::StatusOr<std::string> LoadServerId(const service::TlsFiles& files) {
  PARLOR_RETURN_IF_ERROR(CheckGiven("--tls-root", files.root));
  PARLOR_ASSIGN_OR_RETURN(const std::string pem, ReadFile(files.root));
  PARLOR_ASSIGN_OR_RETURN(const Certificate root, Certificate::FromPem(pem));
  PARLOR_ASSIGN_OR_RETURN(const PublicKey key, root.public_key());
  return ServerIdOf(key);
}

absl::Status Serve(Settings& settings) {
  service::SignalWaiter signals;
  const SystemClock clock;
  PARLOR_RETURN_IF_ERROR(service::SetUpLogging(settings.service.logging));
  PARLOR_ASSIGN_OR_RETURN(const service::TrustedProxies proxies,
                          service::TrustedProxies::Parse(settings.service.trusted_proxies));
  PARLOR_ASSIGN_OR_RETURN(settings.auth.people, LoadPeopleCa(settings));
  PARLOR_ASSIGN_OR_RETURN(settings.auth.server_id, LoadServerId(settings.tls));
  settings.auth.proxies = &proxies;

  prometheus::Registry registry;
  service::PoolMetrics pools(registry);
  const service::ProcessMetrics process(kProgram, PARLOR_VERSION);
  service::RpcMetrics rpc(registry, {v1::Auth::service_full_name()});
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<AuthModule> module,
                          AuthModule::Create(settings.auth, &clock, &registry, &pools));

  service::ServerOptions options;
  options.listen = settings.service.listen;
  options.insecure = settings.service.insecure;
  options.metrics = &rpc;
  if (!settings.service.insecure) {
    PARLOR_ASSIGN_OR_RETURN(options.tls, service::LoadServiceTls(settings.tls.chain, settings.tls.key,
                                                                 settings.tls.root, clock.Now()));
  }
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::Server> server,
                          service::Server::Start(options, {module->served()}));
  service::Readiness readiness;
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
  CLI::App app("Accounts, tokens and certificates of a Parlor server.", kProgram);
  app.fallthrough();  // settings may stand behind a subcommand, too
  AddSettings(app, settings);
  CLI::App* admin = app.add_subcommand("admin", "change accounts, registration and keys");
  AddAdminCommands(*admin, settings.admin);
  CLI::App* healthcheck = app.add_subcommand("healthcheck", "exit 0 if the service is ready");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  settings.auth.database = settings.database;
  settings.auth.keys_directory = settings.keys_directory;

  if (healthcheck->parsed()) return service::RunHealthcheck(settings.service.admin);
  if (admin->parsed()) {
    return RunAdminForExitCode(settings.admin, settings.auth, absl::Now(), {std::cin, std::cout, std::cerr});
  }
  const absl::Status status = Serve(settings);
  if (status.ok()) return 0;
  std::cerr << kProgram << ": " << std::string(status.message()) << "\n";
  return 1;
}

}  // namespace
}  // namespace parlor::auth

int main(int argc, char** argv) {
  return parlor::auth::Main(argc, argv);
}
