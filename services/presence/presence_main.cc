// parlor-presence: who is here, as a service of its own.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "base/status.h"
#include "services/common/config.h"
#include "services/common/postgres/pool.h"
#include "services/common/program/host.h"
#include "services/common/program/identity.h"
#include "services/common/program/main.h"
#include "services/common/rpc/key_client.h"
#include "services/common/rpc/remote_auth.h"
#include "services/common/service_settings.h"
#include "services/presence/presence_module.h"
#include "services/presence/presence_settings.h"

namespace parlor::presence {
namespace {

constexpr char kProgram[] = "parlor-presence";

struct Settings {
  service::ServiceSettings service{.listen = "[::]:7449", .admin = "127.0.0.1:9449"};
  service::TlsFiles tls;
  PresenceOptions presence;
  std::string auth = "127.0.0.1:7448";
  std::string rooms = "127.0.0.1:7450";
};

void AddSettings(CLI::App& app, Settings& settings) {
  service::AddServiceSettings(app, settings.service);
  service::AddTlsSettings(app, settings.tls);
  service::AddSetting(app, "--auth", settings.auth, "HOST:PORT of parlor-auth, whose keys verify tokens");
  service::AddSetting(app, "--rooms", settings.rooms,
                      "HOST:PORT of parlor-rooms, whose keys verify introductions");
  service::AddSetting(app, "--database", settings.presence.database,
                      "postgresql://… for any number of replicas; without it one process, in memory");
  AddPresenceSettings(app, settings.presence);
}

absl::Status Serve(const Settings& settings) {
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::Host> host,
                          service::Host::Create(kProgram, settings.service));
  PARLOR_RETURN_IF_ERROR(Validate(settings.presence));
  if (!settings.presence.database.empty() && !service::postgres::IsUri(settings.presence.database)) {
    return absl::InvalidArgumentError("--database must be postgresql://…: presence keeps nothing in files");
  }
  PARLOR_ASSIGN_OR_RETURN(const service::Identity identity,
                          service::LoadIdentity(settings.service, settings.tls, host->clock().Now()));
  const auto ask = [&](const std::string& target, const std::string& name) {
    return service::KeyClientOptions{.target = target,
                                     .root_pem = identity.peers_root_pem,
                                     .server_id = identity.server_id,
                                     .on_fetched = host->FetchedFrom(name)};
  };

  service::RemoteAuth auth(ask(settings.auth, "auth"), &host->clock());
  service::KeySet rooms_keys;
  const std::unique_ptr<service::KeyClient> rooms =
      service::KeyClient::ForRooms(ask(settings.rooms, "rooms"), &rooms_keys);
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<PresenceModule> module,
                          PresenceModule::Open(settings.presence, {.clock = &host->clock(),
                                                                   .server_id = identity.server_id,
                                                                   .tokens = &auth.tokens(),
                                                                   .revocations = &auth.revocations(),
                                                                   .rooms_keys = &rooms_keys,
                                                                   .proxies = &host->proxies(),
                                                                   .registry = &host->registry(),
                                                                   .live = host->live().Of("presence")}));
  host->readiness().Add("auth keys", [&auth] { return auth.ready(); });
  host->readiness().Add("rooms keys", [&rooms] { return rooms->ready(); });
  return host->Serve({.tls = identity.tls,
                      .services = {module->service()},
                      .drain = [&module](absl::Time deadline) { module->Drain(deadline); }});
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Who is here, and where people with an introduction may be dialled.", kProgram);
  AddSettings(app, settings);
  return service::RunMain(
      app, argc, argv,
      {.serve = [&] { return Serve(settings); }, .admin_address = [&] { return settings.service.admin; }});
}

}  // namespace
}  // namespace parlor::presence

int main(int argc, char** argv) {
  return parlor::presence::Main(argc, argv);
}
