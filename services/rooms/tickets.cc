#include "services/rooms/tickets.h"

#include <algorithm>

#include "base/crypto/jwt.h"
#include "nlohmann/json.hpp"

namespace parlor::rooms {
namespace {

absl::Time WholeSecond(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time));
}

// When a removal's event is dated: the first whole second after it.
absl::Time EventTime(absl::Time at) {
  return WholeSecond(at) + absl::Seconds(1);
}

}  // namespace

Ticket TicketOffice::MakeTicket(const Bearer& bearer, Role role, absl::Time now,
                                absl::Time removed_at) const {
  absl::Time issued = WholeSecond(now);
  if (removed_at != absl::InfinitePast()) issued = std::max(issued, EventTime(removed_at));
  const absl::Time expires = WholeSecond(now + options_.ticket);
  nlohmann::json claims = {{"iss", server_id_},      {"sub", bearer.user},        {"dev", bearer.device},
                           {"room", bearer.room_id}, {"rname", bearer.room_name}, {"role", RoleName(role)},
                           {"x5t", bearer.device}};
  SetTimeClaim(claims, "iat", issued);
  SetTimeClaim(claims, "exp", expires);
  return {keys_->Sign(kTicketType, claims, now), expires};
}

std::string TicketOffice::MakeIntroduction(const Bearer& bearer, absl::string_view target,
                                           absl::Time now) const {
  nlohmann::json claims = {{"iss", server_id_},
                           {"sub", bearer.user},
                           {"dev", bearer.device},
                           {"tgt", std::string(target)},
                           {"room", bearer.room_id}};
  SetTimeClaim(claims, "exp", now + options_.introduction);
  return keys_->Sign(kIntroductionType, claims, now);
}

std::string TicketOffice::MakeRoomEvent(absl::string_view room_id, Act act, absl::string_view user,
                                        absl::Time at) const {
  nlohmann::json claims = {{"iss", server_id_},
                           {"room", std::string(room_id)},
                           {"act", act == Act::kKicked ? "kicked" : "banned"},
                           {"sub", std::string(user)}};
  SetTimeClaim(claims, "iat", EventTime(at));
  return keys_->Sign(kRoomEventType, claims, at);
}

}  // namespace parlor::rooms
