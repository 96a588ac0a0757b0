// What rooms keeps with a seat of the live directory, and what it says when it ends one. Pure.
#ifndef PARLOR_SERVICES_ROOMS_SEAT_DETAILS_H_
#define PARLOR_SERVICES_ROOMS_SEAT_DETAILS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "services/rooms/room.h"

namespace parlor::rooms {

// Seat::details.
struct SeatDetails {
  Role role = Role::kListener;
  bool hand_raised = false;
  std::string by{};  // who changed the role last
};
std::string EncodeSeatDetails(const SeatDetails& details);
SeatDetails DecodeSeatDetails(absl::string_view text);

// The note of Directory::Evict.
struct Removal {
  enum class Why { kKicked, kBanned } why = Why::kKicked;
  std::string by;
  std::string event;  // signed room event (tickets.h)
};
std::string EncodeRemoval(const Removal& removal);
Removal DecodeRemoval(absl::string_view text);

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_SEAT_DETAILS_H_
