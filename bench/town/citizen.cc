#include "bench/town/citizen.h"

#include <utility>

#include "base/crypto/certificate.h"
#include "base/net/join_link.h"
#include "base/status.h"
#include "bench/town/no_links.h"
#include "bench/town/turn_store_worker.h"
#include "client/core/server_clock.h"
#include "client/link/tcp_network.h"
#include "client/link/udp/peer_network.h"
#include "client/rpc/grpc_channel.h"
#include "client/store/sealer.h"
#include "client/store/store.h"
#include "client/store/store_worker.h"
#include "client/trust/trust.h"

namespace parlor::bench {
namespace {

absl::StatusOr<std::unique_ptr<client::Store>> MakeStore(const std::vector<std::string>& friends) {
  PARLOR_ASSIGN_OR_RETURN(
      std::unique_ptr<client::Store> store,
      client::Store::Open(":memory:", client::Sealer(std::string(client::kSealingKeySize, 'k'))));
  for (const std::string& user : friends) {
    client::Contact contact;
    contact.user = user;
    contact.consent = client::Consent::kAccepted;
    PARLOR_RETURN_IF_ERROR(store->PutContact(contact));
  }
  return store;
}

}  // namespace

struct Citizen::World {
  World(client::AsioLoop& loop, const client::Account& account, const Certificate& root,
        const HostPort& server, std::unique_ptr<client::Store> opened, const Citizen::Options& options,
        client::EventSink events)
      : trust(root),
        clock(loop, account.clock_offset),
        store(std::make_unique<TurnStoreWorker>(std::move(opened), loop)),
        services(client::MakeGrpcChannel(loop, {server, account.root_pem, trust.server_id()})),
        network(MakeNetwork(loop, options)),
        core({.loop = &loop,
              .network = network.get(),
              .services = services.get(),
              .store = store.get(),
              .trust = &trust,
              .clock = &clock,
              .save_account = [](const client::Account&) { return absl::OkStatus(); },
              .remove_account = [] { return absl::OkStatus(); },
              .emit = std::move(events)},
             account) {}

  std::unique_ptr<client::Network> MakeNetwork(client::AsioLoop& loop, const Citizen::Options& options) {
    if (!options.links) return std::make_unique<NoLinks>(loop);
    const auto judge = [this](const std::vector<std::string>& chain) {
      return trust.Judge(chain, clock.Now());
    };
    if (options.udp) return client::MakePeerNetwork(loop, judge);
    return std::make_unique<client::TcpNetwork>(loop, judge);
  }

  client::Trust trust;
  client::ServerClock clock;
  const std::unique_ptr<client::StoreWorker> store;
  const std::unique_ptr<client::RpcChannel> services;
  const std::unique_ptr<client::Network> network;
  client::Core core;
};

absl::StatusOr<std::unique_ptr<Citizen>> Citizen::Make(client::AsioLoop& loop, const client::Account& account,
                                                       const Options& options, client::EventSink events) {
  PARLOR_ASSIGN_OR_RETURN(const JoinLink link, ParseJoinLink(account.server));
  PARLOR_ASSIGN_OR_RETURN(const Certificate root, Certificate::FromPem(account.root_pem));
  PARLOR_ASSIGN_OR_RETURN(std::unique_ptr<client::Store> store, MakeStore(options.friends));
  return std::unique_ptr<Citizen>(new Citizen(std::make_unique<World>(
      loop, account, root, link.server, std::move(store), options, std::move(events))));
}

Citizen::Citizen(std::unique_ptr<World> world) : world_(std::move(world)) {}
Citizen::~Citizen() = default;

absl::Status Citizen::Start() {
  return world_->core.Start();
}

void Citizen::Execute(client::Command command) {
  world_->core.Execute(std::move(command));
}

size_t Citizen::undelivered() const {
  return world_->core.figures().outbox;
}

}  // namespace parlor::bench
