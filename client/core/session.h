// This device's standing with the server: tokens and certificate, kept fresh; and the keys and revocations
// that others are judged by. A refresh token is on disk before it is exchanged for the next: a crash in
// between, or a disk that takes nothing, loses no session.
#ifndef PARLOR_CLIENT_CORE_SESSION_H_
#define PARLOR_CLIENT_CORE_SESSION_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/core/server_clock.h"
#include "client/home/account.h"
#include "client/link/network.h"
#include "client/loop/loop.h"
#include "client/rpc/rpc_channel.h"
#include "client/trust/trust.h"
#include "parlor/auth/v1/auth.pb.h"
#include "parlor/rooms/v1/rooms.pb.h"

namespace parlor::client {

// Loop thread only.
class Session {
 public:
  struct Handlers {
    std::function<absl::Status(const Account&)> save;
    std::function<void(const LinkIdentity&)> on_identity;    // a new certificate
    std::function<void(const absl::Status&)> on_logged_out;  // the server ended this device: log in again
    std::function<void(const absl::Status&)> on_trouble;     // something failed that is tried again
  };

  // All outlive this. `account` is logged in.
  Session(Loop& loop, RpcChannel& channel, ServerClock& clock, Trust& trust, Account account,
          Handlers handlers);

  // Calls back later, exactly once: an access token that is good for longer than the minute before its end in
  // which the services ask for a fresh one. UNAUTHENTICATED: log in again.
  void Token(std::function<void(absl::StatusOr<std::string>)> done);

  // A service did not take the access token: the next one is fetched anew.
  void OnTokenRefused() { account_.access_expires = absl::UnixEpoch(); }

  // Renews what is due, and fetches keys; at start, when the services come back, and every few minutes.
  void Upkeep();

  // From presence.
  void OnRevocations(const std::string& revocations);
  // The server's time was heard: the moment that is judged by while it is away.
  void OnHeard();

  const Account& account() const { return account_; }
  absl::StatusOr<LinkIdentity> identity() const;
  void SetPort(uint16_t port);

 private:
  using TokenCallback = std::function<void(absl::StatusOr<std::string>)>;

  void Refresh();
  void OnRefreshed(absl::StatusOr<std::string> bytes);
  void Answer(const absl::StatusOr<std::string>& token);
  void RenewCertificate();
  void FetchKeys();
  void OnAuthKeys(const absl::StatusOr<auth::v1::GetKeysResponse>& response);
  void OnRoomKeys(const absl::StatusOr<rooms::v1::GetKeysResponse>& response);
  void RetryRoomKeys();
  absl::Status Save();

  Loop& loop_;
  RpcChannel& channel_;
  ServerClock& clock_;
  Trust& trust_;
  Account account_;
  const Handlers handlers_;

  std::vector<TokenCallback> waiting_;
  std::unique_ptr<PendingCall> refresh_;
  std::unique_ptr<PendingCall> certificate_;
  std::unique_ptr<PendingCall> auth_keys_;
  std::unique_ptr<PendingCall> room_keys_;
  absl::Duration auth_keys_good_until_ = -absl::InfiniteDuration();  // until they are asked for again
  absl::Duration room_keys_good_until_ = -absl::InfiniteDuration();
  std::unique_ptr<Timer> upkeep_;
  std::unique_ptr<Timer> room_keys_retry_;
  absl::Time saved_live_ = absl::InfinitePast();
  std::shared_ptr<Session*> alive_ = std::make_shared<Session*>(this);
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_SESSION_H_
