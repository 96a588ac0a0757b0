#include "client/cli/client_process.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto/certificate.h"
#include "base/net/join_link.h"
#include "base/status.h"
#include "client/home/account_file.h"
#include "client/home/libsecret_keyring.h"
#include "client/home/sealing_key.h"
#include "client/link/udp/peer_network.h"
#include "client/metrics/client_metrics.h"
#include "client/metrics/timed_store.h"
#include "client/rpc/grpc_channel.h"
#include "client/store/sealer.h"
#include "client/store/store.h"

namespace parlor::client {
namespace {

// Whose history it is: of one account of one server.
constexpr char kHistoryOwner[] = "account";

absl::Status CheckHistoryOwner(Store& store, const Account& account, const std::string& server_id) {
  const std::string owner = absl::StrCat(account.user, "@", server_id);
  PARLOR_ASSIGN_OR_RETURN(const std::optional<std::string> known, store.Setting(kHistoryOwner));
  if (!known.has_value()) return store.PutSetting(kHistoryOwner, owner);
  if (*known == owner) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the history here belongs to another account, ", known->substr(0, known->find('@')),
                   " (or to that name on another server): use another --home for @", account.user));
}

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const Home& home, const Account& account,
                                                 const std::string& server_id) {
  const std::unique_ptr<Keyring> keyring = FindKeyring(ProcessEnvironment);
  PARLOR_ASSIGN_OR_RETURN(std::string key, LoadSealingKey(home, keyring.get()));
  PARLOR_ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                          Store::Open(home.history_file(), Sealer(std::move(key))));
  PARLOR_RETURN_IF_ERROR(CheckHistoryOwner(*store, account, server_id));
  return store;
}

}  // namespace

// What the core stands on; made before it, destroyed after it.
struct ClientProcess::World {
  World(AsioLoop& loop, Account loaded, const CoreOptions& wanted, const Certificate& root,
        const HostPort& server, std::unique_ptr<Store> opened, std::unique_ptr<ClientMetrics> measured)
      : account(std::move(loaded)),
        options(wanted),
        trust(root),
        clock(loop, account.clock_offset),
        metrics(std::move(measured)),
        store(MakeStore(loop, std::move(opened))),
        services(MakeGrpcChannel(loop, {server, account.root_pem, trust.server_id()})),
        network(MakePeerNetwork(loop, [this](const std::vector<std::string>& chain) {
          return trust.Judge(chain, clock.Now());
        })) {}

  std::unique_ptr<StoreWorker> MakeStore(AsioLoop& loop, std::unique_ptr<Store> opened) {
    std::unique_ptr<StoreWorker> thread = MakeStoreThread(std::move(opened), loop);
    if (metrics == nullptr) return thread;
    return MakeTimedStore(std::move(thread), loop, [this](absl::Duration took, const absl::Status& status) {
      metrics->ObserveStored(took, status);
    });
  }

  Account account;
  CoreOptions options;
  Trust trust;
  ServerClock clock;
  const std::unique_ptr<ClientMetrics> metrics;  // null: nobody asked for them
  std::unique_ptr<StoreWorker> store;
  std::unique_ptr<RpcChannel> services;
  const std::unique_ptr<Network> network;
};

absl::StatusOr<std::unique_ptr<ClientProcess>> ClientProcess::Open(AsioLoop& loop, const Home& home,
                                                                   OwnerLock lock, const CoreOptions& options,
                                                                   const std::string& metrics_file) {
  PARLOR_ASSIGN_OR_RETURN(Account account, LoadAccount(home));
  PARLOR_ASSIGN_OR_RETURN(const JoinLink link, ParseJoinLink(account.server));
  PARLOR_ASSIGN_OR_RETURN(const Certificate root, Certificate::FromPem(account.root_pem));
  PARLOR_ASSIGN_OR_RETURN(const PublicKey root_key, root.public_key());
  PARLOR_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, OpenStore(home, account, ServerIdOf(root_key)));
  std::unique_ptr<ClientMetrics> metrics;
  // Two clients of one machine have different files, so the file's name tells them apart.
  if (!metrics_file.empty()) {
    metrics = std::make_unique<ClientMetrics>(std::filesystem::path(metrics_file).stem().string());
  }
  auto world = std::make_unique<World>(loop, std::move(account), options, root, link.server, std::move(store),
                                       std::move(metrics));
  std::unique_ptr<ClientProcess> process(new ClientProcess(loop, home, std::move(lock), std::move(world)));
  if (!metrics_file.empty()) PARLOR_RETURN_IF_ERROR(process->WriteMetrics(metrics_file));
  return process;
}

ClientProcess::ClientProcess(AsioLoop& loop, const Home& home, OwnerLock lock, std::unique_ptr<World> world)
    : loop_(loop),
      home_(home),
      lock_(std::move(lock)),
      world_(std::move(world)),
      hub_([this](Command command) { core_->Execute(std::move(command)); }),
      connections_(hub_) {
  core_ = std::make_unique<Core>(
      CoreParts{
          .loop = &loop_,
          .network = world_->network.get(),
          .services = world_->services.get(),
          .store = world_->store.get(),
          .trust = &world_->trust,
          .clock = &world_->clock,
          .save_account = [home](const Account& account) { return SaveAccount(home, account); },
          .remove_account = [home] { return RemoveAccount(home); },
          .emit = [this](const Event& event) { OnEvent(event); },
          .on_round_trip =
              [metrics = world_->metrics.get()](absl::Duration took) {
                if (metrics != nullptr) metrics->ObserveRoundTrip(took);
              },
      },
      world_->account, world_->options);
}

// Other processes see the end of their connections first, then the home is free.
ClientProcess::~ClientProcess() = default;

absl::Status ClientProcess::WriteMetrics(const std::string& path) {
  PARLOR_ASSIGN_OR_RETURN(
      metrics_file_,
      MetricsFile::Create(path, [loop = &loop_, weak = std::weak_ptr(alive_)](const absl::Status& why) {
        loop->Post([weak, why] {
          const auto alive = weak.lock();
          if (alive) (*alive)->OnEvent(WarningEvent{"metrics", std::string(why.message())});
        });
      }));
  reporter_ = std::make_unique<Reporter>(
      loop_, *world_->metrics, [this] { return core_->figures(); },
      [this](std::string text) { metrics_file_->Write(std::move(text)); });
  return absl::OkStatus();
}

void ClientProcess::OnEvent(const Event& event) {
  if (world_->metrics != nullptr) world_->metrics->OnEvent(event);
  hub_.OnEvent(event);
}

absl::Status ClientProcess::Start() {
  PARLOR_RETURN_IF_ERROR(core_->Start());
  PARLOR_ASSIGN_OR_RETURN(server_, OwnerServer::Listen(loop_.context(), home_, lock_,
                                                       [this](std::unique_ptr<LineConnection> line) {
                                                         connections_.Add(std::move(line));
                                                       }));
  return absl::OkStatus();
}

}  // namespace parlor::client
