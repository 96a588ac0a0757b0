// Links with members: each side shows its ticket, judges the other's, and passes on what a newcomer needs.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/room/room.h"

namespace parlor::client {
namespace {

constexpr size_t kMaxSharedAddresses = 32;
constexpr size_t kMaxWaitingHellos = 64;
constexpr absl::Duration kKeyPatience = absl::Seconds(30);
constexpr absl::Duration kJudgeAgain = absl::Seconds(1);

}  // namespace

std::optional<peer::v1::Frame> Room::Opening(const std::string& user) {
  const auto found = members_.find(user);
  if (found == members_.end() || left_ || ticket_.empty()) return std::nullopt;
  peer::v1::Frame hello = Hello(user, {});
  found->second.opening = {ticket_number_, hello.room_hello().full()};
  if (hello.room_hello().full()) PastIsAskedOf(user);
  return hello;
}

void Room::OnNoLink(const std::string& user, absl::Time now) {
  const auto found = members_.find(user);
  if (found == members_.end()) return;
  const Turn turn(*this);
  found->second.opening = {};
  if (found->second.link_up) return;
  ForgetLink(user);
  overlay_.OnConnectFailed(user, now);
}

void Room::OnLinkUp(const std::string& user, bool before) {
  const auto found = members_.find(user);
  if (found == members_.end()) return;
  const Turn turn(*this);
  Member& member = found->second;
  member.link_up = true;
  member.joined = false;
  // It may have been said on another dial, which goes on.
  const LastOpening opening = host_.LinkTo(user)->opened ? std::exchange(member.opening, {}) : LastOpening();
  member.hello_sent = opening.ticket == ticket_number_;
  let_go_at_ = absl::InfinitePast();
  outgoing_.Forget(user);
  if (syncing_with_ == user && !opening.full) NobodyIsAskedForPast();  // that was on another one
  if (!member.hello_sent || AsksForPast(user)) {
    SendHello(user, {.renewal = member.hello_sent, .again = before});
  }
  AskForPast();
}

void Room::OnLinkDown(const std::string& user, absl::Time now) {
  waiting_hellos_.erase(user);
  const auto found = members_.find(user);
  if (found == members_.end() || !found->second.link_up) return;
  const Turn turn(*this);
  Member& member = found->second;
  member.link_up = member.hello_sent = false;
  if (member.joined) Unjoined(user, member, now);
  // Without a whole roster nobody says that they left: they stay, and are dialled again.
  const absl::Time roster_is_whole = host_.strict_from();
  if (now >= roster_is_whole && roster_is_whole_) {
    RemoveIfGone(user, now);
  } else {
    host_.WakeAt(roster_is_whole);
  }
  if (Wants(user)) host_.WantLink(user, {});
}

void Room::OnWritable(const std::string& user, absl::Time now) {
  const Turn turn(*this);
  outgoing_.OnWritable(user);
  if (!unacknowledged_.empty()) CommitsSoon();
  overlay_.OnWritable(user, now);
}

bool Room::AsksForPast(const std::string& user) const {
  return !synced_ && syncing_with_.empty() && !know_no_past_.contains(user);
}

peer::v1::Frame Room::Hello(const std::string& user, HelloKind kind) const {
  peer::v1::Frame frame;
  peer::v1::RoomHello& hello = *frame.mutable_room_hello();
  hello.set_room(id_);
  hello.set_ticket(ticket_);
  hello.set_renewal(kind.renewal);
  hello.set_full(AsksForPast(user));
  hello.set_again(kind.again);
  hello.set_epoch(self_.epoch);
  hello.set_owed_from(own_.OwedFrom(user));
  return frame;
}

void Room::SendHello(const std::string& user, HelloKind kind) {
  if (left_ || ticket_.empty()) return;
  const peer::v1::Frame hello = Hello(user, kind);
  if (!host_.SendFrame(user, hello)) return;
  members_[user].hello_sent = true;
  if (hello.room_hello().full()) PastIsAskedOf(user);
}

// A newcomer may be shown a ticket before it has rooms' keys: they come by another way, and are asked for
// again when that fails.
bool Room::WaitForKey(const std::string& user, const peer::v1::RoomHello& hello, absl::Time now) {
  const auto waiting = waiting_hellos_.find(user);
  if (waiting == waiting_hellos_.end() && waiting_hellos_.size() >= kMaxWaitingHellos) return false;
  const absl::Time until = waiting == waiting_hellos_.end() ? now + kKeyPatience : waiting->second.until;
  if (now >= until) return false;
  peer::v1::RoomHello kept = hello;
  if (waiting != waiting_hellos_.end() && waiting->second.hello.full()) kept.set_full(true);
  waiting_hellos_.insert_or_assign(user, WaitingHello{std::move(kept), now + kJudgeAgain, until});
  host_.WakeAt(now + kJudgeAgain);
  return true;
}

void Room::JudgeWaiting(absl::Time now) {
  std::vector<std::pair<std::string, peer::v1::RoomHello>> due;
  for (const auto& [user, waiting] : waiting_hellos_) {
    if (now >= waiting.again_at) due.emplace_back(user, waiting.hello);
  }
  for (const auto& [user, hello] : due) OnHello(user, hello, now);
}

void Room::OnHello(const std::string& user, const peer::v1::RoomHello& hello, absl::Time now) {
  const LinkInfo* link = host_.LinkTo(user);
  if (link == nullptr || !MayBeJudged(user, now)) return;
  absl::StatusOr<Ticket> ticket = host_.JudgeTicket(hello.ticket(), link->peer.identity);
  if (absl::IsNotFound(ticket.status()) && WaitForKey(user, hello, now)) return;
  waiting_hellos_.erase(user);
  if (ticket.ok() && ticket->room != id_) ticket = absl::UnauthenticatedError("a ticket for another room");
  if (!ticket.ok()) return OnTicketRefused(user, ticket.status(), now);
  const bool was_joined = IsJoined(user);
  if (!was_joined && !MayBeJudged(user, now, MemberConduct::kComing)) return;
  const bool fresh = !members_.contains(user);
  Member& member = members_[user];
  tags_are_stale_ |= fresh || member.device != ticket->device;
  member.link_up = member.joined = true;
  member.device = ticket->device;
  member.role = ticket->role;
  member.ticket_token = hello.ticket();
  member.ticket_expires = ticket->expires;
  let_go_at_ = absl::InfinitePast();
  member.introduction.clear();
  LearnAuthor(link->chain_der, hello.ticket(), member.device);
  if (fresh) {
    EmitRoom("joined", user);
    SetSize(now);
  }
  if (!member.hello_sent || hello.again()) SendHello(user);
  if (hello.owed_from() > 0) OnOwed({member.device, hello.epoch()}, hello.owed_from(), now);
  if (!was_joined) Joined(user, now);
  if (hello.full()) Serve(user, now);
}

// Not a member, or no longer: nothing of this room goes to them. Other rooms and chats on the link are not
// touched.
void Room::OnTicketRefused(const std::string& user, const absl::Status& why, absl::Time now) {
  const auto member = members_.find(user);
  if (member != members_.end() && member->second.joined) Unjoined(user, member->second, now);
  if (!conducts_.Of(user, now).MayBeRefused(now)) {
    overlay_.OnForged(
        user, absl::ResourceExhaustedError(absl::StrCat("@", user, " shows tickets that do not hold")), now);
    return RemoveIfGone(user, now);
  }
  host_.Emit(WarningEvent{"ticket_refused", absl::StrCat("@", user, " showed no valid ticket for #", name_,
                                                         ": ", why.message())});
  RemoveIfGone(user, now);
}

void Room::OnEvents(const std::string& user, const peer::v1::RoomEvents& events, absl::Time now) {
  for (const std::string& event : events.events()) {
    if (verdicts_.contains(event)) continue;
    if (removed_ || !MayBeJudged(user, now)) return;
    OnVerdict(event, now);
  }
}

void Room::Joined(const std::string& user, absl::Time now) {
  if (small_) host_.WantLink(user, {});  // keep it
  EmitRoom("linked", user);
  ShareAddresses(user);
  TellWhatIsHere(user);
  own_.OnLinked(user);
  if (!verdicts_.empty()) {
    peer::v1::Frame events;
    events.mutable_room_events()->set_room(id_);
    for (const std::string& verdict : verdicts_) events.mutable_room_events()->add_events(verdict);
    host_.SendFrame(user, events);
  }
  overlay_.OnLinkUp(user, now);
  overlay_.OnReached(overlay::TagOf(members_[user].device), now);
}

void Room::Unjoined(const std::string& user, Member& member, absl::Time now) {
  member.joined = false;
  let_go_at_ = absl::InfinitePast();
  EmitRoom("unlinked", user);
  overlay_.OnLinkDown(user, now);
  ForgetLink(user);
}

void Room::ForgetLink(const std::string& user) {
  outgoing_.Forget(user);
  waiting_hellos_.erase(user);
  if (asked_again_ == user) asked_again_.clear();
  PastIsLost(user);
  know_no_past_.erase(user);
}

void Room::OnGoodbye(const std::string& user, absl::Time now) {
  Member& member = members_[user];
  member.joined = false;
  overlay_.OnLinkDown(user, now);
  ForgetLink(user);
  // A goodbye is the member's own word; the roster follows.
  member.in_roster = false;
  RemoveIfGone(user, now);
}

// ---- where others are reached

void Room::ShareAddresses(const std::string& user) {
  peer::v1::Frame frame;
  peer::v1::RoomAddresses& addresses = *frame.mutable_room_addresses();
  addresses.set_room(id_);
  for (const auto& [other, member] : members_) {
    if (other == user || !member.joined) continue;
    if (static_cast<size_t>(addresses.members_size()) >= kMaxSharedAddresses) break;
    auto& entry = *addresses.add_members();
    entry.set_user(other);
    Describe(other, entry);
  }
  if (addresses.members_size() > 0) host_.SendFrame(user, frame);
}

void Room::OnAddresses(const peer::v1::RoomAddresses& addresses) {
  size_t told = 0;
  for (const peer::v1::MemberAddresses& entry : addresses.members()) {
    if (++told > kMaxSharedAddresses) return;
    TakeAddresses(entry);
  }
}

void Room::TakeAddresses(const peer::v1::MemberAddresses& entry) {
  const auto member = members_.find(entry.user());
  if (member == members_.end() || member->second.link_up) return;
  std::vector<PeerAddress> addresses;
  for (const auto& address : entry.addresses()) {
    absl::StatusOr<PeerAddress> parsed = MakePeerAddress(address.ip(), address.port());
    if (parsed.ok() && addresses.size() < kMaxPeerAddresses) addresses.push_back(*std::move(parsed));
  }
  host_.LearnAddresses(entry.user(), std::move(addresses));
}

}  // namespace parlor::client
