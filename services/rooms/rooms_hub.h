// The live half of rooms: who enters, who leaves, and what the members hear of each other.
//
//   Enter    limits → store: room, standing, password → directory: a seat → store again → Entered
//   change   directory → every member's stream in this process
//
// The store is asked again once the seat is there: whoever was banned, and whatever was closed or changed
// in between, is seen by either side.
#ifndef PARLOR_SERVICES_ROOMS_ROOMS_HUB_H_
#define PARLOR_SERVICES_ROOMS_ROOMS_HUB_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "services/common/blocking_pool.h"
#include "services/common/live/directory.h"
#include "services/common/rate_limiter.h"
#include "services/common/revocations.h"
#include "services/rooms/member_stream.h"
#include "services/rooms/room_catalogue.h"
#include "services/rooms/room_limits.h"
#include "services/rooms/rooms_metrics.h"
#include "services/rooms/roster.h"
#include "services/rooms/store/room_store.h"
#include "services/rooms/tickets.h"

namespace parlor::rooms {

// What the hub works with; all of it outlives the hub, and the pool is shut down before the hub goes.
struct RoomsParts {
  RoomStore* store = nullptr;
  RoomCatalogue* catalogue = nullptr;    // of the store
  live::Directory* directory = nullptr;  // scope: a room's id; details: SeatDetails
  const TicketOffice* tickets = nullptr;
  const service::Revocations* revocations = nullptr;
  service::BlockingPool* pool = nullptr;
  const Clock* clock = nullptr;
  RoomsMetrics* metrics = nullptr;
};

struct HubOptions {
  RoomLimits limits;
  // Told in Entered; the streams' StreamOptions enforce it.
  absl::Duration heartbeat = absl::Seconds(5);
  // Goodbye tells each member to come back after a random part of this, so that they do not come at once.
  absl::Duration goodbye_spread = absl::Seconds(5);
};

// DESIGN §2: as many as a full mesh has neighbours, or an overlay wants to choose from.
inline constexpr size_t kMaxSample = 32;

struct EntryRequest {
  std::string session;  // random, of this stream
  std::string user;     // canonical, as the access token says
  std::string device;
  std::string room;  // as it was typed
  std::string password;
  bool takeover = false;
};

// Thread-safe.
class RoomsHub {
 public:
  // Observes directory and catalogue from here on.
  RoomsHub(const RoomsParts& parts, const HubOptions& options);

  // Never blocks. In the end `stream` is greeted with Entered, or ended as rooms.proto says.
  void Enter(EntryRequest request, std::shared_ptr<MemberStream> stream);

  // A goodbye: the others hear that the member left.
  void Leave(absl::string_view session);
  // The stream ended otherwise: the member is reconnecting. Without effect for sessions that hold no seat.
  void Lost(absl::string_view session);

  // Calls back in the sequence of changes of who is here (Directory::InSequence), when members have been told
  // of all that had happened before this call.
  void InSequence(absl::AnyInvocable<void()> callback);
  // A fresh introduction to `user`; the news that they are gone, if they are not in the room.
  // FAILED_PRECONDITION before the stream was greeted.
  absl::StatusOr<v1::EnterRoomResponse> Introduce(absl::string_view session, absl::string_view user) const;
  absl::StatusOr<v1::EnterRoomResponse> ListMembers(absl::string_view session,
                                                    const v1::ListMembers& request) const;

  // Renews tickets, frees the seats of those who did not come back, and has those judged who are in doubt.
  void Tick(absl::Time now);

  // What was decided about a member may not have reached their stream: the store is asked at the next Tick,
  // and as often as it takes. Whoever was removed meanwhile goes, and everybody has the role that they have.
  void Doubt(absl::string_view session) { roster_.Doubt(session); }

  // The list of revoked devices has changed: theirs leave, with UNAUTHENTICATED.
  void EndRevoked();

  // Tells every member of this process to come back later, and ends the streams with UNAVAILABLE.
  void SayGoodbye();

  // ---- for changes of rooms (room_admin.h)

  // Shows everybody the role that the store has for a member; without effect for people who are not there.
  // Blocks.
  absl::Status ShowRole(const Room& room, const std::string& user, const std::string& by) const;
  // To all members, wherever they are connected.
  void TellEvent(const std::string& room_id, const std::string& event) const;
  // After a change of the store: brings the list up to date, here and in the other processes. Blocks.
  void ListHasChanged() const;

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<Entry>;

  void Refuse(const Entry& entry, const absl::Status& why) const;
  // The rules' answer as the store is now; without the password.
  absl::Status Judge(Entry& entry) const;
  void Admit(const EntryPtr& entry);
  void ClaimSeat(const EntryPtr& entry);
  void Welcome(const EntryPtr& entry);
  absl::Status JudgeAgain(Entry& entry) const;
  v1::EnterRoomResponse Entered(const Entry& entry) const;

  void JudgeTheDoubtful();
  absl::Status JudgeLater(const LocalMember& member);
  void EndRemoved(const LocalMember& member, const Standing& standing, const absl::Status& why);

  void OnChange(const live::Change& change);
  void OnRoom(const Room& room, bool closed);
  void EndAll(const Room& room);
  void OnLetter(absl::string_view text) const;
  void Tell(absl::string_view room_id, const SharedFrame& frame) const;
  // Those who are here now, behind all that was told before.
  void TellInSequence(absl::string_view room_id, std::vector<SharedFrame> frames) const;
  void Renew(const LocalMember& member, absl::Time now) const;
  absl::Status CheckRevoked(absl::string_view device) const;
  void SendTicket(const LocalMember& member, const live::Seat& seat, absl::Time now) const;
  absl::Time FirstRenewal(absl::Time now) const;

  const RoomsParts parts_;
  const HubOptions options_;
  service::RateLimiter joins_;
  Roster roster_;
  std::atomic<bool> judging_{false};
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_ROOMS_HUB_H_
