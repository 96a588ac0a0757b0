#include "services/auth/auth_module.h"

#include <utility>

#include "base/status.h"
#include "services/auth/auth.h"
#include "services/auth/auth_metrics.h"
#include "services/auth/auth_service.h"
#include "services/auth/credentials.h"
#include "services/auth/maintenance.h"
#include "services/auth/revocation_publisher.h"
#include "services/auth/store/open_store.h"
#include "services/common/blocking_pool.h"
#include "services/common/signing_keys.h"

namespace parlor::auth {
namespace {

constexpr char kPasswordPool[] = "auth-password";
constexpr char kOtherPool[] = "auth-store";
// Waiting for a store takes a fraction of the time of a hash: as many threads again keep every core hashing.
constexpr int kPasswordThreadsPerHash = 2;
// One connection serves SQLite; a few threads more overlap signing and waiting.
constexpr int kSqliteThreads = 4;
constexpr size_t kWaitingCalls = 512;  // 0.3 ms each: a sixth of a second

std::shared_ptr<service::BlockingPool> MakePool(const std::string& name, int threads, size_t queue,
                                                service::PoolMetrics* metrics) {
  service::BlockingPoolOptions options = {.name = name, .threads = threads, .queue = queue, .on_start = {}};
  if (metrics != nullptr) options.on_start = metrics->WaitObserver(name);
  auto pool = std::make_shared<service::BlockingPool>(std::move(options));
  if (metrics != nullptr) metrics->Watch(pool);
  return pool;
}

}  // namespace

// Members in the order in which they need each other; they end in the opposite order.
struct AuthModule::State {
  State(const AuthOptions& options, prometheus::Registry* registry)
      : metrics(*registry),
        rpc_metrics(*registry, v1::Auth::service_full_name()),
        gate(options.hash_gate),
        throttle(options.throttle),
        revocations(options.server_id, &keys),
        tokens(&keys, &revocations, {.issuer = options.server_id, .on_unknown_key = {}}) {}

  absl::Status Open(const AuthOptions& options, const Clock* clock, service::SqlObserver* database);
  void Start(const AuthOptions& options, const Clock* clock, service::PoolMetrics* pools);
  void Stop();

  AuthMetrics metrics;
  const service::RpcMetrics rpc_metrics;
  HashGate gate;
  LoginThrottle throttle;
  service::KeySet keys;
  service::Revocations revocations;
  service::TokenVerifier tokens;
  std::unique_ptr<AccountStore> store;
  std::unique_ptr<service::SigningKeys> signing_keys;
  std::optional<PasswordHasher> hasher;
  std::unique_ptr<RevocationPublisher> publisher;
  std::unique_ptr<Credentials> credentials;
  std::unique_ptr<Auth> auth;
  std::shared_ptr<service::BlockingPool> password_calls;
  std::shared_ptr<service::BlockingPool> other_calls;
  std::unique_ptr<AuthService> adapter;
  std::unique_ptr<Maintenance> maintenance;
};

absl::Status AuthModule::State::Open(const AuthOptions& options, const Clock* clock,
                                     service::SqlObserver* database) {
  const absl::Time now = clock->Now();
  PARLOR_ASSIGN_OR_RETURN(
      store, OpenAccountStore(service::SqlAt(options.database, options.database_connections, database)));
  PARLOR_ASSIGN_OR_RETURN(signing_keys,
                          service::SigningKeys::Open(options.keys_directory, options.keys, now));
  keys.Set(signing_keys->Verifying(now));
  PARLOR_ASSIGN_OR_RETURN(hasher, PasswordHasher::Create(options.argon2, &gate, [this](absl::Duration took) {
                            metrics.ObserveHash(took);
                          }));
  publisher = std::make_unique<RevocationPublisher>(options.server_id, store.get(), signing_keys.get(),
                                                    &revocations, &metrics);
  return publisher->Publish(now);
}

void AuthModule::State::Start(const AuthOptions& options, const Clock* clock, service::PoolMetrics* pools) {
  credentials = std::make_unique<Credentials>(options.server_id, *options.people, signing_keys.get());
  auth = std::make_unique<Auth>(AuthParts{.store = store.get(),
                                          .hasher = &*hasher,
                                          .throttle = &throttle,
                                          .credentials = credentials.get(),
                                          .revocations = publisher.get(),
                                          .metrics = &metrics});
  password_calls = MakePool(kPasswordPool, kPasswordThreadsPerHash * static_cast<int>(gate.limit()),
                            options.waiting_logins, pools);
  other_calls = MakePool(
      kOtherPool, service::postgres::IsUri(options.database) ? options.database_connections : kSqliteThreads,
      kWaitingCalls, pools);
  adapter = std::make_unique<AuthService>(AuthServiceParts{
      .auth = auth.get(),
      .tools = {.clock = clock, .tokens = &tokens, .proxies = options.proxies, .metrics = &rpc_metrics},
      .password_calls = password_calls.get(),
      .other_calls = other_calls.get(),
      .keys = &keys,
      .revocations = &revocations});
  maintenance = std::make_unique<Maintenance>(MaintenanceParts{.clock = clock,
                                                               .store = store.get(),
                                                               .signing_keys = signing_keys.get(),
                                                               .keys = &keys,
                                                               .revocations = publisher.get()},
                                              options.maintenance);
}

void AuthModule::State::Stop() {
  maintenance.reset();
  if (password_calls != nullptr) password_calls->Shutdown();
  if (other_calls != nullptr) other_calls->Shutdown();
}

absl::StatusOr<std::unique_ptr<AuthModule>> AuthModule::Create(const AuthOptions& options, const Clock* clock,
                                                               prometheus::Registry* registry,
                                                               service::PoolMetrics* pools,
                                                               service::SqlObserver* database) {
  PARLOR_RETURN_IF_ERROR(Validate(options));
  auto state = std::make_unique<State>(options, registry);
  PARLOR_RETURN_IF_ERROR(state->Open(options, clock, database));
  state->Start(options, clock, pools);
  return std::unique_ptr<AuthModule>(new AuthModule(std::move(state)));
}

AuthModule::AuthModule(std::unique_ptr<State> state) : state_(std::move(state)) {}
AuthModule::~AuthModule() {
  Stop();
}

service::ServedService AuthModule::service() {
  return {state_->adapter.get(), v1::Auth::service_full_name()};
}
const service::KeySet& AuthModule::keys() const {
  return state_->keys;
}
service::Revocations& AuthModule::revocations() {
  return state_->revocations;
}
const service::TokenVerifier& AuthModule::tokens() const {
  return state_->tokens;
}
absl::Status AuthModule::CheckReady() {
  return state_->store->Ping();
}
void AuthModule::Stop() {
  state_->Stop();
}

}  // namespace parlor::auth
