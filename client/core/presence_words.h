// Availability in words, as people type and scripts read them.
#ifndef PARLOR_CLIENT_CORE_PRESENCE_WORDS_H_
#define PARLOR_CLIENT_CORE_PRESENCE_WORDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "client/core/events.h"
#include "parlor/presence/v1/presence.pb.h"

namespace parlor::client {

inline std::string Word(presence::v1::Availability availability) {
  switch (availability) {
    case presence::v1::AVAILABILITY_ONLINE:
      return "online";
    case presence::v1::AVAILABILITY_AWAY:
      return "away";
    case presence::v1::AVAILABILITY_BUSY:
      return "busy";
    case presence::v1::AVAILABILITY_RECONNECTING:
      return "reconnecting";
    default:
      return "offline";
  }
}

// Of what a person may choose; online for anything else.
inline presence::v1::Availability FromWord(absl::string_view word) {
  if (word == "away") return presence::v1::AVAILABILITY_AWAY;
  if (word == "busy") return presence::v1::AVAILABILITY_BUSY;
  return presence::v1::AVAILABILITY_ONLINE;
}

inline PresenceEvent ToEvent(const presence::v1::PersonPresence& person) {
  return {person.user(), Word(person.status().availability()), person.status().text(),
          absl::FromUnixMillis(person.since_ms())};
}

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_PRESENCE_WORDS_H_
