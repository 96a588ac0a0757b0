// One room as one member sees it: who is in it, what was said, who has it. A state machine over a full mesh
// of links; links, services, storage and the person are behind RoomHost, and time is handed in.
//
// Membership has two sources. The services' roster says who holds a ticket; a link on which a valid ticket
// was shown says who can be talked to. Somebody has left when both are gone. While the services are away the
// roster stands still.
//
// Files: room.cc membership, room_messages.cc what is said, room_sync.cc gap filling.
#ifndef PARLOR_CLIENT_ROOM_ROOM_H_
#define PARLOR_CLIENT_ROOM_ROOM_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/crypto/key.h"
#include "client/chat/message_body.h"
#include "client/core/events.h"
#include "client/link/link.h"
#include "client/room/author_log.h"
#include "client/store/store.h"
#include "client/store/store_worker.h"
#include "client/trust/trust.h"
#include "parlor/peer/v1/peer.pb.h"
#include "parlor/rooms/v1/rooms.pb.h"

namespace parlor::client {

inline constexpr size_t kNewcomerMessages = 100;        // what somebody new gets of the past
inline constexpr size_t kMaxUnstoredMessages = 10'000;  // own ones on their way to the disk; more are refused
inline constexpr size_t kMaxAuthorLogs = 4'096;  // (device, start) pairs in memory; the idle ones go first

class RoomHost {
 public:
  virtual ~RoomHost() = default;

  // False: no link, or it cannot take more now (OnWritable follows).
  virtual bool SendFrame(const std::string& user, const peer::v1::Frame& frame) = 0;
  virtual void CloseLink(const std::string& user, const absl::Status& why) = 0;
  // The link to `user`, null without one. Valid until the loop's next turn.
  virtual const LinkInfo* LinkTo(const std::string& user) = 0;
  // Somebody to be linked with, from now on or no longer. `introduction` may be empty.
  virtual void WantLink(const std::string& user, const std::string& introduction) = 0;
  virtual void DropLink(const std::string& user) = 0;
  virtual std::vector<PeerAddress> AddressesOf(const std::string& user) = 0;
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
  virtual void AfterThisTurn(std::function<void()> run) = 0;
  virtual void Emit(Event event) = 0;
  // Call OnTimer again no later than this.
  virtual void WakeAt(absl::Time when) = 0;
};

struct RoomSelf {
  std::string user;
  std::string device;
  uint64_t epoch = 0;
  PrivateKey key;
  std::vector<std::string> chain_der;
};

class Room {
 public:
  // `host` outlives the room. `extents`: what the store holds of it.
  Room(RoomHost& host, RoomSelf self, std::string id, std::string name, const std::vector<Extent>& extents);
  Room(const Room&) = delete;

  // ---- the person's wishes

  // FAILED_PRECONDITION: a listener may not speak. RESOURCE_EXHAUSTED: the disk does not keep up.
  absl::Status Send(absl::string_view text, const std::string& ref, absl::Time now);
  void Typing();
  // Says goodbye to everybody.
  void Leave();
  std::vector<MemberInfo> Members() const;

  // ---- the services' word

  void OnEntered(const rooms::v1::Entered& entered, absl::Time now);
  void OnTicket(const std::string& ticket, rooms::v1::Role role);
  void OnMember(const rooms::v1::MemberChange& change, absl::Time now);
  void OnRoomChanged(const rooms::v1::Room& room);
  void OnVerdict(const std::string& token, absl::Time now);  // also from members
  // "kicked", "banned" or "closed", by whom, or nobody: the room is over for this person, who does not say
  // goodbye: the others hear from the services what happened.
  void OnRemoved(const std::string& change, const std::string& by);
  void SetChain(std::vector<std::string> chain_der) { self_.chain_der = std::move(chain_der); }

  // ---- links

  void OnLinkUp(const std::string& user, absl::Time now);
  void OnLinkDown(const std::string& user, absl::Time now);
  void OnWritable(const std::string& user) { Pump(user); }
  // Frames of other rooms and kinds are ignored.
  void OnFrame(const std::string& user, const peer::v1::Frame& frame, absl::Time now);
  void OnTimer(absl::Time now);

  // ---- what stands

  const std::string& id() const { return id_; }
  const std::string& name() const { return name_; }
  const std::string& topic() const { return topic_; }
  bool stage() const { return stage_; }
  Role role() const { return role_; }
  bool removed() const { return removed_; }  // by a moderator, and the person was told
  const std::string& ticket() const { return ticket_; }
  bool IsMember(const std::string& user) const { return members_.contains(user); }
  size_t linked() const;
  std::string conversation() const { return "#" + id_; }

 private:
  struct Member {
    std::string device;
    Role role = Role::kListener;
    bool hand = false;
    bool reconnecting = false;
    bool in_roster = false;
    bool link_up = false;
    bool hello_sent = false;
    bool joined = false;     // showed a valid ticket on its link
    bool wants_own = false;  // its marks are known: own messages may flow
    std::string ticket_token;
    absl::Time ticket_expires;
    uint64_t first_sent = 0;  // of this run's own messages; 0: none were owed to them yet
    uint64_t sent_up_to = 0;
    uint64_t have_up_to = 0;                        // stored over there
    bool catching_up = false;                       // reads older own messages from the store
    absl::Time dial_from = absl::InfiniteFuture();  // who is new dials; but then this side does
  };

  struct OwnMessage {
    uint64_t number = 0;
    peer::v1::SignedMessage wire;
    std::string ref;
    absl::Time time;
    bool stored = false;
    bool announced = false;  // as sent or queued
  };

  // A message on its way in.
  struct Incoming {
    DecodedBody body;
    peer::v1::SignedMessage wire;
    std::string from;     // who handed it over
    bool direct = false;  // by its author
    Proof proof = Proof::kUnverified;
    std::string via;
    uint64_t number() const { return body.id.number; }
    size_t size() const { return wire.body().size() + wire.signature().size(); }
  };
  using AuthorKey = std::pair<std::string, uint64_t>;  // device, epoch
  struct Lost {  // of one author: the first and the last that is missing, and perhaps all between
    uint64_t first = 0;
    uint64_t last = 0;
  };
  struct Span {
    uint64_t from = 0;
    uint64_t up_to = 0;
  };

  // Others' messages on their way to the disk.
  struct PendingBatch {
    std::vector<Message> messages;
    // Of each message, once added. ALREADY_EXISTS: another one has its number. INVALID_ARGUMENT: the store
    // refuses it.
    std::vector<absl::Status> outcomes;
    size_t bytes = 0;  // on the wire
  };

  struct WaitingHello {
    peer::v1::RoomHello hello;
    absl::Time again_at;
    absl::Time until;
  };

  struct KnownAuthor {
    Author author;
    std::string ticket;  // as it was shown
  };

  // room.cc
  void TakeRosterMember(const rooms::v1::Member& member);
  void SendHello(const std::string& user, bool renewal, bool full);
  void OnHello(const std::string& user, const peer::v1::RoomHello& hello, absl::Time now);
  bool WaitForKey(const std::string& user, const peer::v1::RoomHello& hello, absl::Time now);
  void JudgeWaiting(absl::Time now);
  void Joined(const std::string& user);
  void DropMember(const std::string& user, const char* change, const std::string& by);
  void RemoveIfGone(const std::string& user);
  absl::Time LetGo(absl::Time now);
  // Returns when somebody may be dialled next.
  absl::Time DialNewcomers(absl::Time now);
  void SetRole(Role role);
  void EmitRoom(const char* change, const std::string& user = {}, const std::string& by = {});

  // room_messages.cc
  void OnOwnStored(uint64_t number, const absl::Status& status);
  void CommitsSoon();
  void OnCommits();
  void Pump(const std::string& user);
  bool PumpOne(const std::string& user, Member& member);
  void CatchUp(const std::string& user, Member& member);
  void Announce(OwnMessage& message);
  void OnMessages(const std::string& user, const peer::v1::RoomMessages& messages, absl::Time now);
  absl::StatusOr<Incoming> Decode(const std::string& user, const peer::v1::SignedMessage& wire) const;
  static bool IsGenuine(const Author& author, const Incoming& message);
  Proof Check(const Incoming& message) const;
  // PERMISSION_DENIED: a listener's on a stage. DATA_LOSS: whoever handed it over made it up.
  absl::Status JudgeRelayed(const Incoming& message) const;
  absl::Status MayBeHeard(const Incoming& message) const;
  // Until the first that breaks the rules. What was shown, or may be a twin, is added to `taken`:
  // StoreIncoming stores the whole frame in one go.
  absl::Status TakeInAll(const std::string& user, const peer::v1::RoomMessages& messages, absl::Time now,
                         std::vector<Incoming>& taken);
  void TakeIn(Incoming message, absl::Time now, std::vector<Incoming>& taken);
  void Deliver(std::vector<Incoming> messages, bool history, std::vector<Incoming>& taken);
  void Show(const Incoming& message, bool history);
  void StoreIncoming(std::vector<Incoming> messages, absl::Time now);
  static absl::Status Add(client::Store& store, PendingBatch& batch);  // the store's thread
  void OnStored(const PendingBatch& batch);
  void NoLongerMissing(const AuthorKey& author, uint64_t number);
  void OnNotStored(const PendingBatch& batch, const absl::Status& status, absl::Time when);
  void Acknowledge();
  void OnHave(const std::string& user, const peer::v1::RoomHave& have);

  // room_sync.cc
  // What is stored without a gap: not from the first on that could not be.
  peer::v1::RoomMark MarkOf(const AuthorKey& author, const Span& stored) const;
  std::vector<peer::v1::RoomMark> OwnMarks() const;
  uint64_t OwedBefore(const Member& member) const;
  void Serve(const std::string& user, const peer::v1::RoomHello& hello);
  void SendSynced(const std::string& user, const std::vector<Message>& messages,
                  const std::vector<AuthorRecord>& authors);
  void OnWant(const std::string& user, const peer::v1::RoomWant& want);
  void OnSynced(const std::string& user, bool more);
  void LearnAuthor(const std::vector<std::string>& chain_der, const std::string& ticket);
  void AskForGap(const AuthorKey& author, const std::string& user);
  void SyncWithSomebody(absl::Time now);

  RoomHost& host_;
  RoomSelf self_;
  const std::string id_;
  std::string name_;
  std::string topic_;
  bool stage_ = false;
  Role role_ = Role::kListener;
  std::string ticket_;
  bool left_ = false;
  bool removed_ = false;
  absl::Time entered_at_ = absl::InfinitePast();

  std::map<std::string, Member> members_;  // others; at most the room's capacity
  std::set<std::string> verdicts_;         // passed on to those who link later; at most 100
  // Shown on links that are up, signed with a key that is not known here yet; at most 64, further ones are
  // refused at once.
  std::map<std::string, WaitingHello> waiting_hellos_;

  HybridClock clock_;
  uint64_t next_number_ = 1;
  std::string last_hash_;       // of the last own body
  std::deque<OwnMessage> own_;  // of this run, by number; the oldest go (they are in the store)
  size_t own_bytes_ = 0;
  size_t unstored_ = 0;
  uint64_t announced_up_to_ = 0;  // of own messages: sent, queued or refused
  bool commits_soon_ = false;     // OnCommits is called soon

  std::map<AuthorKey, AuthorLog<Incoming>> logs_;
  std::map<AuthorKey, std::pair<uint64_t, std::string>> chains_;  // number and hash of the last one
  std::map<std::string, KnownAuthor> authors_;                    // by device
  std::string syncing_with_;                                      // whose full answer is under way
  bool synced_ = false;
  absl::Time resync_at_ = absl::InfiniteFuture();
  absl::Duration ask_again_after_;  // while something is missing
  std::string synced_with_;         // last

  std::map<AuthorKey, Span> stored_;  // others' messages on the disk, without a gap but for missing_
  std::map<std::string, std::map<AuthorKey, uint64_t>> unacknowledged_;  // stored; by author's name
  // Shown, but the disk was full: asked for again, less and less often. Their authors' marks end before them.
  // At most kMaxAuthorLogs: others' words are left with those who have them then.
  std::map<AuthorKey, Lost> missing_;
  size_t storing_bytes_ = 0;  // others' messages, not committed yet

  // Callbacks of the store hold it weakly: they may come after this room is gone.
  std::shared_ptr<Room*> alive_ = std::make_shared<Room*>(this);
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_ROOM_H_
