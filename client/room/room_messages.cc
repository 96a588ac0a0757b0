// What is said: own messages out, others' in, and who has them.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/link/link_words.h"
#include "client/room/room.h"
#include "client/store/message_words.h"

namespace parlor::client {
namespace {

constexpr char kSignatureDomain[] = "parlor room message v1";  // with its terminating NUL
constexpr size_t kFrameBytes = 64 * 1024;
constexpr size_t kMaxOwnMessages = 8'192;
constexpr size_t kMaxOwnBytes = 16 * 1024 * 1024;
constexpr int kCatchUpMessages = 500;
// Others' messages on their way to the disk: about a thousand full frames. More are asked for again later.
constexpr size_t kMaxStoringBytes = 64 * 1024 * 1024;
// A full disk is rarely emptied sooner.
constexpr absl::Duration kAskAgain = absl::Seconds(5);

std::string SignedBytes(absl::string_view body) {
  std::string bytes(kSignatureDomain, sizeof(kSignatureDomain));
  bytes.append(body.data(), body.size());
  return bytes;
}

}  // namespace

absl::Status Room::Send(absl::string_view text, const std::string& ref, absl::Time now) {
  PARLOR_RETURN_IF_ERROR(CheckText(text));
  if (ticket_.empty())
    return absl::UnavailableError(absl::StrCat("#", name_, " is not entered yet; try again in a moment"));
  if (stage_ && role_ == Role::kListener) {
    return absl::FailedPreconditionError(
        absl::StrCat("#", name_, " is a stage and you listen: raise your hand to be made a speaker"));
  }
  if (unstored_ >= kMaxUnstoredMessages) {
    return absl::ResourceExhaustedError(
        "the disk does not keep up; this message was not taken, send it again");
  }
  const HybridTime time = clock_.Next(now);
  OwnMessage own;
  own.number = next_number_++;
  own.ref = ref;
  own.time = ToTime(time);

  Message message;
  message.conversation = conversation();
  message.id = {self_.device, self_.epoch, own.number};
  message.sender = self_.user;
  message.own = true;
  message.time = own.time;
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

  own.wire.set_body(message.body);
  own.wire.set_signature(message.signature);
  own_bytes_ += own.wire.body().size();
  const uint64_t number = own.number;
  own_.push_back(std::move(own));
  ++unstored_;
  host_.Store([message = std::move(message)](Store& store) { return store.AddMessage(message).status(); },
              [weak = std::weak_ptr(alive_), number](const absl::Status& status) {
                if (const auto alive = weak.lock()) (*alive)->OnOwnStored(number, status);
              });
  return absl::OkStatus();
}

void Room::OnOwnStored(uint64_t number, const absl::Status& status) {
  --unstored_;
  OwnMessage& own = own_[number - own_.front().number];
  own.stored = true;
  if (!status.ok()) {
    // Its number is used and its successors commit to it, so it stays in the chain, but nobody was told of
    // it.
    host_.Emit(ErrorEvent{"not_stored",
                          absl::StrCat("the message was not stored and was not sent: ", status.message()),
                          "send", own.ref});
    own.wire.Clear();
    own.announced = true;
  }
  CommitsSoon();
}

void Room::CommitsSoon() {
  if (std::exchange(commits_soon_, true)) return;
  host_.AfterThisTurn([weak = std::weak_ptr(alive_)] {
    if (const auto alive = weak.lock()) (*alive)->OnCommits();
  });
}

// Once for all that one transaction stored: messages leave, and are acknowledged, in as few frames as
// possible.
void Room::OnCommits() {
  commits_soon_ = false;
  Acknowledge();
  for (const auto& [user, member] : members_) Pump(user);
  if (!own_.empty()) announced_up_to_ = std::max(announced_up_to_, own_.front().number - 1);
  while (!own_.empty() && announced_up_to_ < own_.back().number) {
    OwnMessage& own = own_[announced_up_to_ + 1 - own_.front().number];
    if (!own.stored) break;
    Announce(own);
    ++announced_up_to_;
  }
  while (own_.size() > kMaxOwnMessages || own_bytes_ > kMaxOwnBytes) {
    if (!own_.front().stored || own_.size() == 1) break;
    own_bytes_ -= own_.front().wire.body().size();
    own_.pop_front();
  }
}

void Room::Announce(OwnMessage& message) {
  if (message.announced) return;
  message.announced = true;
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

void Room::Pump(const std::string& user) {
  const auto member = members_.find(user);
  if (member == members_.end()) return;
  while (PumpOne(user, member->second)) {
  }
}

bool Room::PumpOne(const std::string& user, Member& member) {
  if (!member.joined || !member.wants_own || member.catching_up || own_.empty()) return false;
  if (member.sent_up_to + 1 < own_.front().number) {
    CatchUp(user, member);
    return false;
  }
  peer::v1::Frame frame;
  frame.mutable_room_messages()->set_room(id_);
  size_t bytes = 0;
  uint64_t up_to = member.sent_up_to;
  for (size_t i = up_to + 1 - own_.front().number; i < own_.size() && own_[i].stored && bytes < kFrameBytes;
       ++i) {
    up_to = own_[i].number;
    if (own_[i].wire.body().empty()) continue;  // was not stored
    *frame.mutable_room_messages()->add_messages() = own_[i].wire;
    bytes += own_[i].wire.body().size() + own_[i].wire.signature().size();
  }
  if (up_to == member.sent_up_to) return false;
  if (frame.room_messages().messages_size() > 0 && !host_.SendFrame(user, frame)) return false;
  member.sent_up_to = up_to;
  return true;
}

// A member that is further behind than memory reaches reads from the disk; the others do not wait for it.
void Room::CatchUp(const std::string& user, Member& member) {
  member.catching_up = true;
  const uint64_t from = member.sent_up_to + 1;
  const auto messages = std::make_shared<std::vector<Message>>();
  host_.Store(
      [messages, from, chat = conversation(), device = self_.device,
       epoch = self_.epoch](Store& store) -> absl::Status {
        PARLOR_ASSIGN_OR_RETURN(*messages,
                                store.Range(chat, device, epoch, from, UINT64_MAX, kCatchUpMessages));
        return absl::OkStatus();
      },
      [weak = std::weak_ptr(alive_), messages, user](const absl::Status& status) {
        const auto alive = weak.lock();
        if (!alive) return;
        Room& room = **alive;
        const auto found = room.members_.find(user);
        if (found == room.members_.end() || !found->second.catching_up) return;
        found->second.catching_up = false;
        if (!status.ok() || messages->empty()) {
          room.host_.CloseLink(user, absl::DataLossError("older messages could not be read from the disk"));
          return;
        }
        room.SendSynced(user, *messages, {});
        found->second.sent_up_to = messages->back().id.number;
        room.Pump(user);
      });
}

absl::StatusOr<Room::Incoming> Room::Decode(const std::string& user,
                                            const peer::v1::SignedMessage& wire) const {
  Incoming message;
  PARLOR_ASSIGN_OR_RETURN(message.body, DecodeBody(wire.body()));
  if (message.body.room != id_) return absl::InvalidArgumentError("a message of another room");
  message.wire = wire;
  message.from = user;
  const auto member = members_.find(user);
  message.direct = message.body.sender == user && message.body.id.device == member->second.device;
  return message;
}

bool Room::IsGenuine(const Author& author, const Incoming& message) {
  return author.peer.identity.user == message.body.sender &&
         author.peer.key.Verify(SignedBytes(message.wire.body()), message.wire.signature()).ok();
}

// The signature is asked of every message; for relayed ones the author has to be proved too.
Proof Room::Check(const Incoming& message) const {
  const auto known = authors_.find(message.body.id.device);
  if (known == authors_.end()) return Proof::kUnverified;
  const Author& author = known->second.author;
  const bool may_write = (!stage_ || author.ticket.role != Role::kListener) &&
                         host_.Covers(author.ticket, ToTime(message.body.time)).ok();
  return may_write && IsGenuine(author, message) ? Proof::kSignature : Proof::kUnverified;
}

// Members pass on what they could prove and nothing else. So what a known author did not sign was made up by
// whoever hands it over; let in, it would take the number of a message that the author is still to write.
absl::Status Room::JudgeRelayed(const Incoming& message) const {
  const auto known = authors_.find(message.body.id.device);
  if (message.proof != Proof::kSignature && known != authors_.end() &&
      !IsGenuine(known->second.author, message)) {
    return absl::DataLossError(
        absl::StrCat("@", message.from, " handed over words that @", message.body.sender, " did not write"));
  }
  if (stage_ && message.proof != Proof::kSignature) {
    return absl::PermissionDeniedError(absl::StrCat("@", message.from, " handed over words of @",
                                                    message.body.sender,
                                                    ", who is not proved to be a speaker"));
  }
  return absl::OkStatus();
}

absl::Status Room::MayBeHeard(const Incoming& message) const {
  if (!message.direct) return JudgeRelayed(message);
  if (stage_ && members_.find(message.from)->second.role == Role::kListener) {
    return absl::PermissionDeniedError(absl::StrCat("@", message.from, " is a listener and spoke"));
  }
  return absl::OkStatus();
}

void Room::OnMessages(const std::string& user, const peer::v1::RoomMessages& messages, absl::Time now) {
  for (const peer::v1::AuthorProof& proof : messages.proofs()) {
    LearnAuthor({proof.chain_der().begin(), proof.chain_der().end()}, proof.ticket());
  }
  std::vector<Incoming> taken;
  const absl::Status broken = TakeInAll(user, messages, now, taken);
  StoreIncoming(std::move(taken), now);  // those before a broken one were shown
  if (!broken.ok()) host_.CloseLink(user, broken);
}

absl::Status Room::TakeInAll(const std::string& user, const peer::v1::RoomMessages& messages, absl::Time now,
                             std::vector<Incoming>& taken) {
  const LinkInfo* link = host_.LinkTo(user);
  const std::string via = link == nullptr ? std::string() : Via(*link);
  bool told = false;
  for (const peer::v1::SignedMessage& wire : messages.messages()) {
    PARLOR_ASSIGN_OR_RETURN(Incoming message, Decode(user, wire));
    // A device may not write in this device's name: only what the store already has could come back to its
    // author.
    if (message.body.id.device == self_.device) continue;
    message.proof = message.direct ? Proof::kLink : Check(message);
    absl::Status verdict = MayBeHeard(message);
    if (absl::IsPermissionDenied(verdict)) {
      if (!std::exchange(told, true)) host_.Emit(WarningEvent{"not_allowed", std::string(verdict.message())});
      continue;
    }
    if (!verdict.ok()) {
      host_.Emit(WarningEvent{"forged", std::string(verdict.message())});
      return verdict;
    }
    message.via = via;
    TakeIn(std::move(message), now, taken);
  }
  return absl::OkStatus();
}

void Room::TakeIn(Incoming message, absl::Time now, std::vector<Incoming>& taken) {
  clock_.Observe(message.body.time, now);
  const AuthorKey author{message.body.id.device, message.body.id.epoch};
  if (missing_.size() >= kMaxAuthorLogs && !missing_.contains(author)) return;
  if (logs_.size() >= kMaxAuthorLogs && !logs_.contains(author)) logs_.erase(logs_.begin());
  AuthorLog<Incoming>& log = logs_[author];
  const std::string from = message.from;
  const uint64_t number = message.number();
  const bool history = !message.direct || ToTime(message.body.time) < entered_at_;
  switch (log.Put(message, now)) {
    case AuthorLog<Incoming>::Place::kNext:
      return Deliver(log.Take(), history, taken);
    case AuthorLog<Incoming>::Place::kOlder:
      return Deliver(log.Take(), true, taken);
    case AuthorLog<Incoming>::Place::kHeld:
      AskForGap(author, from);
      return host_.WakeAt(log.deadline());
    case AuthorLog<Incoming>::Place::kKnown:
      if (number > log.last()) return;      // it waits for those before it
      taken.push_back(std::move(message));  // storing finds out whether it is the same
      return;
  }
}

// Shown at once when the link proves the author; StoreIncoming checks what may be passed on.
void Room::Deliver(std::vector<Incoming> messages, bool history, std::vector<Incoming>& taken) {
  for (Incoming& message : messages) {
    const AuthorKey author{message.body.id.device, message.body.id.epoch};
    const auto chain = chains_.find(author);
    if (chain != chains_.end() && chain->second.first + 1 == message.number() &&
        chain->second.second != message.body.previous) {
      message.proof = Proof::kConflict;
    }
    chains_[author] = {message.number(), Sha256(message.wire.body())};
    Show(message, history);
    taken.push_back(std::move(message));
  }
}

void Room::Show(const Incoming& message, bool history) {
  MessageEvent event;
  event.id = ToString(message.body.id);
  event.target = "#" + name_;
  event.from = message.body.sender;
  event.text = message.body.text;
  event.time = ToTime(message.body.time);
  event.history = history;
  event.proof = Word(message.proof);
  event.via = message.via;
  host_.Emit(std::move(event));
}

void Room::StoreIncoming(std::vector<Incoming> messages, absl::Time now) {
  if (messages.empty()) return;
  const auto batch = std::make_shared<PendingBatch>();
  for (Incoming& incoming : messages) {
    Message message;
    message.proof = incoming.proof == Proof::kLink ? Check(incoming) : incoming.proof;
    message.conversation = conversation();
    message.id = std::move(incoming.body.id);
    message.own = incoming.body.sender == self_.user;
    message.sender = std::move(incoming.body.sender);
    message.time = ToTime(incoming.body.time);
    message.logical = incoming.body.time.logical;
    message.text = std::move(incoming.body.text);
    message.body = std::move(*incoming.wire.mutable_body());
    message.signature = std::move(*incoming.wire.mutable_signature());
    message.via = std::move(incoming.via);
    message.stored_at = now;
    batch->bytes += message.body.size() + message.signature.size();
    batch->messages.push_back(std::move(message));
  }
  if (storing_bytes_ + batch->bytes > kMaxStoringBytes) {
    return OnNotStored(*batch, absl::ResourceExhaustedError("the disk does not keep up"), now);
  }
  storing_bytes_ += batch->bytes;
  host_.Store([batch](Store& store) { return Add(store, *batch); },
              [weak = std::weak_ptr(alive_), batch, now](const absl::Status& status) {
                const auto alive = weak.lock();
                if (!alive) return;
                (*alive)->storing_bytes_ -= batch->bytes;
                if (!status.ok()) return (*alive)->OnNotStored(*batch, status, now);
                (*alive)->OnStored(*batch);
              });
}

// One that the store refuses changes nothing there, and takes no other of its frame with it.
absl::Status Room::Add(client::Store& store, PendingBatch& batch) {
  batch.outcomes.clear();
  for (const Message& message : batch.messages) {
    bool conflict = false;
    absl::Status added = store.AddMessage(message, &conflict).status();
    if (!added.ok() && !absl::IsInvalidArgument(added)) return added;
    if (conflict) {
      PARLOR_RETURN_IF_ERROR(store.SetProof(message.conversation, message.id, Proof::kConflict));
      added = absl::AlreadyExistsError("there are two different messages under one number");
    }
    batch.outcomes.push_back(std::move(added));
  }
  return absl::OkStatus();
}

void Room::OnNotStored(const PendingBatch& batch, const absl::Status& status, absl::Time when) {
  const bool told = !missing_.empty();
  for (const Message& message : batch.messages) {
    const uint64_t number = message.id.number;
    Lost& lost =
        missing_.try_emplace({message.id.device, message.id.epoch}, Lost{number, number}).first->second;
    lost = {std::min(lost.first, number), std::max(lost.last, number)};
  }
  ask_again_after_ = kAskAgain;
  resync_at_ = std::min(resync_at_, when + kAskAgain);
  host_.WakeAt(resync_at_);
  if (told) return;
  host_.Emit(ErrorEvent{
      "not_stored",
      absl::StrCat("messages of #", name_,
                   " were shown but could not be stored; they are asked for again: ", status.message()),
      {},
      {}});
}

// They come again in their order, from the first one that is missing.
void Room::NoLongerMissing(const AuthorKey& author, uint64_t number) {
  const auto lost = missing_.find(author);
  if (lost == missing_.end() || lost->second.first != number) return;
  if (++lost->second.first > lost->second.last) missing_.erase(lost);
}

void Room::OnStored(const PendingBatch& batch) {
  for (size_t i = 0; i < batch.messages.size(); ++i) {
    const Message& message = batch.messages[i];
    const AuthorKey author{message.id.device, message.id.epoch};
    NoLongerMissing(author, message.id.number);
    const absl::Status& outcome = batch.outcomes[i];
    if (absl::IsAlreadyExists(outcome)) {
      host_.Emit(WarningEvent{
          "conflict", absl::StrCat("@", message.sender, " sent two different messages under one number in #",
                                   name_, "; the second reads: ", message.text)});
    } else if (!outcome.ok()) {
      host_.Emit(WarningEvent{
          "forged", absl::StrCat("a message in #", name_, " was shown and not stored: ", outcome.message())});
    } else {
      uint64_t& up_to = unacknowledged_[message.sender][author];
      up_to = std::max(up_to, message.id.number);
    }
  }
  CommitsSoon();
}

void Room::Acknowledge() {
  for (const auto& [user, marks] : std::exchange(unacknowledged_, {})) {
    peer::v1::Frame frame;
    frame.mutable_room_have()->set_room(id_);
    for (const auto& [author, up_to] : marks) {
      Span& stored = stored_[author];
      stored.up_to = std::max(stored.up_to, up_to);
      if (const auto log = logs_.find(author); log != logs_.end()) stored.from = log->second.first();
      peer::v1::RoomMark mark = MarkOf(author, stored);
      if (mark.up_to() >= mark.from()) *frame.mutable_room_have()->add_marks() = std::move(mark);
    }
    // Lost with the link, RoomHello's marks say it again.
    if (members_.contains(user) && frame.room_have().marks_size() > 0) host_.SendFrame(user, frame);
  }
}

void Room::OnHave(const std::string& user, const peer::v1::RoomHave& have) {
  Member& member = members_[user];
  for (const peer::v1::RoomMark& mark : have.marks()) {
    if (mark.device() != self_.device || mark.epoch() != self_.epoch || own_.empty()) continue;
    // Nobody can have what was not sent to them or to another member.
    const uint64_t up_to = std::min(mark.up_to(), own_.back().number);
    const uint64_t from = std::max({mark.from(), member.have_up_to + 1, own_.front().number});
    for (uint64_t number = from; number <= up_to; ++number) {
      const OwnMessage& own = own_[number - own_.front().number];
      if (own.wire.body().empty()) continue;
      DeliveryEvent event;
      event.id = ToString(MessageId{self_.device, self_.epoch, number});
      event.target = "#" + name_;
      event.ref = own.ref;
      event.mark = "delivered";
      event.by = user;
      host_.Emit(std::move(event));
    }
    if (up_to <= member.have_up_to) continue;
    member.have_up_to = up_to;
    // The message itself is stored; the mark comes again with the next RoomHello.
    host_.StoreLazily([chat = conversation(), mark, up_to](Store& store) {
      return store.RaiseMarks(chat, mark.device(), mark.epoch(), up_to, Mark::kDelivered, mark.from());
    });
  }
}

}  // namespace parlor::client
