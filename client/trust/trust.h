// Whom this client believes: the server's root, the keys that tokens are signed with, the revoked devices,
// and as of when. One verdict for certificates, tickets and room events, on every kind of link.
//
// A certificate or a ticket counts when it is valid now, or was at the time of the clock of judgement
// (trust/judgement_clock.h), which stands still while the services are away: people who talk go on talking,
// and whoever has been renewed meanwhile is believed by those who have not.
#ifndef PARLOR_CLIENT_TRUST_TRUST_H_
#define PARLOR_CLIENT_TRUST_TRUST_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/crypto/jwt.h"
#include "base/crypto/peer_verifier.h"
#include "client/trust/judgement_clock.h"

namespace parlor::client {

// Clocks of honest parties differ by less.
inline constexpr absl::Duration kClockLeeway = absl::Seconds(30);

enum class Role : int { kListener = 1, kSpeaker = 2, kModerator = 3 };

struct Ticket {
  std::string room;  // id
  std::string room_name;
  std::string user;
  std::string device;
  Role role = Role::kListener;
  absl::Time issued;
  absl::Time expires;
};

struct Author {
  VerifiedPeer peer;
  Ticket ticket;
};

struct RoomVerdict {  // a signed "kicked" or "banned"
  std::string room;   // id
  std::string user;
  std::string action;
  absl::Time at;
};

// Loop thread only.
class Trust {
 public:
  explicit Trust(const Certificate& root) : verifier_(root) {}

  const std::string& server_id() const { return verifier_.server_id(); }

  void SetAuthKeys(VerificationKeys keys) { auth_keys_ = std::move(keys); }
  void SetRoomKeys(VerificationKeys keys) { room_keys_ = std::move(keys); }
  bool has_room_keys() const { return !room_keys_.empty(); }

  // Of presence: certificates and revocations are renewed as long as it is there.
  JudgementClock& clock() { return clock_; }
  const JudgementClock& clock() const { return clock_; }

  // A list that is older than the present one, or not signed by auth, changes nothing and is an error.
  absl::Status SetRevocations(absl::string_view token, absl::Time server_now);
  bool IsRevoked(const std::string& device) const { return revoked_.contains(device); }

  absl::StatusOr<VerifiedPeer> Judge(const std::vector<std::string>& chain_der, absl::Time server_now) const;
  // One that was judged before: whether the verdict still holds. Cheap; signatures do not change.
  absl::Status JudgeAgain(const VerifiedPeer& peer, absl::Time server_now) const;

  // A ticket counts only for the user and the device of `peer`, and not if a verdict voided it. `room` is the
  // clock of whatever renews the room's tickets.
  absl::StatusOr<Ticket> JudgeTicket(absl::string_view token, const DeviceIdentity& peer,
                                     absl::Time server_now, const JudgementClock& room) const;
  // An author whom others vouch for: chain and ticket, both as they were when the ticket was issued. Slow
  // (two signatures and a JWT): keep the answer.
  absl::StatusOr<Author> JudgeAuthor(const std::vector<std::string>& chain_der,
                                     absl::string_view ticket) const;

  // Whether an author with this ticket may have written in the room at that time: within 7 days of the ticket
  // (services may have been away, tickets are renewed), and not after a verdict that voided it. Revocation is
  // not asked: what was written before it stays written.
  absl::Status Covers(const Ticket& ticket, absl::Time written) const;

  // Remembers the verdict: it voids the user's older tickets for that room. At most 10,000 are kept, the
  // oldest go.
  absl::StatusOr<RoomVerdict> TakeRoomVerdict(absl::string_view token, absl::Time server_now);

 private:
  absl::StatusOr<Ticket> ParseTicket(absl::string_view token, absl::Time at) const;
  // UNAUTHENTICATED: it was logged out or revoked. And when a verdict removed a user from a room.
  absl::Status CheckNotRevoked(const DeviceIdentity& device) const;
  absl::Time VoidedAt(const std::string& room, const std::string& user) const;  // InfinitePast: never

  const PeerVerifier verifier_;
  VerificationKeys auth_keys_;
  VerificationKeys room_keys_;
  absl::flat_hash_set<std::string> revoked_;
  int64_t revocations_version_ = -1;
  JudgementClock clock_;
  std::map<std::pair<std::string, std::string>, absl::Time> voided_;  // (room, user) → tickets before
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_TRUST_TRUST_H_
