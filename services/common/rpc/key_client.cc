#include "services/common/rpc/key_client.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/crypto/certificate.h"
#include "base/rpc/status.h"
#include "base/status.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "parlor/auth/v1/auth.grpc.pb.h"
#include "parlor/rooms/v1/rooms.grpc.pb.h"
#include "spdlog/spdlog.h"

namespace parlor::service {
namespace {

constexpr absl::Duration kShortestInterval = absl::Seconds(1);
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kLongestReconnectBackoffMs = 5'000;

// Of either service's GetKeysResponse.keys.
template <typename Keys>
absl::StatusOr<VerificationKeys> ReadKeys(const Keys& keys) {
  VerificationKeys result;
  for (const auto& key : keys) {
    PARLOR_ASSIGN_OR_RETURN(PublicKey read, PublicKey::FromSpki(key.spki_der()));
    result.emplace(key.kid(), std::move(read));
  }
  if (result.empty()) return absl::UnavailableError("the other service has no keys yet");
  return result;
}

}  // namespace

std::shared_ptr<grpc::Channel> MakeServiceChannel(const KeyClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectBackoffMs);
  if (options.root_pem.empty()) {
    return grpc::CreateCustomChannel(options.target, grpc::InsecureChannelCredentials(), arguments);
  }
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = options.root_pem;
  arguments.SetSslTargetNameOverride(ServiceDnsName(options.server_id));
  return grpc::CreateCustomChannel(options.target, grpc::SslCredentials(tls), arguments);
}

std::unique_ptr<KeyClient> KeyClient::ForAuth(const KeyClientOptions& options, const Clock* clock,
                                              KeySet* keys, Revocations* revocations) {
  std::shared_ptr<grpc::Channel> channel = MakeServiceChannel(options);
  std::shared_ptr<auth::v1::Auth::Stub> stub = auth::v1::Auth::NewStub(channel);
  Fetch fetch = [stub, clock, keys, revocations](grpc::ClientContext& context) -> absl::Status {
    auth::v1::GetKeysResponse response;
    PARLOR_RETURN_IF_ERROR(FromGrpc(stub->GetKeys(&context, auth::v1::GetKeysRequest(), &response)));
    PARLOR_ASSIGN_OR_RETURN(VerificationKeys fresh, ReadKeys(response.keys()));
    keys->Set(std::move(fresh));
    return revocations->Update(response.revocations(), clock->Now());
  };
  return std::unique_ptr<KeyClient>(new KeyClient(options, std::move(fetch)));
}

std::unique_ptr<KeyClient> KeyClient::ForRooms(const KeyClientOptions& options, KeySet* keys) {
  std::shared_ptr<grpc::Channel> channel = MakeServiceChannel(options);
  std::shared_ptr<rooms::v1::Rooms::Stub> stub = rooms::v1::Rooms::NewStub(channel);
  Fetch fetch = [stub, keys](grpc::ClientContext& context) -> absl::Status {
    rooms::v1::GetKeysResponse response;
    PARLOR_RETURN_IF_ERROR(FromGrpc(stub->GetKeys(&context, rooms::v1::GetKeysRequest(), &response)));
    PARLOR_ASSIGN_OR_RETURN(VerificationKeys fresh, ReadKeys(response.keys()));
    keys->Set(std::move(fresh));
    return absl::OkStatus();
  };
  return std::unique_ptr<KeyClient>(new KeyClient(options, std::move(fetch)));
}

KeyClient::KeyClient(const KeyClientOptions& options, Fetch fetch)
    : options_(options),
      fetch_(std::move(fetch)),
      ready_(absl::UnavailableError(absl::StrCat("no keys from ", options.target, " yet"))),
      thread_([this] { Run(); }) {}

KeyClient::~KeyClient() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (asking_ != nullptr) asking_->TryCancel();
  }
  thread_.join();
}

absl::Status KeyClient::ready() const {
  absl::MutexLock lock(&mutex_);
  return ready_;
}

void KeyClient::FetchSoon() {
  absl::MutexLock lock(&mutex_);
  soon_ = true;
}

void KeyClient::Run() {
  bool answered = true;  // the first failure is worth a line
  do {
    const absl::Status status = Ask();
    if (status.ok() != answered && !stopping()) {
      if (status.ok()) {
        spdlog::info("keys of {} are fresh again", options_.target);
      } else {
        spdlog::warn("cannot fetch the keys of {}: {}", options_.target, status.ToString());
      }
    }
    answered = status.ok();
  } while (WaitForTurn());
}

absl::Status KeyClient::Ask() {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(options_.timeout));
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return absl::CancelledError("stopping");
    asking_ = &context;
    soon_ = false;
  }
  const absl::Status status = fetch_(context);
  if (status.ok() && options_.on_fetched) options_.on_fetched();
  absl::MutexLock lock(&mutex_);
  asking_ = nullptr;
  if (status.ok()) {
    ready_ = absl::OkStatus();
  } else if (!ready_.ok()) {
    ready_ = status;
  }
  return status;
}

bool KeyClient::WaitForTurn() {
  absl::MutexLock lock(&mutex_);
  if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), std::min(kShortestInterval, options_.interval))) {
    return false;
  }
  const absl::Duration rest = ready_.ok() ? options_.interval - kShortestInterval : absl::ZeroDuration();
  mutex_.AwaitWithTimeout(absl::Condition(this, &KeyClient::ShouldAsk), rest);
  return !stopping_;
}

bool KeyClient::stopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

}  // namespace parlor::service
