#include "services/rooms/rooms_module.h"

#include <atomic>
#include <optional>
#include <utility>

#include "base/status.h"
#include "services/common/blocking_pool.h"
#include "services/common/signing_keys.h"
#include "services/common/stream/heartbeat_monitor.h"
#include "services/common/stream/ticker.h"
#include "services/rooms/room_admin.h"
#include "services/rooms/room_catalogue.h"
#include "services/rooms/rooms_hub.h"
#include "services/rooms/rooms_metrics.h"
#include "services/rooms/rooms_service.h"
#include "services/rooms/store/open_store.h"
#include "spdlog/spdlog.h"

namespace parlor::rooms {
namespace {

service::BlockingPoolOptions PoolOptions(const RoomsOptions& options, service::PoolMetrics* metrics) {
  service::BlockingPoolOptions pool;
  pool.name = "rooms";
  pool.threads = options.threads;
  pool.queue = options.queue;
  if (metrics != nullptr) pool.on_start = metrics->WaitObserver(pool.name);
  return pool;
}

}  // namespace

// In the order in which one needs the other; taken down in the reverse.
struct RoomsModule::Wiring {
  Wiring(const RoomsOptions& chosen, const RoomsNeeds& shared, std::unique_ptr<service::SigningKeys> signing,
         std::unique_ptr<RoomStore> rooms, std::shared_ptr<live::Directory> members)
      : options(chosen),
        needs(shared),
        signing_keys(std::move(signing)),
        store(std::move(rooms)),
        catalogue(store.get()),
        tickets(signing_keys.get(), needs.server_id, options.tickets),
        directory(std::move(members)),
        metrics(*needs.registry),
        rpc_metrics(*needs.registry, v1::Rooms::service_full_name()),
        pool(std::make_shared<service::BlockingPool>(PoolOptions(options, needs.pools))),
        hub(rooms_parts(), {options.limits, options.stream.heartbeat, options.goodbye_spread}),
        admin(rooms_parts(), options.limits, options.password_cost, &hub),
        sessions(options.sessions),
        service(service_parts()),
        revoked(needs.revocations->Observe([this] { hub.EndRevoked(); })) {
    published_keys.Set(signing_keys->Verifying(needs.clock->Now()));
    metrics.SetSessionsLimit(options.sessions.total);
    if (needs.pools != nullptr) needs.pools->Watch(pool);
  }
  // What waits in the pool may wait for the directory, which the ticker makes answer; and what the
  // directory's last words tell needs everything.
  ~Wiring() {
    pool->Shutdown();
    list_refresh.reset();
    key_reload.reset();
    ticker.reset();
    directory->Stop();
  }

  absl::Status Start() {
    PARLOR_RETURN_IF_ERROR(catalogue.Refresh());
    PARLOR_RETURN_IF_ERROR(directory->Start());
    ticker.emplace(*needs.clock, options.tick, [this](absl::Time now) { Tick(now); });
    key_reload.emplace(*needs.clock, options.key_reload, [this](absl::Time now) { ReloadKeys(now); });
    list_refresh.emplace(*needs.clock, options.list_refresh, [this](absl::Time) { RefreshList(); });
    return absl::OkStatus();
  }

  RoomsParts rooms_parts() {
    return {store.get(),       &catalogue, directory.get(), &tickets,
            needs.revocations, pool.get(), needs.clock,     &metrics};
  }

  RoomsServiceParts service_parts() {
    RoomsServiceParts wired;
    wired.call = {needs.clock, needs.tokens, needs.proxies, &rpc_metrics};
    wired.session = {{options.stream, needs.clock, &monitor}, needs.tokens, &hub, &sessions};
    wired.keys = signing_keys.get();
    wired.pool = pool.get();
    wired.admin = &admin;
    return wired;
  }

  void Tick(absl::Time now) {
    monitor.Tick(now);
    hub.Tick(now);
    metrics.SetSessions(sessions.size());
  }

  void ReloadKeys(absl::Time now) {
    if (const absl::Status reloaded = signing_keys->Reload(now); !reloaded.ok()) {
      spdlog::error("rooms go on with the signing keys that they have: {}", reloaded.ToString());
    }
    published_keys.Set(signing_keys->Verifying(now));
  }

  // One at a time: a database that does not answer shall not fill the pool.
  void RefreshList() {
    if (refreshing.exchange(true)) return;
    const bool taken = pool->TrySubmit([this] {
      catalogue.RefreshOrLog();
      refreshing = false;
    });
    if (!taken) refreshing = false;
  }

  const RoomsOptions options;
  const RoomsNeeds needs;
  const std::unique_ptr<service::SigningKeys> signing_keys;
  const std::unique_ptr<RoomStore> store;
  RoomCatalogue catalogue;
  std::atomic<bool> refreshing{false};
  service::KeySet published_keys;
  const TicketOffice tickets;
  const std::shared_ptr<live::Directory> directory;
  RoomsMetrics metrics;
  const service::RpcMetrics rpc_metrics;
  const std::shared_ptr<service::BlockingPool> pool;
  service::HeartbeatMonitor monitor;
  RoomsHub hub;
  RoomAdmin admin;
  MemberSessions sessions;
  RoomsService service;
  const std::unique_ptr<service::Revocations::Observation> revoked;
  // Once everything else is there, and until it goes.
  std::optional<service::Ticker> ticker;
  std::optional<service::Ticker> key_reload;
  std::optional<service::Ticker> list_refresh;
};

absl::StatusOr<std::unique_ptr<RoomsModule>> RoomsModule::Open(const RoomsOptions& options,
                                                               const RoomsNeeds& needs) {
  PARLOR_RETURN_IF_ERROR(Validate(options));
  PARLOR_ASSIGN_OR_RETURN(
      auto keys, service::SigningKeys::Open(options.keys_directory, options.key_ring, needs.clock->Now()));
  PARLOR_ASSIGN_OR_RETURN(auto store,
                          OpenRoomStore(service::SqlAt(options.database, options.threads, needs.database)));
  const live::LiveOptions live{
      .database = options.database, .name = "rooms", .directory = options.directory, .observer = needs.live};
  PARLOR_ASSIGN_OR_RETURN(auto directory, live::OpenDirectory(live, needs.clock));
  auto wiring =
      std::make_unique<Wiring>(options, needs, std::move(keys), std::move(store), std::move(directory));
  PARLOR_RETURN_IF_ERROR(wiring->Start());
  return std::unique_ptr<RoomsModule>(new RoomsModule(std::move(wiring)));
}

RoomsModule::RoomsModule(std::unique_ptr<Wiring> wiring) : wiring_(std::move(wiring)) {}

RoomsModule::~RoomsModule() = default;

service::ServedService RoomsModule::service() {
  return {&wiring_->service, v1::Rooms::service_full_name()};
}

const service::KeySet& RoomsModule::keys() const {
  return wiring_->published_keys;
}

absl::Status RoomsModule::CheckReady() {
  // No room has this name; that the store knows it is answer enough.
  const absl::Status found = wiring_->store->Find("").status();
  return absl::IsNotFound(found) ? absl::OkStatus() : found;
}

void RoomsModule::Drain(absl::Time deadline) {
  wiring_->sessions.Close();
  wiring_->directory->Drain(deadline);
  wiring_->hub.SayGoodbye();
  // Those that were still being let in.
  for (const auto& session : wiring_->sessions.All()) {
    session->End(absl::UnavailableError("the server goes down: come back, with jitter"));
  }
}

}  // namespace parlor::rooms
