// What rooms signs for members to show each other: tickets, introductions and room events (JWT, ES256).
//
//   ticket        iss sub dev room rname role x5t iat exp   "this device may be in this room, in this role"
//   introduction  iss sub dev tgt room exp                  "presence may tell sub where to dial tgt"
//   room event    iss room act sub iat                      "sub was removed: their older tickets are void"
//
// `x5t` is the id of the device, which is derived from its key (PublicKey::device_id): whoever verifies a
// link has the key from the certificate and computes the same. Times in tokens are whole seconds.
#ifndef PARLOR_SERVICES_ROOMS_TICKETS_H_
#define PARLOR_SERVICES_ROOMS_TICKETS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/signing_keys.h"
#include "services/rooms/room.h"

namespace parlor::rooms {

struct TicketOptions {
  // Of a ticket. Renewed in the stream, so that this is how long rooms may be away before new links need
  // the verifiers' leniency (DESIGN §2, Talk).
  absl::Duration ticket = absl::Minutes(10);
  // Of an introduction: time enough to ask presence once.
  absl::Duration introduction = absl::Seconds(60);
};

// One device in one room.
struct Bearer {
  std::string user;
  std::string device;
  std::string room_id;
  std::string room_name;
};

struct Ticket {
  std::string token;
  absl::Time expires;
};

// Immutable; thread-safe. A signature takes 0.1 ms or so of CPU.
class TicketOffice {
 public:
  // `keys` outlive this.
  TicketOffice(const service::SigningKeys* keys, std::string server_id, TicketOptions options = {})
      : keys_(keys), server_id_(std::move(server_id)), options_(options) {}

  // `removed_at` is the bearer's last removal from the room (Standing), if any: the ticket is dated after
  // the event that told of it, also within the same second.
  Ticket MakeTicket(const Bearer& bearer, Role role, absl::Time now,
                    absl::Time removed_at = absl::InfinitePast()) const;

  std::string MakeIntroduction(const Bearer& bearer, absl::string_view target, absl::Time now) const;

  enum class Act { kKicked, kBanned };
  // Dated to the end of the second of `at`, so that it voids every ticket from before.
  std::string MakeRoomEvent(absl::string_view room_id, Act act, absl::string_view user, absl::Time at) const;

  const TicketOptions& options() const { return options_; }

 private:
  const service::SigningKeys* const keys_;
  const std::string server_id_;
  const TicketOptions options_;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_TICKETS_H_
