// parlor-rooms: which rooms are open and who is in them, as a service of its own.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "base/status.h"
#include "services/common/config.h"
#include "services/common/program/host.h"
#include "services/common/program/identity.h"
#include "services/common/program/main.h"
#include "services/common/rpc/remote_auth.h"
#include "services/common/service_settings.h"
#include "services/rooms/rooms_module.h"

namespace parlor::rooms {
namespace {

constexpr char kProgram[] = "parlor-rooms";

struct Settings {
  service::ServiceSettings service{.listen = "[::]:7450", .admin = "127.0.0.1:9450"};
  service::TlsFiles tls;
  RoomsOptions rooms;
  std::string keys_directory = "rooms-keys";
  std::string auth = "127.0.0.1:7448";
};

void AddSettings(CLI::App& app, Settings& settings) {
  settings.rooms.database = "rooms.db";
  service::AddServiceSettings(app, settings.service);
  service::AddTlsSettings(app, settings.tls);
  service::AddSetting(app, "--auth", settings.auth, "HOST:PORT of parlor-auth, whose keys verify tokens");
  service::AddSetting(app, "--database", settings.rooms.database,
                      "postgresql://… or the path of an SQLite file, for one process");
  service::AddSetting(app, "--keys", settings.keys_directory,
                      "directory of the signing keys, shared by all replicas");
  service::AddSwitch(app, "--keys-read-only", settings.rooms.key_ring.read_only,
                     "make and delete no signing keys: somebody else does");
  AddRoomsSettings(app, settings.rooms);
}

absl::Status Serve(const Settings& settings) {
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::Host> host,
                          service::Host::Create(kProgram, settings.service));
  PARLOR_ASSIGN_OR_RETURN(const service::Identity identity,
                          service::LoadIdentity(settings.service, settings.tls, host->clock().Now()));
  service::RemoteAuth auth(service::KeyClientOptions{.target = settings.auth,
                                                     .root_pem = identity.peers_root_pem,
                                                     .server_id = identity.server_id,
                                                     .on_fetched = host->FetchedFrom("auth")},
                           &host->clock());
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<RoomsModule> module,
                          RoomsModule::Open(settings.rooms, {.clock = &host->clock(),
                                                             .server_id = identity.server_id,
                                                             .tokens = &auth.tokens(),
                                                             .revocations = &auth.revocations(),
                                                             .proxies = &host->proxies(),
                                                             .registry = &host->registry(),
                                                             .pools = &host->pools(),
                                                             .database = host->databases().Of("rooms"),
                                                             .live = host->live().Of("rooms")}));
  host->readiness().Add("auth keys", [&auth] { return auth.ready(); });
  return host->Serve({.tls = identity.tls,
                      .services = {module->service()},
                      .drain = [&module](absl::Time deadline) { module->Drain(deadline); }});
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Which rooms are open, who may be in them and who is.", kProgram);
  AddSettings(app, settings);
  return service::RunMain(app, argc, argv,
                          {.serve = [&] { return Serve(settings); },
                           .admin_address = [&] { return settings.service.admin; },
                           .complete =
                               [&] {
                                 settings.rooms.keys_directory = settings.keys_directory;
                                 return absl::OkStatus();
                               }});
}

}  // namespace
}  // namespace parlor::rooms

int main(int argc, char** argv) {
  return parlor::rooms::Main(argc, argv);
}
