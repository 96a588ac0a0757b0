// The outbox, and what came in: stored before it is sent, stored before it is acknowledged.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/chat/private_chat.h"

namespace parlor::client {
namespace {

// Messages of one frame; well below a frame's limit, so that others' frames get their turn.
constexpr size_t kFrameBytes = 64 * 1024;

// Received and not committed: a sender that keeps to its window stays far below.
constexpr size_t kMaxStoringBytes = 4 * kMaxUnackedBytes;

// A delivered mark usually follows within this time, and then says more than a sent mark.
constexpr absl::Duration kSentMarkDelay = absl::Milliseconds(500);

constexpr size_t kMaxUnread = 1'000;

constexpr size_t kMaxMissing = 100;  // a device starts anew now and then, not a hundred times at once

// A full disk is rarely emptied sooner.
constexpr absl::Duration kAskAgain = absl::Seconds(5);

}  // namespace

void PrivateChat::Restore(std::vector<Message> outbox) {
  for (Message& message : outbox) {
    Outgoing item;
    item.id = message.id;
    item.text = message.text;
    item.body = EncodeBody({.room = {},
                            .sender = self_,
                            .id = message.id,
                            .time = {absl::ToUnixMillis(message.time), message.logical},
                            .previous = {},
                            .text = std::move(message.text)});
    item.time = message.time;
    item.stored = true;
    item.announced_queued = true;
    item.sent = item.sent_stored = message.mark >= Mark::kSent;
    outgoing_bytes_ += item.body.size();
    outgoing_.push_back(std::move(item));
  }
}

DeliveryEvent PrivateChat::Delivery(const Outgoing& message, const char* mark) const {
  DeliveryEvent event;
  event.id = ToString(message.id);
  event.target = conversation();
  event.ref = message.ref;
  event.mark = mark;
  return event;
}

absl::Status PrivateChat::Send(absl::string_view text, const std::string& ref, absl::Time now) {
  PARLOR_RETURN_IF_ERROR(CheckText(text));
  if (contact_.blocked) {
    return absl::FailedPreconditionError(
        absl::StrCat("you blocked @", contact_.user, "; unblock them first"));
  }
  if (outgoing_.size() >= kMaxOutboxMessages || outgoing_bytes_ + text.size() > kMaxOutboxBytes) {
    return absl::ResourceExhaustedError(absl::StrCat("too much waits for @", contact_.user,
                                                     " already; see 'outbox', and withdraw what is old"));
  }
  const HybridTime time = clock_.Next(now);
  Outgoing item;
  item.id = {device_, epoch_, next_number_++};
  item.text = std::string(text);
  item.ref = ref;
  item.time = ToTime(time);
  item.body = EncodeBody(
      {.room = {}, .sender = self_, .id = item.id, .time = time, .previous = {}, .text = item.text});
  outgoing_bytes_ += item.body.size();

  Message message;
  message.conversation = conversation();
  message.id = item.id;
  message.sender = self_;
  message.own = true;
  message.time = item.time;
  message.logical = time.logical;
  message.text = item.text;
  message.stored_at = now;
  const MessageId id = item.id;
  outgoing_.push_back(std::move(item));
  host_.Store([message = std::move(message)](Store& store) { return store.AddMessage(message).status(); },
              [weak = std::weak_ptr(alive_), id](const absl::Status& status) {
                if (const auto alive = weak.lock()) (*alive)->OnOwnStored(id, status);
              });
  const bool answers = contact_.consent == Consent::kAsked;  // writing to somebody who asked is accepting
  if (answers) return Accept(now);
  if (contact_.consent == Consent::kNone || contact_.consent == Consent::kDeclined) Ask(now);
  return absl::OkStatus();
}

void PrivateChat::OnOwnStored(const MessageId& id, const absl::Status& status) {
  // Messages of this run stand at the end, by number.
  const auto found =
      std::lower_bound(outgoing_.begin(), outgoing_.end(), id, [](const Outgoing& item, const MessageId& at) {
        return item.id.epoch != at.epoch || item.id.number < at.number;
      });
  if (found == outgoing_.end() || found->id != id) return;  // withdrawn meanwhile
  if (!status.ok()) {
    host_.Emit(ErrorEvent{"not_stored",
                          absl::StrCat("the message was not stored and will not be sent: ", status.message()),
                          "send", found->ref});
    outgoing_bytes_ -= found->body.size();
    outgoing_.erase(found);
    return;
  }
  found->stored = true;
  if (std::exchange(committed_, true)) return;
  host_.AfterThisTurn([weak = std::weak_ptr(alive_), now = found->time] {
    if (const auto alive = weak.lock()) (*alive)->OnOwnCommitted(now);
  });
}

// Once for all that one transaction stored: they leave in as few frames as possible.
void PrivateChat::OnOwnCommitted(absl::Time now) {
  committed_ = false;
  Pump(now);
  AnnounceQueued();
  if (!linked_ && needs_link()) host_.WantLink();
}

void PrivateChat::AnnounceQueued() {
  // Stored ones stand before those that are not yet: under load nothing stored waits, and nothing is looked
  // through.
  if (sent_on_link_ == outgoing_.size() || !outgoing_[sent_on_link_].stored) return;
  std::string reason;
  for (auto item = outgoing_.rbegin(); item != outgoing_.rend() && !item->announced_queued; ++item) {
    if (!item->stored || item->sent) continue;
    if (reason.empty()) reason = Reason();
    item->announced_queued = true;
    DeliveryEvent event = Delivery(*item, "queued");
    event.reason = reason;
    event.since = item->time;
    host_.Emit(std::move(event));
  }
}

std::string PrivateChat::Reason() const {
  if (contact_.blocked) return "you blocked them";
  if (contact_.consent == Consent::kDeclined) return absl::StrCat("@", contact_.user, " declined");
  std::string obstacle = host_.Obstacle();
  if (contact_.consent == Consent::kNone) return "the request has ended; write again to ask anew";
  if (contact_.consent == Consent::kAsking) {
    if (obstacle.empty()) return absl::StrCat("@", contact_.user, " has not accepted yet");
    return absl::StrCat("@", contact_.user, " has not accepted yet; ", obstacle);
  }
  return obstacle.empty() ? absl::StrCat("connecting to @", contact_.user) : obstacle;
}

void PrivateChat::Pump(absl::Time now) {
  if (!linked_ || !peer_accepts_ || !allowed()) return;
  bool sent = false;
  while (PumpOne() > 0) sent = true;
  if (sent && store_sent_at_ == absl::InfiniteFuture()) {
    store_sent_at_ = now + kSentMarkDelay;
    host_.WakeAt(store_sent_at_);
  }
}

size_t PrivateChat::PumpOne() {
  peer::v1::Frame frame;
  size_t bytes = 0;
  size_t end = sent_on_link_;
  while (end < outgoing_.size() && outgoing_[end].stored && bytes < kFrameBytes &&
         end < kMaxUnackedMessages && unacked_bytes_ + bytes < kMaxUnackedBytes) {
    frame.mutable_chat_messages()->add_bodies(outgoing_[end].body);
    bytes += outgoing_[end].body.size();
    ++end;
  }
  if (end == sent_on_link_ || !host_.SendFrame(frame)) return 0;
  const size_t count = end - sent_on_link_;
  for (; sent_on_link_ < end; ++sent_on_link_) {
    Outgoing& item = outgoing_[sent_on_link_];
    if (!item.sent) host_.Emit(Delivery(item, "sent"));
    item.sent = true;
  }
  unacked_bytes_ += bytes;
  return count;
}

// Only those that were not acknowledged meanwhile: a withdrawal after a restart must know what may have left.
void PrivateChat::StoreSentMarks() {
  store_sent_at_ = absl::InfiniteFuture();
  std::map<std::pair<std::string, uint64_t>, uint64_t> up_to;
  for (Outgoing& item : outgoing_) {
    if (!item.sent || item.sent_stored) continue;
    item.sent_stored = true;
    up_to[{item.id.device, item.id.epoch}] = item.id.number;
  }
  if (up_to.empty()) return;
  host_.StoreLazily([up_to, chat = conversation()](Store& store) -> absl::Status {
    for (const auto& [author, number] : up_to) {
      PARLOR_RETURN_IF_ERROR(store.RaiseMarks(chat, author.first, author.second, number, Mark::kSent));
    }
    return absl::OkStatus();
  });  // an optimisation: the message itself is stored
}

void PrivateChat::OnDelivered(const peer::v1::ChatDelivered& mark, absl::Time now) {
  bool any = false;
  for (size_t i = 0; i < sent_on_link_;) {
    const Outgoing& item = outgoing_[i];
    if (item.id.device != mark.device() || item.id.epoch != mark.epoch()) {
      ++i;
      continue;
    }
    if (item.id.number > mark.up_to()) break;
    DeliveryEvent event = Delivery(item, "delivered");
    event.by = contact_.user;
    host_.Emit(std::move(event));
    unread_.emplace_back(item.id, item.ref);
    unacked_bytes_ -= std::min(unacked_bytes_, item.body.size());
    outgoing_bytes_ -= item.body.size();
    outgoing_.erase(outgoing_.begin() + static_cast<std::ptrdiff_t>(i));
    --sent_on_link_;
    any = true;
  }
  if (!any) return;
  while (unread_.size() > kMaxUnread) unread_.pop_front();
  // Lost, it comes again: the message is sent and acknowledged once more.
  host_.StoreLazily([chat = conversation(), mark](Store& store) {
    return store.RaiseMarks(chat, mark.device(), mark.epoch(), mark.up_to(), Mark::kDelivered);
  });
  Pump(now);
}

void PrivateChat::OnRead(const peer::v1::ChatRead& mark) {
  bool any = false;
  for (auto item = unread_.begin(); item != unread_.end();) {
    const MessageId& id = item->first;
    if (id.device != mark.device() || id.epoch != mark.epoch() || id.number > mark.up_to()) {
      ++item;
      continue;
    }
    DeliveryEvent event;
    event.id = ToString(id);
    event.target = conversation();
    event.ref = item->second;
    event.mark = "read";
    event.by = contact_.user;
    host_.Emit(std::move(event));
    item = unread_.erase(item);
    any = true;
  }
  if (!any) return;
  // The other side repeats its read marks at every link-up.
  host_.StoreLazily([chat = conversation(), mark](Store& store) {
    return store.RaiseMarks(chat, mark.device(), mark.epoch(), mark.up_to(), Mark::kRead);
  });
}

absl::Status PrivateChat::Withdraw(const std::string& id, absl::Time now) {
  const bool all = id.empty();
  size_t taken = 0;
  for (size_t i = 0; i < outgoing_.size();) {
    Outgoing& item = outgoing_[i];
    if (item.sent || (!all && ToString(item.id) != id)) {
      ++i;
      continue;
    }
    host_.Store(
        [chat = conversation(), gone = item.id](Store& store) { return store.Withdraw(chat, gone); },
        [](const absl::Status&) {});  // stays in the history as queued, but is never sent again in this run
    host_.Emit(Delivery(item, "withdrawn"));
    outgoing_bytes_ -= item.body.size();
    outgoing_.erase(outgoing_.begin() + static_cast<std::ptrdiff_t>(i));
    ++taken;
  }
  if (all && contact_.consent == Consent::kAsking) {
    SetConsent(Consent::kNone, now);
    peer::v1::SignalPayload signal;
    signal.mutable_withdraw();
    host_.SendSignal(signal);
    host_.Emit(ChatEvent{contact_.user, "withdrawn", {}});
    return absl::OkStatus();
  }
  if (taken == 0) {
    return absl::NotFoundError(
        all ? absl::StrCat("nothing that could be taken back waits for @", contact_.user)
            : std::string("this message is not waiting: it went out already, or never was"));
  }
  return absl::OkStatus();
}

void PrivateChat::OnMessages(const peer::v1::ChatMessages& messages, absl::Time now) {
  // Not acknowledged, so the sender keeps them.
  if (!allowed() || ask_again_at_ != absl::InfiniteFuture()) return;
  std::vector<Message> fresh;
  size_t bytes = 0;
  for (const std::string& bytes_of_body : messages.bodies()) {
    absl::StatusOr<DecodedBody> body = DecodeBody(bytes_of_body);
    if (body.ok() && (body->sender != contact_.user || !body->room.empty())) {
      body = absl::InvalidArgumentError("a message in a private chat is not from the one at the other end");
    }
    if (!body.ok()) return host_.CloseLink(body.status());
    if (!InTurn(body->id)) continue;
    clock_.Observe(body->time, now);
    Message message;
    message.conversation = conversation();
    message.id = std::move(body->id);
    message.sender = contact_.user;
    message.time = ToTime(body->time);
    message.logical = body->time.logical;
    message.text = std::move(body->text);
    message.via = via_;
    message.stored_at = now;
    bytes += bytes_of_body.size();
    fresh.push_back(std::move(message));
  }
  if (storing_bytes_ + bytes > kMaxStoringBytes) {
    return host_.CloseLink(absl::ResourceExhaustedError("more came than may be on the way"));
  }
  if (fresh.empty()) return;
  storing_bytes_ += bytes;
  const auto batch = std::make_shared<std::vector<Message>>(std::move(fresh));
  const auto added = std::make_shared<std::vector<char>>(batch->size(), 0);
  host_.Store(
      [batch, added](Store& store) -> absl::Status {
        for (size_t i = 0; i < batch->size(); ++i) {
          PARLOR_ASSIGN_OR_RETURN((*added)[i], store.AddMessage((*batch)[i]));
        }
        return absl::OkStatus();
      },
      [weak = std::weak_ptr(alive_), batch, added, bytes, now](const absl::Status& status) {
        const auto alive = weak.lock();
        if (!alive) return;
        PrivateChat& chat = **alive;
        chat.storing_bytes_ -= bytes;
        std::vector<MessageId> all;
        std::vector<Message> shown;
        for (size_t i = 0; i < batch->size(); ++i) {
          all.push_back((*batch)[i].id);
          if ((*added)[i] != 0) shown.push_back(std::move((*batch)[i]));
        }
        if (!status.ok()) return chat.OnNotStored(all, status, now);
        chat.OnStored(shown, all);
      });
}

bool PrivateChat::InTurn(const MessageId& id) {
  const auto lost = missing_.find({id.device, id.epoch});
  if (lost == missing_.end()) return true;
  if (id.number == lost->second.number) lost->second.comes = true;
  return lost->second.comes || id.number < lost->second.number;
}

// Nothing is lost: the sender keeps what is not acknowledged, and is asked for it again.
void PrivateChat::OnNotStored(const std::vector<MessageId>& all, const absl::Status& status,
                              absl::Time when) {
  for (const MessageId& id : all) {
    Missing& first = missing_.try_emplace({id.device, id.epoch}, Missing{id.number}).first->second;
    first = {std::min(first.number, id.number)};
  }
  if (missing_.size() > kMaxMissing) {
    missing_.clear();  // on the next link everything comes again, in order
    return host_.CloseLink(absl::ResourceExhaustedError("too many runs of a device at once"));
  }
  const bool told = ask_again_at_ != absl::InfiniteFuture();
  ask_again_at_ = when + kAskAgain;
  host_.WakeAt(ask_again_at_);
  if (told) return;
  host_.Emit(ErrorEvent{"not_stored",
                        absl::StrCat("messages of @", contact_.user,
                                     " could not be stored; they stay with the sender and are "
                                     "asked for again: ",
                                     status.message()),
                        {},
                        {}});
}

void PrivateChat::AskAgain(absl::Time now) {
  ask_again_at_ = SendState() ? absl::InfiniteFuture() : now + kAskAgain;
}

void PrivateChat::OnStored(const std::vector<Message>& fresh, const std::vector<MessageId>& all) {
  for (const Message& message : fresh) {
    MessageEvent event;
    event.id = ToString(message.id);
    event.target = conversation();
    event.from = contact_.user;
    event.text = message.text;
    event.time = message.time;
    event.proof = "link";
    event.via = message.via;
    host_.Emit(std::move(event));
  }
  for (const MessageId& id : all) {
    const auto lost = missing_.find({id.device, id.epoch});
    if (lost != missing_.end() && lost->second.number == id.number) missing_.erase(lost);
  }
  std::map<std::pair<std::string, uint64_t>, uint64_t> up_to;
  for (const MessageId& id : all) {
    if (missing_.contains({id.device, id.epoch})) continue;
    uint64_t& number = up_to[{id.device, id.epoch}];
    number = std::max(number, id.number);
  }
  for (const auto& [author, number] : up_to) {
    uint64_t& here = here_[author];
    here = std::max(here, number);
    peer::v1::Frame frame;
    frame.mutable_chat_delivered()->set_device(author.first);
    frame.mutable_chat_delivered()->set_epoch(author.second);
    frame.mutable_chat_delivered()->set_up_to(number);
    host_.SendFrame(frame);  // lost with the link, the messages come again and are acknowledged then
  }
}

void PrivateChat::Read(absl::Time) {
  for (const auto& [author, up_to] : here_) read_[author] = up_to;
  SendReadMarks();
}

void PrivateChat::SendReadMarks() {
  for (const auto& [author, up_to] : read_) {
    peer::v1::Frame frame;
    frame.mutable_chat_read()->set_device(author.first);
    frame.mutable_chat_read()->set_epoch(author.second);
    frame.mutable_chat_read()->set_up_to(up_to);
    if (!host_.SendFrame(frame)) return;
  }
}

std::vector<OutboxEntry> PrivateChat::Outbox() const {
  std::vector<OutboxEntry> entries;
  for (const Outgoing& item : outgoing_) {
    entries.push_back({ToString(item.id), conversation(), item.text, item.time,
                       item.sent ? std::string("sent, not acknowledged yet") : Reason()});
  }
  return entries;
}

}  // namespace parlor::client
