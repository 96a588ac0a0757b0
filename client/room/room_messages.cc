// What others say: proved, put in order, shown and passed on.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/link/link_words.h"
#include "client/room/message_frame.h"
#include "client/room/room.h"
#include "client/room/signed_bytes.h"
#include "client/store/message_words.h"

namespace parlor::client {
namespace {

// What comes so long after it was written was missed before.
constexpr absl::Duration kLate = absl::Seconds(30);
// Judging one is slow, and a frame of messages has fewer authors.
constexpr int kMaxProofs = 256;
// Messages that are shown and not proved, passed on and stored yet.
constexpr size_t kMaxShown = 256;

}  // namespace

void Room::LearnAuthor(const std::vector<std::string>& chain_der, const std::string& ticket,
                       const std::string& device) {
  if (authors_.Has(chain_der, ticket, device)) return;
  absl::StatusOr<Author> author = host_.JudgeAuthor(chain_der, ticket);
  if (!author.ok() || author->ticket.room != id_) return;  // what they wrote stays unproved
  const DeviceIdentity identity = author->peer.identity;
  if (!authors_.Put({*std::move(author), chain_der, ticket})) return;
  // Not stored, what they wrote cannot be proved to others later, and is shown there as unverified.
  host_.Store([record = AuthorRecord{id_, identity.device, identity.user, chain_der, ticket}](
                  client::Store& store) { return store.PutAuthor(record); },
              [](const absl::Status&) {});
}

void Room::LearnAuthors(const std::string& user, const peer::v1::RoomMessages& messages, absl::Time now) {
  for (int i = 0; i < std::min(messages.proofs_size(), kMaxProofs); ++i) {
    const peer::v1::AuthorProof& proof = messages.proofs(i);
    const std::vector<std::string> chain_der(proof.chain_der().begin(), proof.chain_der().end());
    if (authors_.Has(chain_der, proof.ticket(), proof.device())) continue;
    if (!MayBeJudged(user, now)) return;
    LearnAuthor(chain_der, proof.ticket(), proof.device());
  }
}

bool Room::MayBeJudged(const std::string& user, absl::Time now, double cost) {
  if (conducts_.Of(user, now).MayBeJudged(now, cost)) return true;
  overlay_.OnForged(
      user, absl::ResourceExhaustedError(absl::StrCat("@", user, " sends what is of no use to anybody")),
      now);
  return false;
}

absl::StatusOr<std::shared_ptr<Incoming>> Room::Decode(const std::string& user,
                                                       const peer::v1::SignedMessage& wire) const {
  auto message = std::make_shared<Incoming>();
  PARLOR_ASSIGN_OR_RETURN(message->body, DecodeBody(wire.body()));
  if (message->body.room != id_) return absl::InvalidArgumentError("a message of another room");
  const MessageId& id = message->body.id;
  message->bytes = wire.body();
  message->signature = wire.signature();
  message->payload = {
      .id = {overlay::StreamOf(id.device, id.epoch), id.number},
      .hops = wire.hops(),
      .detour = wire.detour(),
      .bytes = std::make_shared<const std::string>(SignedMessageBytes(wire.body(), wire.signature()))};
  message->from = user;
  const auto member = members_.find(user);
  message->direct = message->body.sender == user && id.device == member->second.device;
  return message;
}

// ---- whom to believe

bool Room::IsGenuine(const Author& author, const Incoming& message) {
  return author.peer.identity.user == message.body.sender &&
         author.peer.key.Verify(SignedBytes(message.bytes), message.signature).ok();
}

bool Room::MayWrite(const Author& author, const Incoming& message) const {
  return (!stage_ || author.ticket.role != Role::kListener) &&
         host_.Covers(author.ticket, ToTime(message.body.time)).ok();
}

// The signature is asked of every message; for relayed ones the author has to be proved too.
Proof Room::Check(const Incoming& message) const {
  const KnownAuthor* const known = authors_.Find(message.body.id.device);
  if (known == nullptr) return Proof::kUnverified;
  return MayWrite(known->author, message) && IsGenuine(known->author, message) ? Proof::kSignature
                                                                               : Proof::kUnverified;
}

// Members pass on what they could prove and nothing else. So what a known author did not sign was made up by
// whoever hands it over; let in, it would take the number of a message that the author is still to write.
// Of the past alone something may be shown that nobody can prove any more.
absl::Status Room::JudgeRelayed(const Incoming& message) const {
  if (message.proof == Proof::kSignature) return absl::OkStatus();
  const KnownAuthor* const known = authors_.Find(message.body.id.device);
  if (known != nullptr && !IsGenuine(known->author, message)) {
    return absl::DataLossError(
        absl::StrCat("@", message.from, " handed over words that @", message.body.sender, " did not write"));
  }
  if (stage_) {
    return absl::PermissionDeniedError(absl::StrCat("@", message.from, " handed over words of @",
                                                    message.body.sender,
                                                    ", who is not proved to be a speaker"));
  }
  if (message.past) return absl::OkStatus();
  if (known != nullptr) {
    return absl::PermissionDeniedError(absl::StrCat("@", message.from, " handed over words of @",
                                                    message.body.sender,
                                                    ", who is not proved to have been in the room then"));
  }
  return absl::NotFoundError("its author is not proved");
}

absl::Status Room::MayBeHeard(const Incoming& message) const {
  if (!message.direct) return JudgeRelayed(message);
  if (stage_ && members_.find(message.from)->second.role == Role::kListener) {
    return absl::PermissionDeniedError(absl::StrCat("@", message.from, " is a listener and spoke"));
  }
  return absl::OkStatus();
}

// ---- frames

void Room::OnMessages(const std::string& user, const peer::v1::RoomMessages& messages, absl::Time now) {
  const bool asked = messages.past() && (user == syncing_with_ || user == asked_again_);
  // Of somebody who is no neighbour (any more): others have it.
  if (!asked && !overlay_.OnContact(user, now)) return;
  LearnAuthors(user, messages, now);
  std::vector<std::shared_ptr<Incoming>> heard;
  std::vector<std::shared_ptr<Incoming>> taken;
  const absl::Status broken = TakeInAll(user, messages, now, heard, taken);
  const bool proved = std::none_of(heard.begin(), heard.end(),
                                   [](const auto& message) { return message->kept == Proof::kLink; });
  shown_count_ += heard.size() + taken.size();
  shown_.push_back({std::move(heard), std::move(taken), now});  // those before a broken one were shown
  if (proved || !broken.ok() || shown_count_ >= kMaxShown) {
    ProveShown();
  } else {
    ProveSoon();
  }
  if (!broken.ok()) overlay_.OnForged(user, broken, now);
}

// Judging a signature takes longer than all else that is done with a message: what is shown on the word of
// its link waits with it until everything that has come is shown.
void Room::ProveSoon() {
  if (std::exchange(proves_soon_, true)) return;
  host_.AfterThisTurn([weak = std::weak_ptr(alive_)](absl::Time) {
    const auto alive = weak.lock();
    if (!alive) return;
    const Turn turn(**alive);
    (*alive)->ProveShown();
  });
}

void Room::ProveShown() {
  proves_soon_ = false;
  shown_count_ = 0;
  for (const ShownFrame& frame : std::exchange(shown_, {})) {
    PassOn(frame.heard, frame.at);
    StoreIncoming(frame.taken, frame.at);
  }
}

absl::Status Room::TakeInAll(const std::string& user, const peer::v1::RoomMessages& messages, absl::Time now,
                             std::vector<std::shared_ptr<Incoming>>& heard,
                             std::vector<std::shared_ptr<Incoming>>& taken) {
  const LinkInfo* link = host_.LinkTo(user);
  const std::string via = link == nullptr ? std::string() : Via(*link);
  bool told = false;
  std::set<overlay::GossipId> in_this_frame;
  for (const peer::v1::SignedMessage& wire : messages.messages()) {
    PARLOR_ASSIGN_OR_RETURN(std::shared_ptr<Incoming> message, Decode(user, wire));
    // A device may not write in this device's name: only what the store already has could come back to its
    // author.
    if (message->body.id.device == self_.device) {
      overlay_.OnUnusable(user);
      continue;
    }
    message->past = messages.past() && IsWantedPast(user, *message);
    if (messages.past() && !message->past) continue;  // it was not asked for, or not any more
    const bool known = overlay_.Knows(message->payload.id);
    if (known && !message->past) overlay_.OnDuplicate(user, message->payload, now);
    if (known && IsCopy(*message)) continue;
    const bool again = !in_this_frame.insert(message->payload.id).second;
    if (((known && !message->past) || again) && !MayBeJudged(user, now)) return absl::OkStatus();
    message->via = via;
    message->proof = message->direct ? Proof::kLink : Check(*message);
    message->kept = message->proof;
    if (const absl::Status verdict = MayBeHeard(*message); !verdict.ok()) {
      if (absl::IsDataLoss(verdict)) return verdict;
      Refuse(user, verdict, told);
      if (!MayBeJudged(user, now)) return absl::OkStatus();
      continue;
    }
    if (TakeIn(message, now, taken)) heard.push_back(std::move(message));
  }
  return absl::OkStatus();
}

bool Room::IsCopy(const Incoming& message) const {
  const overlay::Payload* const cached = overlay_.Cached(message.payload.id);
  return cached != nullptr && *cached->bytes == *message.payload.bytes &&
         !IsMissing(message.author(), message.body.id.number);
}

// It may be asked for again: a newer ticket may come with it, which allows it.
void Room::Refuse(const std::string& from, const absl::Status& why, bool& told) {
  overlay_.OnUnusable(from);
  if (!absl::IsPermissionDenied(why) || std::exchange(told, true)) return;
  host_.Emit(WarningEvent{"not_allowed", std::string(why.message())});
}

// ---- their order

bool Room::TakeIn(const std::shared_ptr<Incoming>& message, absl::Time now,
                  std::vector<std::shared_ptr<Incoming>>& taken) {
  clock_.Observe(message->body.time, now);
  const AuthorKey author = message->author();
  if (missing_.size() >= kMaxAuthorStreams && !missing_.contains(author)) return false;
  AuthorStream& stream = streams_.Get(author);
  const uint64_t number = message->body.id.number;
  const absl::Time written = ToTime(message->body.time);
  const bool history = message->past || written < entered_at_ || now - written > kLate;
  switch (stream.log.Put({message}, now)) {
    case AuthorLog<IncomingRef>::Place::kNext:
      Deliver(stream, history, taken);
      if (stream.log.deadline() == absl::InfiniteFuture()) gaps_.erase(author);
      return true;
    case AuthorLog<IncomingRef>::Place::kOlder:
      Deliver(stream, true, taken);
      return true;
    case AuthorLog<IncomingRef>::Place::kHeld:
      gaps_.insert(author);
      host_.WakeAt(stream.log.deadline());
      return true;
    case AuthorLog<IncomingRef>::Place::kKnown:
      if (number > stream.log.last()) return true;  // it waits for those before it
      taken.push_back(message);                     // storing finds out whether it is the same
      return true;
  }
  return true;
}

void Room::ShowAfterGaps(absl::Time now) {
  if (!gaps_.empty()) ProveShown();  // what waits for earlier ones came with frames that may be unproved yet
  std::vector<std::shared_ptr<Incoming>> taken;
  for (auto author = gaps_.begin(); author != gaps_.end();) {
    AuthorStream* const stream = streams_.Find(*author);
    if (stream != nullptr && now >= stream->log.deadline()) {
      stream->log.OnTimer(now);
      Deliver(*stream, false, taken);
    }
    const bool over = stream == nullptr || stream->log.deadline() == absl::InfiniteFuture();
    author = over ? gaps_.erase(author) : std::next(author);
  }
  StoreIncoming(taken, now);
}

// Shown at once when the link proves the author; PassOn checks what is to be proved to others.
void Room::Deliver(AuthorStream& stream, bool history, std::vector<std::shared_ptr<Incoming>>& taken) {
  for (IncomingRef& ready : stream.log.Take()) {
    Incoming& message = *ready.message;
    if (stream.last_number != 0 && stream.last_number + 1 == message.body.id.number &&
        stream.last_hash != message.body.previous) {
      message.proof = message.kept = Proof::kConflict;
    }
    stream.last_number = message.body.id.number;
    stream.last_hash = Sha256(message.bytes);
    Show(message, history);
    taken.push_back(std::move(ready.message));
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

// What does not fit to what its author said before, or cannot be proved, stays here.
void Room::PassOn(const std::vector<std::shared_ptr<Incoming>>& heard, absl::Time now) {
  for (const std::shared_ptr<Incoming>& message : heard) {
    if (message->kept == Proof::kLink) message->kept = Check(*message);
    const overlay::GossipId& id = message->payload.id;
    if (overlay_.Knows(id)) continue;
    const bool given = message->kept == Proof::kSignature;
    if (message->past || !given) {
      overlay_.Skip(id, given, now);
    } else if (!overlay_.OnMessage(message->from, message->direct, message->payload, now).ok()) {
      return;  // it was let go
    }
    overlay_.SetAuthor(id.stream, overlay::TagOf(message->body.id.device));
    const auto author = members_.find(message->body.sender);
    const bool unreached = author != members_.end() && !author->second.joined;
    if (unreached && !message->past) overlay_.OnUnreached(id.stream, message->from, now);
  }
}

}  // namespace parlor::client
