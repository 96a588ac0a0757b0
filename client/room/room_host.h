// What one room sees of the world: links to members, judgement, the disk and the person.
#ifndef PARLOR_CLIENT_ROOM_ROOM_HOST_H_
#define PARLOR_CLIENT_ROOM_ROOM_HOST_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/core/events.h"
#include "client/link/link.h"
#include "client/store/store_worker.h"
#include "client/trust/trust.h"
#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client {

class RoomHost {
 public:
  virtual ~RoomHost() = default;

  // False: no link, or it cannot take more now (Room::OnWritable follows).
  virtual bool SendFrame(const std::string& user, const peer::v1::Frame& frame) = 0;
  virtual bool SendBytes(const std::string& user, absl::string_view frame) = 0;  // serialized already
  // One that may be lost (Link::SendLossy).
  virtual void SendLossy(const std::string& user, const peer::v1::Frame& frame) = 0;
  virtual void CloseLink(const std::string& user, const absl::Status& why) = 0;
  // The link to `user`, null without one. Valid until the loop's next turn.
  virtual const LinkInfo* LinkTo(const std::string& user) = 0;
  // Somebody to be linked with, from now on. `introduction` may be empty.
  virtual void WantLink(const std::string& user, const std::string& introduction) = 0;
  // No longer, unless Room::Wants them again by the end of this turn.
  virtual void DropLink(const std::string& user) = 0;
  // The same, but a link that has just come up stays for a while.
  virtual void ReleaseLink(const std::string& user) = 0;
  virtual std::vector<PeerAddress> AddressesOf(const std::string& user) = 0;
  // As somebody else says.
  virtual void LearnAddresses(const std::string& user, std::vector<PeerAddress> addresses) = 0;

  virtual absl::StatusOr<Ticket> JudgeTicket(const std::string& token, const DeviceIdentity& peer) = 0;
  virtual absl::StatusOr<Author> JudgeAuthor(const std::vector<std::string>& chain_der,
                                             const std::string& ticket) = 0;
  virtual absl::Status Covers(const Ticket& ticket, absl::Time written) = 0;
  virtual absl::StatusOr<RoomVerdict> TakeVerdict(const std::string& token) = 0;
  // From when on those go whose ticket has run out, or whom the roster does not name; InfiniteFuture while
  // the services are away.
  virtual absl::Time strict_from() = 0;

  // This person was removed by a moderator: the room is over for them.
  virtual void Removed() = 0;

  virtual void Store(StoreWorker::Job job, StoreWorker::Done done) = 0;
  // What nobody waits for (StoreWorker::RunLazily). Lost, it comes again: nobody is told.
  virtual void StoreLazily(StoreWorker::Job job) = 0;
  // Calls `run` once everything is done that the loop is about now.
  virtual void AfterThisTurn(std::function<void(absl::Time now)> run) = 0;
  virtual void Emit(Event event) = 0;
  // Call OnTimer again no later than this.
  virtual void WakeAt(absl::Time when) = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_ROOM_HOST_H_
