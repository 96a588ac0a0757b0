// One room that this person is in or about to enter: its stream to the services, its state machine, and what
// that sees of the world.
#ifndef PARLOR_CLIENT_CORE_ROOM_SESSION_H_
#define PARLOR_CLIENT_CORE_ROOM_SESSION_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/crypto/key.h"
#include "client/core/chats.h"
#include "client/core/events.h"
#include "client/core/links.h"
#include "client/core/server_clock.h"
#include "client/core/service_stream.h"
#include "client/loop/loop.h"
#include "client/room/room.h"
#include "client/rpc/rpc_channel.h"
#include "client/store/store_worker.h"
#include "client/trust/trust.h"
#include "parlor/rooms/v1/rooms.pb.h"

namespace parlor::client {

// What all rooms of one person share. Everything outlives them.
struct RoomWorld {
  Loop& loop;
  RpcChannel& channel;
  ServerClock& clock;
  StoreWorker& store;
  Links& links;
  Trust& trust;
  // An access token; called back later, never inside the call.
  std::function<void(std::function<void(absl::StatusOr<std::string>)>)> token;
  // The key and chain to sign and prove messages with.
  std::function<PrivateKey()> key;
  std::function<std::vector<std::string>()> chain;
  EventSink emit;
  Self self;
  absl::Duration patience;  // a command waits this long for its room to be entered
  overlay::OverlayOptions overlay = {};
  // What is posted to the loop ends with it.
  std::shared_ptr<const bool> alive = std::make_shared<const bool>(true);
};

// A command that waits for its answer; both may be empty.
struct WaitingJoin {
  std::string command;
  std::string ref;
};

// Loop thread only.
class RoomSession final : private RoomHost {
 public:
  // `on_over` is called in a turn of the loop of its own, when there is no room any more: closed, removed,
  // refused. The owner calls Close() then.
  RoomSession(const RoomWorld& world, std::string name, std::string password, std::function<void()> on_over);
  ~RoomSession() override;

  // DoneEvent once it is entered, ErrorEvent if it cannot be, or is not in time, which ends the session.
  // Without a command it is tried for ever. Again: done at once where it is entered.
  void Join(bool takeover, WaitingJoin waiting);
  // The person's wish: says goodbye to everybody. Close() follows.
  void Leave();
  // For good, and remembered so. No callback comes any more, but the last frames need two seconds to get out:
  // the owner destroys this only then.
  void Close();
  // Goodbye to all, without forgetting that this person is in it.
  void Shutdown();
  bool quiet() const { return stream_->quiet(); }  // after Shutdown: all goodbyes are out
  // Shutdown, to be entered again by RetryNow().
  void StepAside();
  // The services are back: the next try is now.
  void RetryNow();

  Room* room() const { return room_.get(); }  // null: not entered (yet)

 private:
  // RoomHost
  bool SendFrame(const std::string& user, const peer::v1::Frame& frame) override;
  bool SendBytes(const std::string& user, absl::string_view frame) override;
  void SendLossy(const std::string& user, const peer::v1::Frame& frame) override;
  void CloseLink(const std::string& user, const absl::Status& why) override;
  const LinkInfo* LinkTo(const std::string& user) override;
  void WantLink(const std::string& user, const std::string& introduction) override;
  void DropLink(const std::string& user) override;
  void ReleaseLink(const std::string& user) override;
  void Unwant(const std::string& user, bool at_once);
  std::vector<PeerAddress> AddressesOf(const std::string& user) override;
  void LearnAddresses(const std::string& user, std::vector<PeerAddress> addresses) override;
  absl::StatusOr<Ticket> JudgeTicket(const std::string& token, const DeviceIdentity& peer) override;
  absl::StatusOr<Author> JudgeAuthor(const std::vector<std::string>& chain_der,
                                     const std::string& ticket) override;
  absl::Status Covers(const Ticket& ticket, absl::Time written) override;
  absl::StatusOr<RoomVerdict> TakeVerdict(const std::string& token) override;
  absl::Time strict_from() override;
  void Removed() override;
  void Store(StoreWorker::Job job, StoreWorker::Done done) override;
  void StoreLazily(StoreWorker::Job job) override;
  void AfterThisTurn(std::function<void(absl::Time now)> run) override;
  void Emit(Event event) override;
  void WakeAt(absl::Time when) override;

  std::string FirstFrame() const;
  void OnStreamFrame(const std::string& bytes);
  void OnEntered(const rooms::v1::Entered& entered);
  void Enter(const rooms::v1::Entered& entered, const absl::StatusOr<std::vector<Extent>>& extents);
  void Dispatch(const rooms::v1::EnterRoomResponse& frame);
  void AskForMembers(const std::string& page);
  void OnTokenEnds();
  ServiceStream::Next OnLost(const absl::Status& why);
  void TellRefused(const absl::Status& why);
  void GiveUp();
  void TellLost(const absl::Status& why);
  void EmitOwn(const std::string& change);
  void Over();
  void Remember(bool entered);

  const RoomWorld& world_;
  const std::string name_;
  const std::string password_;
  const std::function<void()> on_over_;
  bool takeover_ = false;
  WaitingJoin waiting_;
  std::unique_ptr<Timer> patience_;  // while waiting_ does
  absl::Status last_lost_;
  bool entering_ = false;  // the store is asked what it has
  bool closed_ = false;    // the owner ended the room
  std::vector<rooms::v1::EnterRoomResponse> early_;
  std::unique_ptr<Room> room_;  // from the first Entered on
  JudgementClock tickets_;      // of the stream, which renews them
  std::unique_ptr<ServiceStream> stream_;
  std::unique_ptr<Timer> timer_;
  absl::Time wake_at_ = absl::InfiniteFuture();
  std::shared_ptr<RoomSession*> alive_ = std::make_shared<RoomSession*>(this);  // null: closed
};

// The setting under which a room's password is kept, by the room's id.
std::string RoomPasswordSetting(const std::string& room);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_ROOM_SESSION_H_
