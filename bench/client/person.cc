#include "bench/client/person.h"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/crypto/certificate.h"
#include "base/status.h"
#include "client/cli/enrol.h"
#include "client/core/core.h"
#include "client/home/account_file.h"
#include "client/home/home.h"
#include "client/home/sealing_key.h"
#include "client/link/tcp_network.h"
#include "client/rpc/grpc_channel.h"
#include "client/store/store.h"
#include "client/store/store_worker.h"
#include "client/trust/trust.h"

namespace parlor::bench {
namespace {

using client::Event;

constexpr auto kPatience = std::chrono::seconds(30);

// The store's thread posts once for each transaction.
class CountingLoop final : public client::Loop {
 public:
  explicit CountingLoop(client::Loop& loop) : loop_(loop) {}
  absl::Time Now() const override { return loop_.Now(); }
  absl::Duration Uptime() const override { return loop_.Uptime(); }
  void Post(std::function<void()> run) override {
    ++posts_;
    loop_.Post(std::move(run));
  }
  std::unique_ptr<client::Timer> After(absl::Duration delay, std::function<void()> run) override {
    return loop_.After(delay, std::move(run));
  }
  int64_t posts() const { return posts_; }

 private:
  client::Loop& loop_;
  std::atomic<int64_t> posts_ = 0;
};

}  // namespace

struct Person::World {
  World(client::Home at, client::Account loaded, const Certificate& root, const JoinLink& server,
        std::unique_ptr<client::Store> opened)
      : home(std::move(at)),
        account(std::move(loaded)),
        trust(root),
        clock(loop, account.clock_offset),
        store(client::MakeStoreThread(std::move(opened), store_posts)),
        services(client::MakeGrpcChannel(loop, {server.server, account.root_pem, trust.server_id()})),
        network(loop,
                [this](const std::vector<std::string>& chain) { return trust.Judge(chain, clock.Now()); }),
        core({.loop = &loop,
              .network = &network,
              .services = services.get(),
              .store = store.get(),
              .trust = &trust,
              .clock = &clock,
              .save_account = [this](const client::Account& changed) { return SaveAccount(home, changed); },
              .remove_account = [this] { return RemoveAccount(home); },
              .emit = [this](const Event& event) { OnEvent(event); }},
             account) {}

  void OnEvent(const Event& event) {
    if (std::holds_alternative<client::MessageEvent>(event)) ++messages;
    const auto* news = std::get_if<client::ServicesEvent>(&event);
    if (news != nullptr && news->up && !std::exchange(was_online, true)) online.set_value();
    if (const auto* request = std::get_if<client::RequestEvent>(&event)) {
      core.Execute({"accept", {{"user", request->from}}, {}});
    }
    if (listener) listener(event);
  }

  // Runs it on the loop and waits until it is done.
  void OnLoop(const std::function<void()>& run) {
    std::promise<void> done;
    loop.Post([&] {
      run();
      done.set_value();
    });
    done.get_future().wait();
  }

  client::AsioLoop loop;
  CountingLoop store_posts{loop};
  const client::Home home;
  const client::Account account;
  client::Trust trust;
  client::ServerClock clock;
  const std::unique_ptr<client::StoreWorker> store;
  const std::unique_ptr<client::RpcChannel> services;
  client::TcpNetwork network;
  std::promise<void> online;
  bool was_online = false;
  int64_t messages = 0;
  client::EventSink listener;
  client::Core core;
  std::thread thread;
};

absl::StatusOr<std::unique_ptr<Person>> Person::Join(const std::filesystem::path& directory,
                                                     const JoinLink& server, const std::string& name) {
  const client::Credentials credentials{name, "a fine password for a benchmark", {}};
  PARLOR_ASSIGN_OR_RETURN(client::Home home, client::Home::Open(directory));
  PARLOR_RETURN_IF_ERROR(client::Register(server, credentials));
  PARLOR_ASSIGN_OR_RETURN(client::Account account, client::Login(server, credentials, home, {}));
  PARLOR_ASSIGN_OR_RETURN(std::string key, client::LoadSealingKey(home, nullptr));
  PARLOR_ASSIGN_OR_RETURN(std::unique_ptr<client::Store> store,
                          client::Store::Open(home.history_file(), client::Sealer(std::move(key))));
  PARLOR_ASSIGN_OR_RETURN(const Certificate root, Certificate::FromPem(account.root_pem));
  auto world = std::make_unique<World>(std::move(home), std::move(account), root, server, std::move(store));
  PARLOR_RETURN_IF_ERROR(world->core.Start());
  std::unique_ptr<Person> person(new Person(std::move(world)));
  if (person->world_->online.get_future().wait_for(kPatience) != std::future_status::ready) {
    return absl::DeadlineExceededError(absl::StrCat("@", name, " does not come online"));
  }
  return person;
}

Person::Person(std::unique_ptr<World> world) : world_(std::move(world)) {
  world_->thread = std::thread([this] { world_->loop.Run(); });
}

Person::~Person() {
  world_->loop.Stop();
  world_->thread.join();
}

absl::Status Person::Do(client::Command command, std::function<bool(const Event&)> until) {
  // The listener may be called once more after this has given up.
  const auto answer = std::make_shared<std::promise<absl::Status>>();
  Listen([answer, until = std::move(until), answered = false](const Event& event) mutable {
    const auto* error = std::get_if<client::ErrorEvent>(&event);
    if (answered || (error == nullptr && !until(event))) return;
    answered = true;
    answer->set_value(error == nullptr
                          ? absl::OkStatus()
                          : absl::UnavailableError(absl::StrCat(error->command, ": ", error->message)));
  });
  const std::string name = command.name;
  Execute(std::move(command));
  std::future<absl::Status> status = answer->get_future();
  if (status.wait_for(kPatience) != std::future_status::ready) {
    return absl::DeadlineExceededError(absl::StrCat("no answer to ", name));
  }
  return status.get();
}

void Person::Listen(client::EventSink listener) {
  world_->OnLoop([&] { world_->listener = std::move(listener); });
}

void Person::Execute(client::Command command) {
  world_->loop.Post([this, command = std::move(command)] { world_->core.Execute(command); });
}

client::Core& Person::core() {
  return world_->core;
}

client::AsioLoop& Person::loop() {
  return world_->loop;
}

Usage Person::UsageNow() {
  Usage usage;
  std::promise<double> store_seconds;
  world_->OnLoop([&] {
    usage.loop_seconds = ThreadSeconds();
    usage.messages = world_->messages;
  });
  usage.commits = world_->store_posts.posts();
  world_->store->Run(
      [&](client::Store&) {
        store_seconds.set_value(ThreadSeconds());
        return absl::OkStatus();
      },
      [](const absl::Status&) {});
  usage.store_seconds = store_seconds.get_future().get();
  return usage;
}

bool IsDelivered(const Event& event) {
  const auto* delivery = std::get_if<client::DeliveryEvent>(&event);
  return delivery != nullptr && delivery->mark == "delivered";
}

}  // namespace parlor::bench
