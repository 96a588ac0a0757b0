// Links with members: each side shows its ticket, judges the other's, and passes on what a newcomer needs.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/room/room.h"

namespace parlor::client {
namespace {

// Gaps that a lost neighbour may have left are looked for after this.
constexpr absl::Duration kResyncDelay = absl::Seconds(1);
constexpr size_t kMaxSharedAddresses = 32;
constexpr size_t kMaxWaitingHellos = 64;
constexpr absl::Duration kKeyPatience = absl::Seconds(30);
constexpr absl::Duration kJudgeAgain = absl::Seconds(1);

}  // namespace

void Room::OnLinkUp(const std::string& user, absl::Time) {
  const auto found = members_.find(user);
  if (found == members_.end()) return;
  Member& member = found->second;
  member.link_up = true;
  member.hello_sent = member.joined = member.wants_own = member.catching_up = false;
  SendHello(user, false, !synced_);
}

void Room::OnLinkDown(const std::string& user, absl::Time now) {
  waiting_hellos_.erase(user);
  const auto found = members_.find(user);
  if (found == members_.end() || !found->second.link_up) return;
  Member& member = found->second;
  const bool was_joined = member.joined;
  member.link_up = member.hello_sent = member.joined = member.wants_own = member.catching_up = false;
  if (syncing_with_ == user) syncing_with_.clear();
  // What they passed on to others but not to us, others have.
  if (was_joined) {
    resync_at_ = std::min(resync_at_, now + kResyncDelay);
    host_.WakeAt(resync_at_);
    EmitRoom("unlinked", user);
  }
  // Without a whole roster nobody says that they left: they stay, and are dialled again.
  const absl::Time roster_is_whole = host_.strict_from();
  if (now >= roster_is_whole) {
    RemoveIfGone(user);
  } else {
    host_.WakeAt(roster_is_whole);
  }
  if (members_.contains(user)) host_.WantLink(user, {});
}

void Room::SendHello(const std::string& user, bool renewal, bool full) {
  if (left_ || ticket_.empty()) return;
  if (full && !syncing_with_.empty() && syncing_with_ != user) full = false;  // one answer at a time
  peer::v1::Frame frame;
  peer::v1::RoomHello& hello = *frame.mutable_room_hello();
  hello.set_room(id_);
  hello.set_ticket(ticket_);
  hello.set_renewal(renewal);
  hello.set_full(full);
  if (!renewal) {
    for (peer::v1::RoomMark& mark : OwnMarks()) *hello.add_marks() = std::move(mark);
  }
  if (!host_.SendFrame(user, frame)) return;
  members_[user].hello_sent = true;
  if (full && !renewal) syncing_with_ = user;
}

// A newcomer may be shown a ticket before it has rooms' keys: they come by another way, and are asked for
// again when that fails.
bool Room::WaitForKey(const std::string& user, const peer::v1::RoomHello& hello, absl::Time now) {
  const auto waiting = waiting_hellos_.find(user);
  if (waiting == waiting_hellos_.end() && waiting_hellos_.size() >= kMaxWaitingHellos) return false;
  const absl::Time until = waiting == waiting_hellos_.end() ? now + kKeyPatience : waiting->second.until;
  if (now >= until) return false;
  peer::v1::RoomHello kept = hello;
  if (hello.renewal() && waiting != waiting_hellos_.end()) {  // brings no marks
    kept = waiting->second.hello;
    kept.set_ticket(hello.ticket());
  }
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
  if (link == nullptr) return;
  absl::StatusOr<Ticket> ticket = host_.JudgeTicket(hello.ticket(), link->peer.identity);
  if (absl::IsNotFound(ticket.status()) && WaitForKey(user, hello, now)) return;
  waiting_hellos_.erase(user);
  if (ticket.ok() && ticket->room != id_) ticket = absl::UnauthenticatedError("a ticket for another room");
  if (!ticket.ok()) {
    // Not a member, or no longer: nothing of this room goes to them. Other rooms and chats on the link are
    // not touched.
    const auto member = members_.find(user);
    if (member != members_.end()) member->second.joined = member->second.wants_own = false;
    host_.Emit(WarningEvent{"ticket_refused", absl::StrCat("@", user, " showed no valid ticket for #", name_,
                                                           ": ", ticket.status().message())});
    return RemoveIfGone(user);
  }
  const bool fresh = !members_.contains(user);
  Member& member = members_[user];
  const bool was_joined = member.joined;
  member.link_up = member.joined = true;
  member.device = ticket->device;
  member.role = ticket->role;
  member.ticket_token = hello.ticket();
  member.ticket_expires = ticket->expires;
  LearnAuthor(link->chain_der, hello.ticket());
  if (fresh) EmitRoom("joined", user);
  if (!member.hello_sent) SendHello(user, false, !synced_);
  if (!was_joined) Joined(user);
  if (!hello.renewal()) Serve(user, hello);
}

void Room::Joined(const std::string& user) {
  host_.WantLink(user, {});  // keep it
  EmitRoom("linked", user);
  peer::v1::Frame frame;
  peer::v1::RoomAddresses& addresses = *frame.mutable_room_addresses();
  addresses.set_room(id_);
  for (const auto& [other, member] : members_) {
    if (other == user || !member.joined) continue;
    if (static_cast<size_t>(addresses.members_size()) >= kMaxSharedAddresses) break;
    auto* entry = addresses.add_members();
    entry->set_user(other);
    entry->set_device(member.device);
    for (const PeerAddress& address : host_.AddressesOf(other)) {
      auto* wire = entry->add_addresses();
      wire->set_ip(address.ip);
      wire->set_port(address.port);
    }
  }
  if (addresses.members_size() > 0) host_.SendFrame(user, frame);
  if (verdicts_.empty()) return;
  peer::v1::Frame events;
  events.mutable_room_events()->set_room(id_);
  for (const std::string& verdict : verdicts_) events.mutable_room_events()->add_events(verdict);
  host_.SendFrame(user, events);
}

}  // namespace parlor::client
