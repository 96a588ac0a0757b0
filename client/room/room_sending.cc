// Own messages: written, stored, handed to the overlay; and who has them.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/room/message_frame.h"
#include "client/room/room.h"
#include "client/room/signed_bytes.h"

namespace parlor::client {
namespace {

// A person has few starts of which something is new at a time.
constexpr int kMaxMarksHeard = 64;

}  // namespace

absl::Status Room::MaySend(absl::Time now) {
  if (ticket_.empty())
    return absl::UnavailableError(absl::StrCat("#", name_, " is not entered yet; try again in a moment"));
  if (stage_ && role_ == Role::kListener) {
    return absl::FailedPreconditionError(
        absl::StrCat("#", name_, " is a stage and you listen: raise your hand to be made a speaker"));
  }
  if (own_.unstored() >= kMaxUnstoredMessages) {
    return absl::ResourceExhaustedError(
        "the disk does not keep up; this message was not taken, send it again");
  }
  if (!KeepsUp(now)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("#", name_, " does not keep up with you; this message was not taken, send it again"));
  }
  return absl::OkStatus();
}

// In a small room it is known who has what; in a large one only whether the neighbours take more.
bool Room::KeepsUp(absl::Time now) {
  if (overlay_.congested() || (overlay_.paced() && !pace_.TryTake(now))) return false;
  if (!small_ || own_.last() < kAlwaysInFlight) return true;
  std::vector<std::string> linked;
  for (const auto& [user, member] : members_) {
    if (member.joined && overlay_.IsNeighbour(user)) linked.push_back(user);
  }
  const uint64_t in_flight = own_.InFlight(linked);
  if (in_flight < kAlwaysInFlight) return true;
  const absl::Time since = own_.WrittenAt(own_.last() - in_flight + 1);
  return in_flight * linked.size() < kMaxDeliveriesInFlight && now - since < kMaxLag;
}

Message Room::Compose(absl::string_view text, absl::Time now) {
  const HybridTime time = clock_.Next(now);
  Message message;
  message.conversation = conversation();
  message.id = {self_.device, self_.epoch, own_.last() + 1};
  message.sender = self_.user;
  message.own = true;
  message.time = ToTime(time);
  message.logical = time.logical;
  message.text = std::string(text);
  message.stored_at = now;
  message.proof = Proof::kSignature;
  message.body = EncodeBody({.room = id_,
                             .sender = self_.user,
                             .id = message.id,
                             .time = time,
                             .previous = last_hash_,
                             .text = message.text});
  message.signature = self_.key.Sign(SignedBytes(message.body));
  last_hash_ = Sha256(message.body);
  return message;
}

absl::Status Room::Send(absl::string_view text, const std::string& ref, absl::Time now) {
  PARLOR_RETURN_IF_ERROR(CheckText(text));
  PARLOR_RETURN_IF_ERROR(MaySend(now));
  Message message = Compose(text, now);
  const uint64_t number = message.id.number;
  own_.Add(ref, message.time,
           std::make_shared<const std::string>(SignedMessageBytes(message.body, message.signature)));
  host_.Store([message = std::move(message)](Store& store) { return store.AddMessage(message).status(); },
              [weak = std::weak_ptr(alive_), number](const absl::Status& status) {
                if (const auto alive = weak.lock()) (*alive)->OnOwnStored(number, status);
              });
  return absl::OkStatus();
}

void Room::OnOwnStored(uint64_t number, const absl::Status& status) {
  const OwnMessage& own = own_.OnStored(number, status.ok());
  if (!status.ok()) {
    // Its number is used and its successors commit to it, so it stays in the chain, but nobody is told of it.
    host_.Emit(ErrorEvent{"not_stored",
                          absl::StrCat("the message was not stored and was not sent: ", status.message()),
                          "send", own.ref});
  }
  CommitsSoon();
}

void Room::CommitsSoon() {
  if (std::exchange(commits_soon_, true)) return;
  host_.AfterThisTurn([weak = std::weak_ptr(alive_)](absl::Time now) {
    if (const auto alive = weak.lock()) (*alive)->OnCommits(now);
  });
}

void Room::OnCommits(absl::Time now) {
  commits_soon_ = false;
  const Turn turn(*this);
  Acknowledge(now);
  while (OwnMessage* const own = own_.Next()) Publish(*own, now);
}

void Room::Publish(OwnMessage& message, absl::Time now) {
  if (message.lost) return;
  if (!left_) {
    overlay_.Publish({.id = {own_stream_, message.number}, .bytes = std::exchange(message.bytes, nullptr)},
                     now);
  }
  Announce(message);
}

void Room::Announce(const OwnMessage& message) {
  DeliveryEvent event;
  event.id = ToString(MessageId{self_.device, self_.epoch, message.number});
  event.target = "#" + name_;
  event.ref = message.ref;
  if (linked() > 0) {
    event.mark = "sent";
  } else {
    event.mark = "queued";
    event.reason = members_.empty() ? "alone" : "no member is reached yet";
    event.since = message.time;
  }
  host_.Emit(std::move(event));
}

// ---- who has them

void Room::OnHave(const std::string& user, const peer::v1::RoomHave& have) {
  int marks = 0;
  for (const peer::v1::RoomMark& mark : have.marks()) {
    if (++marks > kMaxMarksHeard) return;
    if (mark.device() != self_.device || mark.epoch() != self_.epoch) continue;
    const std::vector<const OwnMessage*> news = own_.OnHave(user, mark.from(), mark.up_to());
    TellDelivered(news, user);
    if (!news.empty()) RaiseDelivered(mark.from(), news.back()->number);
  }
}

// The message itself is stored; lost, the mark comes again with the next link.
void Room::RaiseDelivered(uint64_t from, uint64_t up_to) {
  if (up_to == 0) return;
  host_.StoreLazily([=, chat = conversation(), device = self_.device, epoch = self_.epoch](Store& store) {
    return store.RaiseMarks(chat, device, epoch, up_to, Mark::kDelivered, from);
  });
}

// In a large room, and without a name: how many have it.
void Room::TellDelivered(const std::vector<const OwnMessage*>& messages, const std::string& by) {
  const bool named = !by.empty() && members_.size() < kMaxNamedHolders;
  for (const OwnMessage* own : messages) {
    DeliveryEvent event;
    event.id = ToString(MessageId{self_.device, self_.epoch, own->number});
    event.target = "#" + name_;
    event.ref = own->ref;
    event.mark = "delivered";
    if (named) {
      event.by = by;
    } else {
      event.count = static_cast<uint32_t>(own->holders);
      event.of = static_cast<uint32_t>(members_.size());
    }
    host_.Emit(std::move(event));
  }
}

}  // namespace parlor::client
