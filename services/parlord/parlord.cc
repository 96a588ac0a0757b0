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
#include "services/auth/auth_module.h"
#include "services/common/program/host.h"
#include "services/common/trust.h"
#include "services/presence/presence_module.h"
#include "services/presence/presence_settings.h"
#include "services/rooms/rooms_module.h"

namespace parlor::parlord {
namespace {

constexpr char kProgram[] = "parlord";

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
  static absl::StatusOr<std::unique_ptr<Services>> Make(const ParlordSettings& settings,
                                                        service::Host& host) {
    auto services = std::make_unique<Services>();
    PARLOR_ASSIGN_OR_RETURN(services->auth,
                            auth::AuthModule::Create(settings.auth, &host.clock(), &host.registry(),
                                                     &host.pools(), host.databases().Of("auth")));
    PARLOR_ASSIGN_OR_RETURN(
        services->rooms,
        rooms::RoomsModule::Open(settings.rooms, {.clock = &host.clock(),
                                                  .server_id = settings.auth.server_id,
                                                  .tokens = &services->auth->tokens(),
                                                  .revocations = &services->auth->revocations(),
                                                  .proxies = &host.proxies(),
                                                  .registry = &host.registry(),
                                                  .pools = &host.pools(),
                                                  .database = host.databases().Of("rooms")}));
    PARLOR_ASSIGN_OR_RETURN(
        services->presence,
        presence::PresenceModule::Open(settings.presence,
                                       presence::PresenceNeeds{.clock = &host.clock(),
                                                               .server_id = settings.auth.server_id,
                                                               .tokens = &services->auth->tokens(),
                                                               .revocations = &services->auth->revocations(),
                                                               .rooms_keys = &services->rooms->keys(),
                                                               .proxies = &host.proxies(),
                                                               .registry = &host.registry()}));
    return services;
  }

  std::unique_ptr<auth::AuthModule> auth;
  std::unique_ptr<rooms::RoomsModule> rooms;
  std::unique_ptr<presence::PresenceModule> presence;
};

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
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::Host> host,
                          service::Host::Create(kProgram, settings.service));
  PARLOR_ASSIGN_OR_RETURN(const FileLock lock, LockData(settings));
  PARLOR_RETURN_IF_ERROR(presence::Validate(settings.presence));
  settings.auth.proxies = &host->proxies();
  PARLOR_ASSIGN_OR_RETURN(service::ServiceTls tls, OpenTrustFor(settings));
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Services> services, Services::Make(settings, *host));
  host->readiness().Add("auth database", [&services] { return services->auth->CheckReady(); });
  host->readiness().Add("rooms database", [&services] { return services->rooms->CheckReady(); });

  service::Serving serving;
  if (!settings.service.insecure) serving.tls = std::move(tls);
  serving.services = {services->auth->service(), services->presence->service(), services->rooms->service()};
  serving.drain = [&services](absl::Time deadline) {
    services->rooms->Drain(deadline);
    services->presence->Drain(deadline);
  };
  // A second parlord on this machine finds the usual port taken and says which one it took; a port that was
  // asked for is taken or not.
  if (settings.service.admin == service::ServiceSettings().admin) serving.spare_admin = "127.0.0.1:0";
  serving.on_serving = [&settings](int port, const HostPort& admin) {
    PARLOR_RETURN_IF_ERROR(WriteFileAtomically(AdminFile(settings), ToString(admin)));
    return PrintJoinLink(settings, port);
  };
  return host->Serve(std::move(serving));
}

}  // namespace parlor::parlord
