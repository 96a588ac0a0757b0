#include "services/rooms/rooms_module.h"

#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "services/common/blocking_pool.h"
#include "services/common/postgres/pool.h"
#include "services/common/signing_keys.h"
#include "services/common/stream/heartbeat_monitor.h"
#include "services/common/stream/ticker.h"
#include "services/rooms/room_admin.h"
#include "services/rooms/rooms_hub.h"
#include "services/rooms/rooms_metrics.h"
#include "services/rooms/rooms_service.h"
#include "services/rooms/store/postgres_room_store.h"
#include "services/rooms/store/sqlite_room_store.h"
#include "spdlog/spdlog.h"

namespace parlor::rooms {
namespace {

absl::StatusOr<std::unique_ptr<RoomStore>> OpenStore(const RoomsModuleOptions& options) {
  if (options.database.empty()) return OpenSqliteRoomStore(options.data / "rooms.db");
  service::postgres::PoolOptions pool;
  pool.connect.uri = options.database;
  pool.connect.application = "parlor-rooms";
  pool.connections = options.threads;
  return OpenPostgresRoomStore(pool);
}

}  // namespace

// In the order in which one needs the other; taken down in the reverse.
struct RoomsModule::Wiring {
  Wiring(const RoomsModuleOptions& chosen, const RoomsModuleParts& shared,
         std::unique_ptr<service::SigningKeys> signing, std::unique_ptr<RoomStore> rooms)
      : options(chosen),
        parts(shared),
        signing_keys(std::move(signing)),
        store(std::move(rooms)),
        tickets(signing_keys.get(), options.server_id, options.tickets),
        directory(options.directory),
        metrics(*parts.registry),
        pool({.name = "rooms", .threads = options.threads, .queue = options.queue, .on_start = {}}),
        hub(rooms_parts(), {options.limits, options.stream.heartbeat, options.goodbye_spread}),
        admin(rooms_parts(), options.limits, options.password_cost, &hub),
        sessions(options.sessions),
        service(service_parts()),
        revoked(parts.revocations->Observe([this] { hub.EndRevoked(); })),
        ticker(*parts.clock, options.tick, [this](absl::Time now) { Tick(now); }),
        key_reload(*parts.clock, options.key_reload, [this](absl::Time now) { ReloadKeys(now); }) {
    published_keys.Set(signing_keys->Verifying(parts.clock->Now()));
  }

  RoomsParts rooms_parts() {
    return {store.get(), &directory, &tickets, parts.revocations, &pool, parts.clock, &metrics};
  }

  RoomsServiceParts service_parts() {
    RoomsServiceParts wired;
    wired.call = {parts.clock, parts.tokens, parts.proxies};
    wired.session = {{options.stream, parts.clock, &monitor}, parts.tokens, &hub, &sessions};
    wired.keys = signing_keys.get();
    wired.pool = &pool;
    wired.admin = &admin;
    return wired;
  }

  void Tick(absl::Time now) {
    monitor.Tick(now);
    hub.Tick(now);
  }

  void ReloadKeys(absl::Time now) {
    if (const absl::Status reloaded = signing_keys->Reload(now); !reloaded.ok()) {
      spdlog::error("rooms go on with the signing keys that they have: {}", reloaded.ToString());
    }
    published_keys.Set(signing_keys->Verifying(now));
  }

  const RoomsModuleOptions options;
  const RoomsModuleParts parts;
  const std::unique_ptr<service::SigningKeys> signing_keys;
  const std::unique_ptr<RoomStore> store;
  service::KeySet published_keys;
  const TicketOffice tickets;
  live::InProcessDirectory directory;
  RoomsMetrics metrics;
  service::BlockingPool pool;
  service::HeartbeatMonitor monitor;
  RoomsHub hub;
  RoomAdmin admin;
  MemberSessions sessions;
  RoomsService service;
  const std::unique_ptr<service::Revocations::Observation> revoked;
  service::Ticker ticker;
  service::Ticker key_reload;
};

absl::StatusOr<std::unique_ptr<RoomsModule>> RoomsModule::Open(const RoomsModuleOptions& options,
                                                               const RoomsModuleParts& parts) {
  PARLOR_RETURN_IF_ERROR(EnsurePrivateDirectory(options.data));
  PARLOR_RETURN_IF_ERROR(EnsurePrivateDirectory(options.data / "keys"));
  PARLOR_ASSIGN_OR_RETURN(auto keys, service::SigningKeys::Open(options.data / "keys" / "rooms",
                                                                options.key_ring, parts.clock->Now()));
  PARLOR_ASSIGN_OR_RETURN(auto store, OpenStore(options));
  return std::unique_ptr<RoomsModule>(
      new RoomsModule(std::make_unique<Wiring>(options, parts, std::move(keys), std::move(store))));
}

RoomsModule::RoomsModule(std::unique_ptr<Wiring> wiring) : wiring_(std::move(wiring)) {}

RoomsModule::~RoomsModule() {
  // What still waits in the pool refers to everything else.
  wiring_->pool.Shutdown();
}

service::ServedService RoomsModule::service() {
  return {&wiring_->service, v1::Rooms::service_full_name()};
}

const service::KeySet* RoomsModule::keys() const { return &wiring_->published_keys; }

void RoomsModule::AddReadiness(service::Readiness& readiness) {
  readiness.Add("rooms store", [this] {
    const absl::Status found = wiring_->store->Find("").status();
    return absl::IsNotFound(found) ? absl::OkStatus() : found;
  });
}

void RoomsModule::SayGoodbye() {
  wiring_->sessions.Close();
  wiring_->hub.SayGoodbye();
  // Those that were still being let in.
  for (const auto& session : wiring_->sessions.All()) {
    session->End(absl::UnavailableError("the server goes down: come back, with jitter"));
  }
}

}  // namespace parlor::rooms
