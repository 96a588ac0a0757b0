#include "client/trust/trust.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "nlohmann/json.hpp"

namespace parlor::client {
namespace {

constexpr size_t kMaxVerdicts = 10'000;

absl::StatusOr<Role> RoleClaim(const nlohmann::json& claims) {
  PARLOR_ASSIGN_OR_RETURN(const std::string role, StringClaim(claims, "role"));
  if (role == "listener") return Role::kListener;
  if (role == "speaker") return Role::kSpeaker;
  if (role == "moderator") return Role::kModerator;
  return absl::UnauthenticatedError("the ticket names a role that this version does not know");
}

absl::Status CheckHolder(const Ticket& ticket, const DeviceIdentity& peer) {
  if (ticket.user == peer.user && ticket.device == peer.device) return absl::OkStatus();
  return absl::UnauthenticatedError(
      absl::StrCat("the ticket is @", ticket.user, "'s, not @", peer.user, "'s"));
}

// What `judge` says of now or, should that be no, of `as_of`.
template <typename Judge>
auto AtEither(absl::Time now, absl::Time as_of, Judge judge) {
  auto verdict = judge(now);
  return verdict.ok() || as_of == now ? verdict : judge(as_of);
}

}  // namespace

absl::Status Trust::SetRevocations(absl::string_view token, absl::Time server_now) {
  PARLOR_ASSIGN_OR_RETURN(const nlohmann::json claims,
                          VerifyJwt(token, kRevocationsType, auth_keys_, server_id(), server_now));
  const auto version = claims.find("ver");
  const auto devices = claims.find("dev");
  if (version == claims.end() || !version->is_number_integer() || devices == claims.end() ||
      !devices->is_array()) {
    return absl::UnauthenticatedError("the revocation list is not in its form");
  }
  if (version->get<int64_t>() < revocations_version_) {
    return absl::FailedPreconditionError("the revocation list is older than the one known");
  }
  absl::flat_hash_set<std::string> revoked;
  for (const nlohmann::json& device : *devices) {
    if (device.is_string()) revoked.insert(device.get<std::string>());
  }
  revocations_version_ = version->get<int64_t>();
  revoked_ = std::move(revoked);
  return absl::OkStatus();
}

absl::StatusOr<VerifiedPeer> Trust::Judge(const std::vector<std::string>& chain_der,
                                          absl::Time server_now) const {
  PARLOR_ASSIGN_OR_RETURN(VerifiedPeer peer,
                          AtEither(server_now, clock_.AsOf(server_now),
                                   [&](absl::Time at) { return verifier_.Verify(chain_der, at); }));
  PARLOR_RETURN_IF_ERROR(CheckNotRevoked(peer.identity));
  return peer;
}

absl::Status Trust::JudgeAgain(const VerifiedPeer& peer, absl::Time server_now) const {
  PARLOR_RETURN_IF_ERROR(AtEither(server_now, clock_.AsOf(server_now), [&](absl::Time at) {
    if (at >= peer.not_before && at <= peer.not_after) return absl::OkStatus();
    return absl::UnauthenticatedError(
        absl::StrCat("the certificate of @", peer.identity.user, "'s device is not valid now"));
  }));
  return CheckNotRevoked(peer.identity);
}

absl::Status Trust::CheckNotRevoked(const DeviceIdentity& device) const {
  if (!IsRevoked(device.device)) return absl::OkStatus();
  return absl::UnauthenticatedError(
      absl::StrCat("this device of @", device.user, " was logged out or revoked"));
}

absl::StatusOr<Ticket> Trust::ParseTicket(absl::string_view token, absl::Time at) const {
  PARLOR_ASSIGN_OR_RETURN(const nlohmann::json claims,
                          VerifyJwt(token, kTicketType, room_keys_, server_id(), at, kClockLeeway));
  Ticket ticket;
  PARLOR_ASSIGN_OR_RETURN(ticket.room, StringClaim(claims, "room"));
  PARLOR_ASSIGN_OR_RETURN(ticket.room_name, StringClaim(claims, "rname"));
  PARLOR_ASSIGN_OR_RETURN(ticket.user, StringClaim(claims, "sub"));
  PARLOR_ASSIGN_OR_RETURN(ticket.device, StringClaim(claims, "dev"));
  PARLOR_ASSIGN_OR_RETURN(ticket.role, RoleClaim(claims));
  PARLOR_ASSIGN_OR_RETURN(ticket.issued, TimeClaim(claims, "iat"));
  PARLOR_ASSIGN_OR_RETURN(ticket.expires, TimeClaim(claims, "exp"));
  return ticket;
}

absl::Time Trust::VoidedAt(const std::string& room, const std::string& user) const {
  const auto voided = voided_.find({room, user});
  return voided == voided_.end() ? absl::InfinitePast() : voided->second;
}

absl::StatusOr<Ticket> Trust::JudgeTicket(absl::string_view token, const DeviceIdentity& peer,
                                          absl::Time server_now, const JudgementClock& room) const {
  const absl::Time as_of = std::min(clock_.AsOf(server_now), room.AsOf(server_now));
  PARLOR_ASSIGN_OR_RETURN(Ticket ticket,
                          AtEither(server_now, as_of, [&](absl::Time at) { return ParseTicket(token, at); }));
  PARLOR_RETURN_IF_ERROR(CheckHolder(ticket, peer));
  if (ticket.issued < VoidedAt(ticket.room, ticket.user)) {
    return absl::PermissionDeniedError(absl::StrCat("@", peer.user, " was removed from the room"));
  }
  return ticket;
}

absl::StatusOr<Author> Trust::JudgeAuthor(const std::vector<std::string>& chain_der,
                                          absl::string_view token) const {
  // Long over or not: what it proves is the past.
  PARLOR_ASSIGN_OR_RETURN(Ticket ticket, ParseTicket(token, absl::UnixEpoch()));
  PARLOR_ASSIGN_OR_RETURN(VerifiedPeer peer, verifier_.Verify(chain_der, ticket.issued));
  PARLOR_RETURN_IF_ERROR(CheckHolder(ticket, peer.identity));
  return Author{std::move(peer), std::move(ticket)};
}

absl::Status Trust::Covers(const Ticket& ticket, absl::Time written) const {
  if (written < ticket.issued - kMaxJudgedOffline || written > ticket.expires + kMaxJudgedOffline) {
    return absl::UnauthenticatedError(absl::StrCat("@", ticket.user, "'s ticket does not cover that time"));
  }
  const absl::Time voided = VoidedAt(ticket.room, ticket.user);
  if (written > voided && ticket.issued < voided) {
    return absl::PermissionDeniedError(absl::StrCat("@", ticket.user, " had been removed from the room"));
  }
  return absl::OkStatus();
}

absl::StatusOr<RoomVerdict> Trust::TakeRoomVerdict(absl::string_view token, absl::Time server_now) {
  PARLOR_ASSIGN_OR_RETURN(const nlohmann::json claims,
                          VerifyJwt(token, kRoomEventType, room_keys_, server_id(), clock_.AsOf(server_now)));
  RoomVerdict verdict;
  PARLOR_ASSIGN_OR_RETURN(verdict.room, StringClaim(claims, "room"));
  PARLOR_ASSIGN_OR_RETURN(verdict.user, StringClaim(claims, "sub"));
  PARLOR_ASSIGN_OR_RETURN(verdict.action, StringClaim(claims, "act"));
  PARLOR_ASSIGN_OR_RETURN(verdict.at, TimeClaim(claims, "iat"));
  absl::Time& voided = voided_.try_emplace({verdict.room, verdict.user}, absl::InfinitePast()).first->second;
  voided = std::max(voided, verdict.at);
  if (voided_.size() > kMaxVerdicts) {
    voided_.erase(std::min_element(voided_.begin(), voided_.end(),
                                   [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  return verdict;
}

}  // namespace parlor::client
