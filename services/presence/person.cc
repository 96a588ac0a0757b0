#include "services/presence/person.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "base/text/text.h"
#include "nlohmann/json.hpp"

namespace parlor::presence {

using nlohmann::json;

namespace {

bool MayBeSaid(v1::Availability availability) {
  return availability == v1::AVAILABILITY_ONLINE || availability == v1::AVAILABILITY_AWAY ||
         availability == v1::AVAILABILITY_BUSY;
}

}  // namespace

std::string Encode(const Profile& profile) {
  json addresses = json::array();
  for (const PeerAddress& address : profile.addresses) addresses.push_back({address.ip, address.port});
  return json{{"availability", static_cast<int>(profile.availability)},
              {"text", profile.text},
              {"since_ms", absl::ToUnixMillis(profile.since)},
              {"ip", profile.observed_ip},
              {"addresses", std::move(addresses)},
              {"accept", profile.accept.names()},
              {"block", profile.block.names()}}
      .dump();
}

absl::StatusOr<Profile> DecodeProfile(absl::string_view details) {
  try {
    const json fields = json::parse(details.begin(), details.end());
    Profile profile;
    profile.availability = static_cast<v1::Availability>(fields.at("availability").get<int>());
    if (!MayBeSaid(profile.availability)) return absl::DataLossError("a person's availability is unknown");
    profile.text = fields.at("text");
    profile.since = absl::FromUnixMillis(fields.at("since_ms").get<int64_t>());
    profile.observed_ip = fields.at("ip");
    for (const json& address : fields.at("addresses")) {
      profile.addresses.push_back({address.at(0).get<std::string>(), address.at(1).get<uint16_t>()});
    }
    profile.accept = NameList::FromCanonical(fields.at("accept").get<std::vector<std::string>>());
    profile.block = NameList::FromCanonical(fields.at("block").get<std::vector<std::string>>());
    return profile;
  } catch (const json::exception& error) {
    return absl::DataLossError(absl::StrCat("a person's details cannot be read: ", error.what()));
  }
}

absl::Status SetStatus(const v1::Status& status, size_t max_characters, absl::Time now, Profile& profile) {
  v1::Availability availability = status.availability();
  if (availability == v1::AVAILABILITY_UNSPECIFIED) availability = v1::AVAILABILITY_ONLINE;
  if (!MayBeSaid(availability)) return absl::InvalidArgumentError("a status is online, away or busy");
  if (!IsValidUtf8(status.text())) return absl::InvalidArgumentError("the status text is not valid UTF-8");
  if (CountCharacters(status.text()) > max_characters) {
    return absl::InvalidArgumentError(
        absl::StrCat("a status text has at most ", max_characters, " characters"));
  }
  if (profile.availability != availability || profile.since == absl::Time()) profile.since = now;
  profile.availability = availability;
  profile.text = status.text();
  return absl::OkStatus();
}

absl::StatusOr<Person> PersonOf(const live::Seat& seat) {
  PARLOR_ASSIGN_OR_RETURN(Profile profile, DecodeProfile(seat.details));
  return Person{seat.user,  seat.device, seat.session,      seat.replica,
                seat.state, seat.since,  std::move(profile)};
}

v1::PersonPresence Visible(const Person& person) {
  const bool reconnecting = person.state == live::SeatState::kReconnecting;
  v1::PersonPresence presence;
  presence.set_user(person.user);
  presence.mutable_status()->set_availability(reconnecting ? v1::AVAILABILITY_RECONNECTING
                                                           : person.profile.availability);
  presence.mutable_status()->set_text(person.profile.text);
  presence.set_since_ms(absl::ToUnixMillis(reconnecting ? person.state_since : person.profile.since));
  return presence;
}

v1::PersonPresence Offline(absl::string_view user, absl::Time since) {
  v1::PersonPresence presence;
  presence.set_user(std::string(user));
  presence.mutable_status()->set_availability(v1::AVAILABILITY_OFFLINE);
  presence.set_since_ms(absl::ToUnixMillis(since));
  return presence;
}

}  // namespace parlor::presence
