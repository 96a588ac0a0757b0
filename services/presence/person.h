// What presence knows of one person, and what others may see of it. Plain values; pure.
#ifndef PARLOR_SERVICES_PRESENCE_PERSON_H_
#define PARLOR_SERVICES_PRESENCE_PERSON_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/net/address.h"
#include "parlor/presence/v1/presence.pb.h"
#include "services/common/live/seat.h"
#include "services/presence/name_list.h"

namespace parlor::presence {

// What the person's own client says. It travels through the live directory as a seat's details, so that every
// replica can judge by it.
struct Profile {
  v1::Availability availability = v1::AVAILABILITY_ONLINE;  // online, away or busy
  std::string text;
  absl::Time since;         // of the availability, milliseconds
  std::string observed_ip;  // where presence sees the device; canonical
  std::vector<PeerAddress> addresses;
  NameList accept;
  NameList block;

  friend bool operator==(const Profile&, const Profile&) = default;
};

// JSON: an operator who looks into the database can read it.
std::string Encode(const Profile& profile);
// DATA_LOSS for what Encode did not write.
absl::StatusOr<Profile> DecodeProfile(absl::string_view details);

// Sets availability (unspecified means online) and text. INVALID_ARGUMENT for what only the server may say,
// and for a text over `max_characters` (code points) or that is not UTF-8. What a terminal must not see is
// left to those who show it.
absl::Status SetStatus(const v1::Status& status, size_t max_characters, absl::Time now, Profile& profile);

// Somebody who is not offline.
struct Person {
  std::string user;
  std::string device;
  std::string session;
  std::string replica = {};  // that holds the session; see live::Seat
  live::SeatState state = live::SeatState::kPresent;
  absl::Time state_since;
  Profile profile;
};

absl::StatusOr<Person> PersonOf(const live::Seat& seat);

// To the blocked everybody is offline, in every way that they could ask.
inline bool Sees(absl::string_view asker, const Person& person) {
  return !person.profile.block.Contains(asker);
}

v1::PersonPresence Visible(const Person& person);
// `since` is the epoch (0) where it is not known to everybody alike.
v1::PersonPresence Offline(absl::string_view user, absl::Time since = absl::UnixEpoch());

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_PERSON_H_
