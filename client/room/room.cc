// Membership: the roster, roles and verdicts. Tickets on links are in room_links.cc.
#include "client/room/room.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parlor::client {
namespace {

// Somebody new dials whom they find in the room. Of two who came in the same moment, by way of two replicas,
// neither finds the other; and who cannot reach this side may be reached.
constexpr absl::Duration kNewcomerPatience = absl::Seconds(2);
constexpr size_t kMaxVerdicts = 100;
// An answer that is not there by then will not come.
constexpr absl::Duration kPastPatience = absl::Seconds(10);
// What the services hand out lasts 60 s.
constexpr absl::Duration kIntroduction = absl::Seconds(50);
// Of what neighbours take from one author (overlay::Conduct): their clocks are others.
constexpr double kOwnShare = 0.9;

Role FromWire(rooms::v1::Role role) {
  switch (role) {
    case rooms::v1::ROLE_MODERATOR:
      return Role::kModerator;
    case rooms::v1::ROLE_SPEAKER:
      return Role::kSpeaker;
    default:
      return Role::kListener;
  }
}

const char* Name(Role role) {
  switch (role) {
    case Role::kModerator:
      return "moderator";
    case Role::kSpeaker:
      return "speaker";
    case Role::kListener:
      return "listener";
  }
  return "listener";
}

}  // namespace

Room::Room(RoomHost& host, RoomSelf self, std::string id, std::string name,
           const std::vector<Extent>& extents, overlay::OverlayOptions options)
    : host_(host),
      self_(std::move(self)),
      id_(std::move(id)),
      name_(std::move(name)),
      pace_(kOwnShare * options.own_messages_per_second, kOwnShare * options.own_messages_burst),
      streams_(extents),
      outgoing_(
          id_, authors_,
          [this](const std::string& user, absl::string_view frame) { return host_.SendBytes(user, frame); }),
      own_stream_(overlay::StreamOf(self_.device, self_.epoch)),
      overlay_(*this, {self_.user, overlay::TagOf(self_.device), self_.seed}, options),
      dice_(self_.seed + 1),
      synced_(!extents.empty()) {
  for (auto extent = extents.rbegin(); extent != extents.rend(); ++extent) {
    const overlay::StreamId stream = overlay::StreamOf(extent->device, extent->epoch);
    overlay_.Restore(stream, extent->last);
    overlay_.SetAuthor(stream, overlay::TagOf(extent->device));
  }
}

void Room::EmitRoom(const char* change, const std::string& user, const std::string& by) {
  RoomEvent event;
  event.room = name_;
  event.change = change;
  event.user = user;
  event.by = by;
  event.topic = topic_;
  const auto member = members_.find(user);
  if (member != members_.end()) {
    event.role = Name(member->second.role);
    event.hand = member->second.hand;
  } else if (user == self_.user) {
    event.role = Name(role_);
  }
  host_.Emit(std::move(event));
}

size_t Room::linked() const {
  return static_cast<size_t>(
      std::count_if(members_.begin(), members_.end(), [](const auto& entry) { return entry.second.joined; }));
}

void Room::TakeRosterMember(const rooms::v1::Member& member) {
  const auto [known, fresh] = members_.try_emplace(member.user());
  Member& taken = known->second;
  taken.in_roster = true;
  taken.reconnecting = member.reconnecting();
  taken.hand = member.hand_raised();
  taken.role = FromWire(member.role());
  tags_are_stale_ |= fresh || taken.device != member.device();
  if (fresh) own_.Meet(member.user());
  if (!taken.joined) taken.device = member.device();
  if (!roster_is_whole_) listed_.insert(member.user());
}

// The sample is everybody, or pages with the others will come: until then nobody is taken to have left.
void Room::TakeSample(const rooms::v1::Entered& entered, absl::Time now) {
  announced_size_ = entered.room().members();
  roster_is_whole_ = static_cast<size_t>(entered.sample_size()) + 1 >= announced_size_;
  let_go_at_ = absl::InfinitePast();
  listed_.clear();
  if (roster_is_whole_) {
    for (auto& [user, member] : members_) member.in_roster = false;
  }
  for (const auto& member : entered.sample()) {
    if (member.user() != self_.user) TakeRosterMember(member);
  }
  for (const auto& introduction : entered.introductions()) {
    const auto member = members_.find(introduction.user());
    if (member != members_.end()) member->second.introduction = introduction.token();
  }
  introductions_end_ = now + kIntroduction;
}

void Room::TellEntered() {
  RoomEvent event;
  event.room = name_;
  event.change = "entered";
  event.user = self_.user;
  event.role = Name(role_);
  event.topic = topic_;
  for (const auto& [user, member] : members_) event.members.push_back(user);
  host_.Emit(std::move(event));
}

void Room::OnEntered(const rooms::v1::Entered& entered, absl::Time now) {
  const Turn turn(*this);
  const bool first = ticket_.empty();
  if (first) entered_at_ = now;
  name_ = entered.room().name();
  topic_ = entered.room().topic();
  stage_ = entered.room().stage();
  ticket_ = entered.ticket();
  ++ticket_number_;
  role_ = FromWire(entered.role());

  std::set<std::string> before;
  for (const auto& [user, member] : members_) before.insert(user);
  TakeSample(entered, now);
  if (first && members_.empty()) synced_ = true;  // nobody is here who could know more
  if (first) TellEntered();
  SetSize(now);
  LinkMembers(before, first);
  std::vector<overlay::PeerId> sample;
  for (const auto& member : entered.sample()) sample.push_back(member.user());
  overlay_.AddCandidates(sample, now);
  OnTimer(now);
}

void Room::LinkMembers(const std::set<std::string>& before, bool first) {
  std::vector<std::string> users;
  for (const auto& [user, member] : members_) users.push_back(user);
  for (const std::string& user : users) {
    const Member& member = members_[user];
    if (!first && !before.contains(user)) EmitRoom("joined", user);
    if (member.link_up) SendHello(user, {.renewal = member.hello_sent});
  }
  if (small_) DialAll();
}

void Room::OnMembers(const rooms::v1::MembersPage& page, bool last, absl::Time now) {
  if (roster_is_whole_) return;
  const Turn turn(*this);
  for (const auto& member : page.members()) {
    if (member.user() != self_.user) TakeRosterMember(member);
  }
  if (!last) return;
  roster_is_whole_ = true;
  let_go_at_ = absl::InfinitePast();
  std::vector<std::string> gone;
  for (auto& [user, member] : members_) {
    member.in_roster = listed_.contains(user);
    if (!member.in_roster) gone.push_back(user);
  }
  listed_.clear();
  for (const std::string& user : gone) RemoveIfGone(user, now);
  SetSize(now);
  if (small_) DialAll();
}

// Whom the sample named is being dialled already, which repeats do not disturb.
void Room::DialAll() {
  for (const auto& [user, member] : members_) {
    if (!member.link_up && member.in_roster) host_.WantLink(user, member.introduction);
  }
}

void Room::OnIntroduction(const rooms::v1::Introduction& introduction) {
  if (Wants(introduction.user())) host_.WantLink(introduction.user(), introduction.token());
}

bool Room::Wants(const std::string& user) const {
  if (left_) return false;
  return small_ ? members_.contains(user) : connected_.contains(user);
}

void Room::OnTicket(const std::string& ticket, rooms::v1::Role role) {
  ticket_ = ticket;
  ++ticket_number_;
  SetRole(FromWire(role));
  for (auto& [user, member] : members_) {
    if (member.hello_sent) SendHello(user, {.renewal = true});
  }
}

void Room::SetRole(Role role) {
  if (role_ == role) return;
  role_ = role;
  EmitRoom("role", self_.user);
}

void Room::OnMember(const rooms::v1::MemberChange& change, absl::Time now) {
  const Turn turn(*this);
  const std::string& user = change.member().user();
  if (user == self_.user) {
    if (change.kind() == rooms::v1::MemberChange::KIND_KICKED) OnRemoved("kicked", change.by());
    if (change.kind() == rooms::v1::MemberChange::KIND_BANNED) OnRemoved("banned", change.by());
    return;
  }
  const bool known = members_.contains(user);
  switch (change.kind()) {
    case rooms::v1::MemberChange::KIND_LEFT:
      listed_.erase(user);
      if (!known) return;
      members_[user].in_roster = false;
      return RemoveIfGone(user, now);
    case rooms::v1::MemberChange::KIND_KICKED:
      return DropMember(user, "kicked", change.by(), now);
    case rooms::v1::MemberChange::KIND_BANNED:
      return DropMember(user, "banned", change.by(), now);
    default:
      break;
  }
  TakeRosterMember(change.member());
  SetSize(now);
  if (!known) {
    EmitRoom("joined", user);
    members_[user].dial_from = now + kNewcomerPatience;
    overlay_.AddCandidates({user}, now);
  }
  if (change.kind() == rooms::v1::MemberChange::KIND_ROLE) EmitRoom("role", user, change.by());
  if (change.kind() == rooms::v1::MemberChange::KIND_HAND) EmitRoom("hand", user);
  if (members_[user].link_up && !members_[user].hello_sent) SendHello(user);
  OnTimer(now);
}

void Room::OnRoomChanged(const rooms::v1::Room& room) {
  stage_ = room.stage();
  if (topic_ == room.topic()) return;
  topic_ = room.topic();
  EmitRoom("topic");
}

void Room::OnVerdict(const std::string& token, absl::Time now) {
  const Turn turn(*this);
  if (verdicts_.contains(token)) return;
  const absl::StatusOr<RoomVerdict> verdict = host_.TakeVerdict(token);
  if (!verdict.ok() || verdict->room != id_) return;  // nothing that this room could act on
  if (verdicts_.size() >= kMaxVerdicts) verdicts_.erase(verdicts_.begin());
  verdicts_.insert(token);
  peer::v1::Frame frame;
  frame.mutable_room_events()->set_room(id_);
  frame.mutable_room_events()->add_events(token);
  for (const auto& [user, member] : members_) {
    if (member.joined) host_.SendFrame(user, frame);
  }
  if (verdict->user == self_.user) {
    // One from before this person was let in again: it did not void the present ticket.
    if (host_.JudgeTicket(ticket_, {{}, self_.user, self_.device}).ok()) return;
    return OnRemoved(verdict->action, {});
  }
  // A newer ticket was judged after the verdict: they are back.
  const auto member = members_.find(verdict->user);
  if (member == members_.end()) return;
  const LinkInfo* link = host_.LinkTo(verdict->user);
  if (member->second.joined && link != nullptr &&
      host_.JudgeTicket(member->second.ticket_token, link->peer.identity).ok()) {
    return;
  }
  DropMember(verdict->user, verdict->action.c_str(), {}, now);
}

void Room::OnRemoved(const std::string& change, const std::string& by) {
  if (std::exchange(removed_, true)) return;
  EmitRoom(change.c_str(), self_.user, by);
  host_.Removed();
}

void Room::DropMember(const std::string& user, const char* change, const std::string& by, absl::Time now) {
  listed_.erase(user);
  if (members_.erase(user) == 0) return;
  tags_are_stale_ = true;
  EmitRoom(change, user, by);
  overlay_.Forget(user, now);
  ForgetLink(user);
  connected_.erase(user);
  host_.DropLink(user);
  SetSize(now);
}

bool Room::IsJoined(const std::string& user) const {
  const auto member = members_.find(user);
  return member != members_.end() && member->second.joined;
}

void Room::RemoveIfGone(const std::string& user, absl::Time now) {
  const auto found = members_.find(user);
  if (found == members_.end() || found->second.in_roster || found->second.joined) return;
  DropMember(user, "left", {}, now);
}

void Room::OnFrame(const std::string& user, const peer::v1::Frame& frame, absl::Time now) {
  const Turn turn(*this);
  if (frame.has_room_hello()) {
    if (frame.room_hello().room() == id_) OnHello(user, frame.room_hello(), now);
    return;
  }
  // Everything else is for members: a valid ticket comes first.
  if (!IsJoined(user)) return;
  switch (frame.kind_case()) {
    case peer::v1::Frame::kRoomMessages:
      if (frame.room_messages().room() == id_) OnMessages(user, frame.room_messages(), now);
      return;
    case peer::v1::Frame::kRoomGossip:
      if (frame.room_gossip().room() != id_) return;
      (void)overlay_.OnContact(user, now);
      overlay_.OnGossip(user, frame.room_gossip(), now);
      return FollowOverlay(now);
    case peer::v1::Frame::kRoomHave:
      if (frame.room_have().room() == id_) OnHave(user, frame.room_have());
      return;
    case peer::v1::Frame::kRoomWant:
      if (frame.room_want().room() == id_) OnWant(user, frame.room_want(), now);
      return;
    case peer::v1::Frame::kRoomSynced:
      if (frame.room_synced().room() == id_) OnSynced(user, frame.room_synced().newcomer());
      return;
    case peer::v1::Frame::kRoomEvents:
      if (frame.room_events().room() == id_) OnEvents(user, frame.room_events(), now);
      return;
    case peer::v1::Frame::kRoomAddresses:
      if (frame.room_addresses().room() == id_ && conducts_.Of(user, now).MayMention(now)) {
        OnAddresses(frame.room_addresses());
      }
      return;
    case peer::v1::Frame::kRoomTyping:
      if (frame.room_typing().room() == id_ && conducts_.Of(user, now).MayMention(now)) {
        host_.Emit(TypingEvent{"#" + name_, user});
      }
      return;
    case peer::v1::Frame::kRoomGoodbye:
      if (frame.room_goodbye().room() == id_) OnGoodbye(user, now);
      return;
    default:
      return;
  }
}

void Room::OnTimer(absl::Time now) {
  const Turn turn(*this);
  if (now >= overlay_.next_wake()) overlay_.OnTimer(now);
  ShowAfterGaps(now);
  if (now >= ask_again_at_) AskForMissing(now);
  if (now >= past_by_) PastIsLost(std::string(syncing_with_));
  if (now >= introductions_end_) {
    introductions_end_ = absl::InfiniteFuture();
    for (auto& [user, member] : members_) member.introduction.clear();
  }
  JudgeWaiting(now);
  if (!syncing_with_.empty() && past_by_ == absl::InfiniteFuture()) past_by_ = now + kPastPatience;
  absl::Time wake = std::min(ask_again_at_, past_by_);
  for (const AuthorKey& author : gaps_) {
    if (AuthorStream* const stream = streams_.Find(author); stream != nullptr) {
      wake = std::min(wake, stream->log.deadline());
    }
  }
  for (const auto& [user, waiting] : waiting_hellos_) wake = std::min(wake, waiting.again_at);
  wake = std::min({wake, LetGo(now), DialNewcomers(now)});
  if (wake < absl::InfiniteFuture()) host_.WakeAt(wake);
}

// Strictly again once the services are back: whoever has no valid ticket by then, or neither a link nor a
// place in the roster, is not in the room. Returns when somebody may be let go next.
absl::Time Room::LetGo(absl::Time now) {
  const absl::Time strict_from = host_.strict_from();
  if (now < let_go_at_ && strict_from == strict_from_) return let_go_at_;
  strict_from_ = strict_from;
  absl::Time next = absl::InfiniteFuture();
  std::vector<std::string> gone;
  for (const auto& [user, member] : members_) {
    if (!member.joined && (member.in_roster || !roster_is_whole_)) continue;
    const absl::Time ends =
        member.joined ? std::max(member.ticket_expires + kClockLeeway, strict_from) : strict_from;
    if (now >= ends) {
      gone.push_back(user);
    } else {
      next = std::min(next, ends);
    }
  }
  for (const std::string& user : gone) {
    if (Member& member = members_[user]; member.joined) Unjoined(user, member, now);
    RemoveIfGone(user, now);
  }
  let_go_at_ = next;
  return next;
}

// In a large room nobody has to be reached by everybody.
absl::Time Room::DialNewcomers(absl::Time now) {
  absl::Time next = absl::InfiniteFuture();
  if (!small_) return next;
  for (auto& [user, member] : members_) {
    if (now < member.dial_from) {
      next = std::min(next, member.dial_from);
      continue;
    }
    member.dial_from = absl::InfiniteFuture();
    if (!member.link_up && member.in_roster) host_.WantLink(user, {});
  }
  return next;
}

void Room::Typing() {
  if (!small_) return;
  peer::v1::Frame frame;
  frame.mutable_room_typing()->set_room(id_);
  for (const auto& [user, member] : members_) {
    if (member.joined) host_.SendLossy(user, frame);
  }
}

void Room::Leave() {
  ProveShown();
  left_ = true;
  peer::v1::Frame frame;
  frame.mutable_room_goodbye()->set_room(id_);
  for (const auto& [user, member] : members_) {
    if (member.hello_sent && !removed_) host_.SendFrame(user, frame);
    host_.DropLink(user);
  }
  members_.clear();
  connected_.clear();
}

std::vector<MemberInfo> Room::Members() const {
  std::vector<MemberInfo> infos;
  MemberInfo self;
  self.user = self_.user;
  self.role = Name(role_);
  self.state = "self";
  infos.push_back(std::move(self));
  for (const auto& [user, member] : members_) {
    MemberInfo info;
    info.user = user;
    info.role = Name(member.role);
    info.hand = member.hand;
    info.state = member.joined         ? "linked"
                 : member.reconnecting ? "reconnecting"
                 : Wants(user)         ? "dialling"
                                       : "indirect";
    infos.push_back(std::move(info));
  }
  return infos;
}

}  // namespace parlor::client
