#include "client/core/session.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto/certificate.h"
#include "base/status.h"
#include "client/core/backoff.h"
#include "parlor/auth/v1/auth.pb.h"
#include "parlor/rooms/v1/rooms.pb.h"

namespace parlor::client {
namespace {

constexpr char kRefresh[] = "/parlor.auth.v1.Auth/Refresh";
constexpr char kIssueCertificate[] = "/parlor.auth.v1.Auth/IssueCertificate";
constexpr char kAuthKeys[] = "/parlor.auth.v1.Auth/GetKeys";
constexpr char kRoomKeys[] = "/parlor.rooms.v1.Rooms/GetKeys";

// Well before the services warn of a token (60 s before its end): by a clock that is a moment behind theirs,
// what they warn of would still pass, be sent to them once more, and its streams would end with it.
constexpr absl::Duration kTokenMargin = absl::Minutes(2);
constexpr absl::Duration kUpkeepEvery = absl::Minutes(1);
// A new signing key is published for 5 minutes before it signs. Not more often: those who lost one server in
// the same moment come back together.
constexpr absl::Duration kKeysGood = absl::Minutes(3);
constexpr absl::Duration kRoomKeysRetry = absl::Seconds(2);
// Certificates last 24 h: two thirds of a day leave 8 h to get through to the server.
constexpr absl::Duration kCertificateMargin = absl::Hours(8);
// A crash may forget that the server was alive for this long.
constexpr absl::Duration kSaveLiveEvery = absl::Minutes(5);

template <typename Keys>
std::vector<StoredKey> ToStored(const Keys& keys) {
  std::vector<StoredKey> stored;
  for (const auto& key : keys) stored.push_back({key.kid(), key.spki_der()});
  return stored;
}

// Those that do not parse are left out: they would verify nothing.
VerificationKeys ToVerificationKeys(const std::vector<StoredKey>& stored) {
  VerificationKeys keys;
  for (const StoredKey& entry : stored) {
    absl::StatusOr<PublicKey> key = PublicKey::FromSpki(entry.spki);
    if (key.ok()) keys.emplace(entry.kid, *std::move(key));
  }
  return keys;
}

}  // namespace

Session::Session(Loop& loop, RpcChannel& channel, ServerClock& clock, Trust& trust, Account account,
                 Handlers handlers)
    : loop_(loop),
      channel_(channel),
      clock_(clock),
      trust_(trust),
      account_(std::move(account)),
      handlers_(std::move(handlers)) {
  trust_.SetAuthKeys(ToVerificationKeys(account_.trust.auth_keys));
  trust_.SetRoomKeys(ToVerificationKeys(account_.trust.rooms_keys));
  if (account_.trust.live_at > absl::UnixEpoch()) trust_.clock().Restore(account_.trust.live_at);
  // An old list is better than none; one that does not verify any more is replaced by the first live one.
  if (!account_.trust.revocations.empty())
    (void)trust_.SetRevocations(account_.trust.revocations, clock_.Now());
}

absl::Status Session::Save() {
  account_.clock_offset = clock_.offset();
  const absl::Time live_at = trust_.clock().last_strict();
  if (live_at != absl::InfinitePast()) account_.trust.live_at = live_at;
  absl::Status saved = handlers_.save(account_);
  if (!saved.ok()) handlers_.on_trouble(saved);
  return saved;
}

absl::StatusOr<LinkIdentity> Session::identity() const {
  PARLOR_ASSIGN_OR_RETURN(PrivateKey key, PrivateKey::FromPem(account_.device_key_pem));
  return LinkIdentity{std::move(key), account_.chain_der};
}

void Session::SetPort(uint16_t port) {
  if (account_.port == port) return;
  account_.port = port;
  (void)Save();  // told by Save; another port works as well next time
}

// ---- access tokens

void Session::Token(TokenCallback done) {
  waiting_.push_back(std::move(done));
  if (refresh_ != nullptr) return;
  if (clock_.Now() < account_.access_expires - kTokenMargin) {
    loop_.Post([weak = std::weak_ptr(alive_)] {
      if (const auto alive = weak.lock()) (*alive)->Answer((*alive)->account_.access_token);
    });
    return;
  }
  Refresh();
}

void Session::Answer(const absl::StatusOr<std::string>& token) {
  for (const TokenCallback& done : std::exchange(waiting_, {})) done(token);
}

void Session::Refresh() {
  auth::v1::RefreshRequest request;
  request.set_refresh_token(account_.refresh_token);
  const absl::Duration sent = loop_.Uptime();
  refresh_ = Call<auth::v1::RefreshResponse>(
      channel_, kRefresh, request, {}, [this, sent](absl::StatusOr<auth::v1::RefreshResponse> response) {
        refresh_.reset();
        if (!response.ok()) {
          Answer(response.status());
          if (absl::IsUnauthenticated(response.status())) handlers_.on_logged_out(response.status());
          return;
        }
        clock_.Heard(absl::FromUnixMillis(response->server_time_ms()), loop_.Uptime() - sent);
        account_.access_token = response->tokens().access_token();
        account_.access_expires = absl::FromUnixMillis(response->tokens().access_expires_ms());
        std::string old = std::exchange(account_.refresh_token, response->tokens().refresh_token());
        // Not on disk, the new one must never be exchanged: the next start would come with the old one and be
        // taken for a thief. The old one may be exchanged again, and the access token harms nobody.
        if (!Save().ok()) account_.refresh_token = std::move(old);  // told by Save
        Answer(account_.access_token);
      });
}

// ---- certificate and keys

void Session::Upkeep() {
  upkeep_ = loop_.After(Jittered(kUpkeepEvery), [this] {
    loop_.Post([weak = std::weak_ptr(alive_)] {
      if (const auto alive = weak.lock()) (*alive)->Upkeep();
    });
  });
  if (clock_.Now() > account_.certificate_expires - kCertificateMargin) RenewCertificate();
  if (loop_.Uptime() >= std::min(auth_keys_good_until_, room_keys_good_until_)) FetchKeys();
}

void Session::RenewCertificate() {
  if (certificate_ != nullptr) return;
  const absl::StatusOr<LinkIdentity> now = identity();
  if (!now.ok()) return handlers_.on_trouble(now.status());
  auth::v1::IssueCertificateRequest request;
  request.set_certificate_request(MakeCertificateRequest(now->key));
  Token([this, request, weak = std::weak_ptr(alive_)](const absl::StatusOr<std::string>& token) {
    if (!weak.lock() || !token.ok()) return;  // tried again by the next Upkeep
    certificate_ = Call<auth::v1::IssueCertificateResponse>(
        channel_, kIssueCertificate, request, *token,
        [this](absl::StatusOr<auth::v1::IssueCertificateResponse> response) {
          certificate_.reset();
          if (!response.ok()) return handlers_.on_trouble(response.status());
          const auth::v1::Certificate& certificate = response->certificate();
          account_.chain_der.assign(certificate.chain_der().begin(), certificate.chain_der().end());
          account_.certificate_expires = absl::FromUnixMillis(certificate.not_after_ms());
          (void)Save();  // told by Save; the next start asks for another one
          const absl::StatusOr<LinkIdentity> renewed = identity();
          if (renewed.ok()) handlers_.on_identity(*renewed);
        });
  });
}

void Session::FetchKeys() {
  if (auth_keys_ == nullptr) {
    auth_keys_ = Call<auth::v1::GetKeysResponse>(
        channel_, kAuthKeys, auth::v1::GetKeysRequest(), {},
        [this](const absl::StatusOr<auth::v1::GetKeysResponse>& response) { OnAuthKeys(response); });
  }
  if (room_keys_ == nullptr) {
    room_keys_ = Call<rooms::v1::GetKeysResponse>(
        channel_, kRoomKeys, rooms::v1::GetKeysRequest(), {},
        [this](const absl::StatusOr<rooms::v1::GetKeysResponse>& response) { OnRoomKeys(response); });
  }
}

void Session::OnAuthKeys(const absl::StatusOr<auth::v1::GetKeysResponse>& response) {
  auth_keys_.reset();
  if (!response.ok()) return;  // the services are away; what is known stays
  auth_keys_good_until_ = loop_.Uptime() + kKeysGood;
  account_.trust.auth_keys = ToStored(response->keys());
  trust_.SetAuthKeys(ToVerificationKeys(account_.trust.auth_keys));
  OnRevocations(response->revocations());
}

void Session::OnRoomKeys(const absl::StatusOr<rooms::v1::GetKeysResponse>& response) {
  room_keys_.reset();
  if (!response.ok()) return RetryRoomKeys();
  room_keys_good_until_ = loop_.Uptime() + kKeysGood;
  account_.trust.rooms_keys = ToStored(response->keys());
  trust_.SetRoomKeys(ToVerificationKeys(account_.trust.rooms_keys));
  (void)Save();  // told by Save; fetched again at the next start
}

void Session::RetryRoomKeys() {
  if (trust_.has_room_keys()) return;
  room_keys_retry_ = loop_.After(Jittered(kRoomKeysRetry), [this] {
    loop_.Post([weak = std::weak_ptr(alive_)] {
      if (const auto alive = weak.lock()) (*alive)->FetchKeys();
    });
  });
}

void Session::OnRevocations(const std::string& revocations) {
  if (revocations.empty() || revocations == account_.trust.revocations) return;
  const absl::Status taken = trust_.SetRevocations(revocations, clock_.Now());
  if (absl::IsNotFound(taken))
    return FetchKeys();     // signed with a newer key; the answer brings the list again
  if (!taken.ok()) return;  // an older list, or not auth's: the one we have stays
  account_.trust.revocations = revocations;
  (void)Save();  // told by Save
}

void Session::OnHeard() {
  trust_.clock().Heard(clock_.Now());
  const absl::Time live_at = trust_.clock().last_strict();
  if (live_at - saved_live_ < kSaveLiveEvery) return;
  saved_live_ = live_at;
  (void)Save();  // told by Save
}

}  // namespace parlor::client
