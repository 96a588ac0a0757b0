// parlor-auth: accounts, tokens and certificates as a service of its own.
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "base/file.h"
#include "base/status.h"
#include "services/auth/admin/admin_commands.h"
#include "services/auth/auth_module.h"
#include "services/auth/auth_options.h"
#include "services/common/config.h"
#include "services/common/program/host.h"
#include "services/common/program/identity.h"
#include "services/common/program/main.h"
#include "services/common/service_settings.h"

namespace parlor::auth {
namespace {

constexpr char kProgram[] = "parlor-auth";

struct Settings {
  service::ServiceSettings service{.listen = "[::]:7448", .admin = "127.0.0.1:9448"};
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
  service::AddSwitch(app, "--keys-read-only", settings.auth.keys.read_only,
                     "make and delete no signing keys: somebody else does");
  service::AddSetting(app, "--people-ca", settings.people_ca, "certificate of the people's CA, PEM");
  service::AddSetting(app, "--people-ca-key", settings.people_ca_key, "its key, PEM");
  AddAuthSettings(app, settings.auth);
}

absl::StatusOr<Authority> LoadPeopleCa(const Settings& settings) {
  PARLOR_RETURN_IF_ERROR(service::CheckGiven("--people-ca", settings.people_ca));
  PARLOR_RETURN_IF_ERROR(service::CheckGiven("--people-ca-key", settings.people_ca_key));
  PARLOR_ASSIGN_OR_RETURN(const std::string certificate, ReadFile(settings.people_ca));
  PARLOR_ASSIGN_OR_RETURN(const std::string key, ReadFile(settings.people_ca_key));
  return Authority::FromPem(certificate, key);
}

absl::Status Serve(Settings& settings) {
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::Host> host,
                          service::Host::Create(kProgram, settings.service));
  PARLOR_ASSIGN_OR_RETURN(const service::Identity identity,
                          service::LoadIdentity(settings.service, settings.tls, host->clock().Now()));
  PARLOR_ASSIGN_OR_RETURN(settings.auth.people, LoadPeopleCa(settings));
  settings.auth.server_id = identity.server_id;
  settings.auth.proxies = &host->proxies();
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<AuthModule> module,
                          AuthModule::Create(settings.auth, &host->clock(), &host->registry(), &host->pools(),
                                             host->databases().Of("auth")));
  host->readiness().Add("database", [&module] { return module->CheckReady(); });
  return host->Serve({.tls = identity.tls, .services = {module->service()}});
}

absl::Status Complete(Settings& settings) {
  settings.auth.database = settings.database;
  settings.auth.keys_directory = settings.keys_directory;
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Accounts, tokens and certificates of a Parlor server.", kProgram);
  AddSettings(app, settings);
  app.fallthrough();  // inherited by the subcommands that are added from here on
  AddAdminCommands(*app.add_subcommand("admin", "change accounts, registration and keys"), settings.admin);
  return service::RunMain(app, argc, argv,
                          {.serve = [&] { return Serve(settings); },
                           .admin_address = [&] { return settings.service.admin; },
                           .complete = [&] { return Complete(settings); }},
                          [&] {
                            return RunAdminForExitCode(settings.admin, settings.auth, absl::Now(),
                                                       {std::cin, std::cout, std::cerr});
                          });
}

}  // namespace
}  // namespace parlor::auth

int main(int argc, char** argv) {
  return parlor::auth::Main(argc, argv);
}
