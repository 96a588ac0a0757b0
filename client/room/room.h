// One room as one member sees it: who is in it, what was said, who has it. A state machine; links, services,
// storage and the person are behind RoomHost, and time is handed in.
//
// Membership has two sources. The services' roster says who holds a ticket; a link on which a valid ticket
// was shown says who can be talked to. Somebody has left when both are gone. While the services are away the
// roster stands still.
//
// How messages reach everybody is the overlay's matter (client/overlay): in a small room everybody is linked
// with everybody, in a large one with a few neighbours. The room proves, shows, stores and sends for it.
//
// Files: room.cc membership, room_links.cc tickets on links, room_overlay.cc the overlay's world,
// room_sending.cc own messages and who has them, room_messages.cc others' messages, room_storing.cc their way
// to the disk, room_past.cc what was said before.
#ifndef PARLOR_CLIENT_ROOM_ROOM_H_
#define PARLOR_CLIENT_ROOM_ROOM_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/crypto/key.h"
#include "client/chat/message_body.h"
#include "client/core/events.h"
#include "client/overlay/overlay.h"
#include "client/overlay/overlay_host.h"
#include "client/overlay/random.h"
#include "client/overlay/token_bucket.h"
#include "client/room/author_streams.h"
#include "client/room/incoming.h"
#include "client/room/known_authors.h"
#include "client/room/member_conduct.h"
#include "client/room/outgoing.h"
#include "client/room/own_messages.h"
#include "client/room/room_host.h"
#include "client/store/store.h"
#include "client/trust/trust.h"
#include "parlor/peer/v1/peer.pb.h"
#include "parlor/rooms/v1/rooms.pb.h"

namespace parlor::client {

inline constexpr size_t kNewcomerMessages = 100;        // what somebody new gets of the past
inline constexpr size_t kMaxUnstoredMessages = 10'000;  // own ones on their way to the disk; more are refused
// Own messages on their way, that fewer than half of those who are linked have: so many in all to everybody,
// and more than a person types for not longer than so. Then more are refused.
inline constexpr uint64_t kMaxDeliveriesInFlight = 20'000;
inline constexpr uint64_t kAlwaysInFlight = 64;
inline constexpr absl::Duration kMaxLag = absl::Seconds(5);
// In rooms of up to so many the author sees who has a message, in larger ones how many.
inline constexpr size_t kMaxNamedHolders = 50;

struct RoomSelf {
  std::string user;
  std::string device;
  uint64_t epoch = 0;
  PrivateKey key;
  std::vector<std::string> chain_der;
  uint64_t seed = 0;  // of the overlay's dice
};

struct HelloKind {  // as peer.v1.RoomHello
  bool renewal = false;
  bool again = false;
};

class Room final : private overlay::OverlayHost {
 public:
  // `host` outlives the room. `extents`: what the store holds of it.
  Room(RoomHost& host, RoomSelf self, std::string id, std::string name, const std::vector<Extent>& extents,
       overlay::OverlayOptions options = {});
  Room(const Room&) = delete;

  // ---- the person's wishes

  // FAILED_PRECONDITION: a listener may not speak. RESOURCE_EXHAUSTED: the disk, or the room, does not keep
  // up.
  absl::Status Send(absl::string_view text, const std::string& ref, absl::Time now);
  // In a large room nobody is told.
  void Typing();
  // Says goodbye to everybody.
  void Leave();
  std::vector<MemberInfo> Members() const;

  // ---- the services' word

  void OnEntered(const rooms::v1::Entered& entered, absl::Time now);
  // `last`: nobody is in the room who was not in one of the pages, or in what Entered and changes said.
  void OnMembers(const rooms::v1::MembersPage& page, bool last, absl::Time now);
  void OnTicket(const std::string& ticket, rooms::v1::Role role);
  void OnMember(const rooms::v1::MemberChange& change, absl::Time now);
  void OnIntroduction(const rooms::v1::Introduction& introduction);
  void OnRoomChanged(const rooms::v1::Room& room);
  void OnVerdict(const std::string& token, absl::Time now);  // also from members
  // "kicked", "banned" or "closed", by whom, or nobody: the room is over for this person, who does not say
  // goodbye: the others hear from the services what happened.
  void OnRemoved(const std::string& change, const std::string& by);
  void SetChain(std::vector<std::string> chain_der) { self_.chain_der = std::move(chain_der); }

  // ---- links

  // What is said to somebody who is being dialled before they have answered; nullopt: nothing. OnLinkUp or
  // OnNoLink follows, unless the dial is given up.
  std::optional<peer::v1::Frame> Opening(const std::string& user);
  void OnNoLink(const std::string& user, absl::Time now);
  // `before`: it was up already when the room was entered.
  void OnLinkUp(const std::string& user, bool before = false);
  void OnLinkDown(const std::string& user, absl::Time now);
  void OnWritable(const std::string& user, absl::Time now);
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
  // Whether there should be a link to this member.
  bool Wants(const std::string& user) const;
  // Entered has named only some of those who are here: ask for the others, OnMembers.
  bool wants_members() const { return !roster_is_whole_; }
  size_t linked() const;
  std::string conversation() const { return "#" + id_; }

 private:
  // What was said on a dial of which nothing was heard yet.
  struct LastOpening {
    uint64_t ticket = 0;  // its number; 0: nothing was said
    bool full = false;    // asked for the past
  };
  struct Member {
    std::string device;
    Role role = Role::kListener;
    bool hand = false;
    bool reconnecting = false;
    bool in_roster = false;
    bool link_up = false;
    bool hello_sent = false;
    LastOpening opening;
    bool joined = false;  // showed a valid ticket on its link
    std::string ticket_token;
    absl::Time ticket_expires;
    std::string introduction;                       // from the services, not used yet; it ends after a minute
    absl::Time dial_from = absl::InfiniteFuture();  // who is new dials; but then this side does
  };
  struct Lost {  // of one author: the first and the last that is missing, and perhaps all between
    uint64_t first = 0;
    uint64_t last = 0;
    int asked = 0;  // since anything of it came
  };
  // Others' messages on their way to the disk.
  struct PendingBatch {
    std::vector<Message> messages;
    // Of each message, once added. ALREADY_EXISTS: another one has its number. INVALID_ARGUMENT: the store
    // refuses it.
    std::vector<absl::Status> outcomes;
    size_t bytes = 0;  // on the wire
  };
  // Its messages were shown: what of it is to be passed on, and to be stored.
  struct ShownFrame {
    std::vector<std::shared_ptr<Incoming>> heard;
    std::vector<std::shared_ptr<Incoming>> taken;
    absl::Time at;
  };
  struct WaitingHello {
    peer::v1::RoomHello hello;
    absl::Time again_at;
    absl::Time until;
  };
  // Ends each of the calls above: what they had to say to neighbours leaves, and the next wake-up is set.
  class Turn {
   public:
    explicit Turn(Room& room) : room_(room) {}
    ~Turn() { room_.EndTurn(); }
    Turn(const Turn&) = delete;

   private:
    Room& room_;
  };

  // room.cc
  void TakeRosterMember(const rooms::v1::Member& member);
  void TakeSample(const rooms::v1::Entered& entered, absl::Time now);
  void TellEntered();
  void DialAll();
  void LinkMembers(const std::set<std::string>& before, bool first);
  bool IsJoined(const std::string& user) const;
  void DropMember(const std::string& user, const char* change, const std::string& by, absl::Time now);
  void RemoveIfGone(const std::string& user, absl::Time now);
  absl::Time LetGo(absl::Time now);
  // Returns when somebody may be dialled next.
  absl::Time DialNewcomers(absl::Time now);
  void SetRole(Role role);
  void EmitRoom(const char* change, const std::string& user = {}, const std::string& by = {});

  // room_links.cc
  // When it is not here and nobody else is asked.
  bool AsksForPast(const std::string& user) const;
  peer::v1::Frame Hello(const std::string& user, HelloKind kind) const;
  void SendHello(const std::string& user, HelloKind kind = {});
  void OnHello(const std::string& user, const peer::v1::RoomHello& hello, absl::Time now);
  void OnEvents(const std::string& user, const peer::v1::RoomEvents& events, absl::Time now);
  void OnTicketRefused(const std::string& user, const absl::Status& why, absl::Time now);
  bool WaitForKey(const std::string& user, const peer::v1::RoomHello& hello, absl::Time now);
  void JudgeWaiting(absl::Time now);
  void Joined(const std::string& user, absl::Time now);
  void Unjoined(const std::string& user, Member& member, absl::Time now);
  // Nothing is under way with it any more.
  void ForgetLink(const std::string& user);
  void ShareAddresses(const std::string& user);
  void OnAddresses(const peer::v1::RoomAddresses& addresses);
  void TakeAddresses(const peer::v1::MemberAddresses& entry);
  void OnGoodbye(const std::string& user, absl::Time now);

  // room_overlay.cc: OverlayHost
  bool SendGossip(const overlay::PeerId& to, const peer::v1::RoomGossip& gossip) override;
  bool SendPayload(const overlay::PeerId& to, const overlay::Payload& payload) override;
  void Connect(const overlay::PeerId& peer) override;
  void Disconnect(const overlay::PeerId& peer) override;
  void Accuse(const overlay::PeerId& peer, const absl::Status& why) override;
  void Describe(const overlay::PeerId& peer, peer::v1::MemberAddresses& addresses) override;
  void Learn(const peer::v1::MemberAddresses& addresses) override;
  void OnNeighbourUp(const overlay::PeerId& peer) override;
  void WantCandidates() override;
  bool SendFromHistory(const overlay::PeerId& to, overlay::StreamId stream, uint64_t from,
                       uint64_t up_to) override;
  void OnAcknowledged(overlay::StreamId stream, uint64_t up_to,
                      const std::vector<overlay::MemberTag>& members) override;
  // The roster has changed: a room may outgrow the mesh, or become small again.
  void SetSize(absl::Time now);
  void FollowOverlay(absl::Time now);
  void BecomeLarge(absl::Time now);
  void BecomeSmall();
  void OfferCandidates(absl::Time now);
  const std::string* UserOf(overlay::MemberTag tag);
  void EndTurn();

  // room_sending.cc
  absl::Status MaySend(absl::Time now);
  bool KeepsUp(absl::Time now);
  Message Compose(absl::string_view text, absl::Time now);
  void OnOwnStored(uint64_t number, const absl::Status& status);
  void CommitsSoon();
  // Once for all that one transaction stored.
  void OnCommits(absl::Time now);
  void Publish(OwnMessage& message, absl::Time now);
  void Announce(const OwnMessage& message);
  void OnHave(const std::string& user, const peer::v1::RoomHave& have);
  void TellDelivered(const std::vector<const OwnMessage*>& messages, const std::string& by);
  void RaiseDelivered(uint64_t from, uint64_t up_to);

  // room_messages.cc
  void OnMessages(const std::string& user, const peer::v1::RoomMessages& messages, absl::Time now);
  // Whether `user`, who says that this is of the past, was asked for it.
  bool IsWantedPast(const std::string& user, const Incoming& message);
  // Somebody made this member judge something. False: too often, and it was let go.
  bool MayBeJudged(const std::string& user, absl::Time now, double cost = 1);
  absl::StatusOr<std::shared_ptr<Incoming>> Decode(const std::string& user,
                                                   const peer::v1::SignedMessage& wire) const;
  static bool IsGenuine(const Author& author, const Incoming& message);
  bool MayWrite(const Author& author, const Incoming& message) const;
  Proof Check(const Incoming& message) const;
  absl::Status MayBeHeard(const Incoming& message) const;
  absl::Status JudgeRelayed(const Incoming& message) const;
  // Until the first that breaks the rules. `heard` are to be passed on, `taken` to be stored: the whole frame
  // in one go.
  absl::Status TakeInAll(const std::string& user, const peer::v1::RoomMessages& messages, absl::Time now,
                         std::vector<std::shared_ptr<Incoming>>& heard,
                         std::vector<std::shared_ptr<Incoming>>& taken);
  // Whether this very message is here.
  bool IsCopy(const Incoming& message) const;
  void Refuse(const std::string& from, const absl::Status& why, bool& told);
  // False: there is no room for it now.
  bool TakeIn(const std::shared_ptr<Incoming>& message, absl::Time now,
              std::vector<std::shared_ptr<Incoming>>& taken);
  void Deliver(AuthorStream& stream, bool history, std::vector<std::shared_ptr<Incoming>>& taken);
  void Show(const Incoming& message, bool history);
  void ProveSoon();
  void ProveShown();
  // Checks what was shown on the word of its link.
  void PassOn(const std::vector<std::shared_ptr<Incoming>>& heard, absl::Time now);
  void ShowAfterGaps(absl::Time now);
  void LearnAuthor(const std::vector<std::string>& chain_der, const std::string& ticket,
                   const std::string& device);
  void LearnAuthors(const std::string& user, const peer::v1::RoomMessages& messages, absl::Time now);

  // room_storing.cc
  void StoreIncoming(const std::vector<std::shared_ptr<Incoming>>& messages, absl::Time now);
  static absl::Status Add(client::Store& store, PendingBatch& batch);  // the store's thread
  void OnStored(const PendingBatch& batch);
  void NoLongerMissing(const AuthorKey& author, uint64_t number);
  void OnNotStored(const PendingBatch& batch, const absl::Status& status, absl::Time when);
  void Miss(const AuthorKey& author, uint64_t first, uint64_t last);
  void AskAgainAt(absl::Time when);
  void OnOwed(const AuthorKey& author, uint64_t from, absl::Time now);
  bool IsMissing(const AuthorKey& author, uint64_t number) const;
  void Acknowledge(absl::Time now);
  // What is stored without a gap: not from the first on that could not be. `told_itself`: the author is.
  peer::v1::RoomMark MarkOf(const AuthorKey& author, const AuthorStream& stream, bool told_itself) const;
  // Of their own messages, what is stored here.
  void TellWhatIsHere(const std::string& user);
  void AskForMissing(absl::Time now);

  // room_past.cc
  void AskForPast();
  void NobodyIsAskedForPast();
  void PastIsAskedOf(const std::string& user);
  // Whom it was asked of is not heard of any more, or not in time.
  void PastIsLost(const std::string& user);
  void Serve(const std::string& user, absl::Time now);
  void OnSynced(const std::string& user, bool newcomer);
  void OnWant(const std::string& user, const peer::v1::RoomWant& want, absl::Time now);
  // What history has of it; `past`: the other one does not take it from the overlay.
  void Answer(const std::string& user, const peer::v1::RoomWant& want, bool past);
  void IsAnswered(const std::string& user);
  // False: the link did not take all.
  bool SendMessages(const std::string& user, const std::vector<Message>& messages,
                    const std::vector<AuthorRecord>& authors, bool past);

  RoomHost& host_;
  RoomSelf self_;
  const std::string id_;
  std::string name_;
  std::string topic_;
  bool stage_ = false;
  Role role_ = Role::kListener;
  std::string ticket_;
  uint64_t ticket_number_ = 0;  // of those that this room has had
  bool left_ = false;
  bool removed_ = false;
  absl::Time entered_at_ = absl::InfinitePast();
  absl::Time introductions_end_ = absl::InfiniteFuture();

  std::map<std::string, Member> members_;  // others; at most the room's capacity
  bool roster_is_whole_ = true;
  // When LetGo has to look at them again, as long as strict_from_ holds: each event has it look at a time,
  // and a room may have a thousand.
  absl::Time let_go_at_ = absl::InfinitePast();
  absl::Time strict_from_ = absl::InfiniteFuture();
  MemberConducts conducts_;
  size_t announced_size_ = 1;       // by the services, this one included
  std::set<std::string> listed_;    // by pages that are coming in
  std::set<std::string> verdicts_;  // passed on to those who link later; at most 100
  // Shown on links that are up, signed with a key that is not known here yet; at most 64, further ones are
  // refused at once.
  std::map<std::string, WaitingHello> waiting_hellos_;

  HybridClock clock_;
  std::string last_hash_;  // of the last own body
  OwnMessages own_;
  overlay::TokenBucket pace_;
  bool commits_soon_ = false;  // OnCommits is called soon

  AuthorStreams streams_;
  std::vector<ShownFrame> shown_;
  size_t shown_count_ = 0;
  bool proves_soon_ = false;  // ProveShown is called soon
  std::set<AuthorKey> gaps_;  // whose messages wait for earlier ones
  KnownAuthors authors_;
  Outgoing outgoing_;
  const overlay::StreamId own_stream_;
  overlay::Overlay overlay_;
  overlay::Random dice_;
  bool small_ = true;                // as overlay_.mesh() was when links were last wanted
  std::set<std::string> connected_;  // members whom the overlay of a large room wants to be linked with
  bool offer_candidates_ = false;    // OfferCandidates is called soon
  absl::flat_hash_map<overlay::MemberTag, std::string> tags_;  // of members; made anew when it is asked
  bool tags_are_stale_ = true;

  bool synced_ = false;                          // the past is here, as far as it is to come
  std::string syncing_with_;                     // whose answer is under way
  absl::Time past_by_ = absl::InfiniteFuture();  // until then; set at the end of the turn that asked
  std::set<std::string> know_no_past_;           // who knew of no past
  size_t past_left_ = 0;                         // messages that the answer may still have

  std::map<std::string, std::map<AuthorKey, uint64_t>> unacknowledged_;  // stored; by author's name
  // Shown, but the disk was full, or owed and never here: asked for again, less and less often, until it
  // seems that nobody has them. Their authors' marks end before them.
  // At most kMaxAuthorStreams: others' words are left with those who have them then.
  std::map<AuthorKey, Lost> missing_;
  bool told_not_stored_ = false;  // of the disk, since anything was missing
  absl::Time ask_again_at_ = absl::InfiniteFuture();
  absl::Duration ask_again_after_;  // while something is missing
  std::string asked_again_;         // whom, last
  size_t again_left_ = 0;           // messages that the answers may still have
  bool missing_came_ = false;       // something of it, since it was asked for
  size_t storing_bytes_ = 0;        // others' messages, not committed yet

  // Callbacks of the store hold it weakly: they may come after this room is gone.
  std::shared_ptr<Room*> alive_ = std::make_shared<Room*>(this);
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_ROOM_H_
