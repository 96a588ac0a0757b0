// Others' messages on their way to the disk, what is said of that, and what the disk did not take.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/room/room.h"

namespace parlor::client {
namespace {

// Others' messages on their way to the disk: about a thousand full frames. More are asked for again later.
constexpr size_t kMaxStoringBytes = 64 * 1024 * 1024;
// A full disk is rarely emptied sooner.
constexpr absl::Duration kAskAgain = absl::Seconds(5);
constexpr absl::Duration kMaxAskAgain = absl::Minutes(5);
// Something of what was asked for has come: the rest.
constexpr absl::Duration kGoOn = absl::Milliseconds(200);
// As many as others answer at once (MemberConduct).
constexpr size_t kMaxWants = MemberConduct::kAnswersAtOnce;
// By then everybody who may have them was asked, for more than an hour.
constexpr int kMaxAsked = 20;
constexpr size_t kMaxMarks = 16;
// Of one author: who starts so often while its link takes nothing learns of it at its next link.
constexpr size_t kMaxUnacknowledged = 64;

}  // namespace

void Room::StoreIncoming(const std::vector<std::shared_ptr<Incoming>>& messages, absl::Time now) {
  if (messages.empty()) return;
  const auto batch = std::make_shared<PendingBatch>();
  for (const std::shared_ptr<Incoming>& incoming : messages) {
    Message message;
    message.proof = incoming->kept;
    message.conversation = conversation();
    message.id = incoming->body.id;
    message.sender = incoming->body.sender;
    message.own = message.sender == self_.user;
    message.time = ToTime(incoming->body.time);
    message.logical = incoming->body.time.logical;
    message.text = std::move(incoming->body.text);
    message.body = std::move(incoming->bytes);
    message.signature = std::move(incoming->signature);
    message.via = std::move(incoming->via);
    message.stored_at = now;
    batch->bytes += message.body.size() + message.signature.size();
    batch->messages.push_back(std::move(message));
  }
  if (storing_bytes_ + batch->bytes > kMaxStoringBytes) {
    return OnNotStored(*batch, absl::ResourceExhaustedError("the disk does not keep up"), now);
  }
  storing_bytes_ += batch->bytes;
  host_.Store([batch](client::Store& store) { return Add(store, *batch); },
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

// ---- what the disk did not take

void Room::OnNotStored(const PendingBatch& batch, const absl::Status& status, absl::Time when) {
  for (const Message& message : batch.messages) {
    Miss({message.id.device, message.id.epoch}, message.id.number, message.id.number);
  }
  AskAgainAt(when + kAskAgain);
  if (std::exchange(told_not_stored_, true)) return;
  host_.Emit(ErrorEvent{
      "not_stored",
      absl::StrCat("messages of #", name_,
                   " were shown but could not be stored; they are asked for again: ", status.message()),
      {},
      {}});
}

void Room::Miss(const AuthorKey& author, uint64_t first, uint64_t last) {
  Lost& lost = missing_.try_emplace(author, Lost{first, last, 0}).first->second;
  lost = {std::min(lost.first, first), std::max(lost.last, last), 0};
}

void Room::AskAgainAt(absl::Time when) {
  ask_again_after_ = kAskAgain;
  ask_again_at_ = std::min(ask_again_at_, when);
  host_.WakeAt(ask_again_at_);
}

// Of somebody's words perhaps the latest came before it was known how many are owed. What an earlier run
// began is left as it is: more of it may be on the disk before a gap, unknown here, and would be shown again.
void Room::OnOwed(const AuthorKey& author, uint64_t from, absl::Time now) {
  const overlay::StreamId id = overlay::StreamOf(author.first, author.second);
  overlay_.Owe(id, from);
  overlay_.SetAuthor(id, overlay::TagOf(author.first));
  const AuthorStream* const stream = streams_.Find(author);
  if (stream == nullptr || stream->restored || stream->log.first() <= from) return;
  // Rather than somebody's claims, what the disk did not take is remembered.
  if (missing_.size() >= kMaxAuthorStreams / 2) return;
  Miss(author, from, stream->log.first() - 1);
  AskAgainAt(now + kGoOn);
}

bool Room::IsMissing(const AuthorKey& author, uint64_t number) const {
  const auto lost = missing_.find(author);
  return lost != missing_.end() && lost->second.first <= number && number <= lost->second.last;
}

// They come again in their order, from the first one that is missing.
void Room::NoLongerMissing(const AuthorKey& author, uint64_t number) {
  const auto lost = missing_.find(author);
  if (lost == missing_.end() || lost->second.first != number) return;
  missing_came_ = true;
  lost->second.asked = 0;
  if (++lost->second.first > lost->second.last) missing_.erase(lost);
  if (missing_.empty()) told_not_stored_ = false;
}

// In turns: what one does not have, another may. What was asked for least often comes first.
void Room::AskForMissing(absl::Time now) {
  ask_again_at_ = absl::InfiniteFuture();
  std::vector<std::pair<const AuthorKey*, Lost*>> wanted;
  for (auto& [author, lost] : missing_) {
    if (lost.asked < kMaxAsked) wanted.emplace_back(&author, &lost);
  }
  if (wanted.empty()) return;
  if (!std::exchange(missing_came_, false)) ask_again_after_ = std::min(2 * ask_again_after_, kMaxAskAgain);
  ask_again_at_ = now + ask_again_after_;
  const auto joined = [](const auto& entry) { return entry.second.joined; };
  auto next = std::find_if(members_.upper_bound(asked_again_), members_.end(), joined);
  if (next == members_.end()) next = std::find_if(members_.begin(), members_.end(), joined);
  if (next == members_.end()) return;
  asked_again_ = next->first;
  again_left_ = 0;
  std::stable_sort(wanted.begin(), wanted.end(),
                   [](const auto& a, const auto& b) { return a.second->asked < b.second->asked; });
  if (wanted.size() > kMaxWants) wanted.resize(kMaxWants);
  for (const auto& [author, lost] : wanted) {
    peer::v1::Frame frame;
    peer::v1::RoomWant& want = *frame.mutable_room_want();
    want.set_room(id_);
    want.set_device(author->first);
    want.set_epoch(author->second);
    want.set_from(lost->first);
    want.set_to(lost->last);
    if (!host_.SendFrame(asked_again_, frame)) return;
    ++lost->asked;
    again_left_ += kNewcomerMessages;
  }
}

// ---- what is said of what is stored

// What the overlay tells of a mark has no beginning: it says that nothing is owed any more.
peer::v1::RoomMark Room::MarkOf(const AuthorKey& author, const AuthorStream& stream, bool told_itself) const {
  const auto lost = missing_.find(author);
  const bool whole = lost == missing_.end() || (told_itself && lost->second.last < stream.stored_from);
  peer::v1::RoomMark mark;
  mark.set_device(author.first);
  mark.set_epoch(author.second);
  mark.set_from(stream.stored_from);
  mark.set_up_to(whole ? stream.stored_up_to : std::min(stream.stored_up_to, lost->second.first - 1));
  return mark;
}

// In a small room authors are told themselves, exactly; in a large one, and of whom there is no link with,
// the overlay collects.
void Room::Acknowledge(absl::Time now) {
  if (missing_came_) {
    ask_again_at_ = std::min(ask_again_at_, now + kGoOn);
    host_.WakeAt(ask_again_at_);
  }
  for (const auto& [user, marks] : std::exchange(unacknowledged_, {})) {
    const auto member = members_.find(user);
    const bool told_itself = small_ && (member == members_.end() || member->second.joined);
    peer::v1::Frame frame;
    frame.mutable_room_have()->set_room(id_);
    for (const auto& [author, up_to] : marks) {
      AuthorStream& stream = streams_.Get(author);
      stream.stored_up_to = std::max(stream.stored_up_to, up_to);
      // What came late, and connects, may still be on its way to the disk.
      const uint64_t from = stream.log.first();
      if (storing_bytes_ == 0 || from > stream.stored_from) stream.stored_from = from;
      peer::v1::RoomMark mark = MarkOf(author, stream, told_itself);
      if (mark.up_to() < mark.from()) continue;
      if (!told_itself) overlay_.OnStored(stream.id, mark.up_to(), now);
      *frame.mutable_room_have()->add_marks() = std::move(mark);
    }
    // Lost with the link, it is said again at the next one; what does not fit now, when there is room.
    if (!told_itself || member == members_.end()) continue;
    const bool kept = frame.room_have().marks_size() > 0 && !host_.SendFrame(user, frame) &&
                      marks.size() <= kMaxUnacknowledged;
    if (kept) unacknowledged_[user] = marks;
  }
}

void Room::TellWhatIsHere(const std::string& user) {
  peer::v1::Frame frame;
  frame.mutable_room_have()->set_room(id_);
  for (const AuthorKey& author : streams_.OfDevice(members_[user].device, kMaxMarks)) {
    peer::v1::RoomMark mark = MarkOf(author, *streams_.Find(author), small_);
    if (mark.up_to() >= mark.from() && mark.from() > 0)
      *frame.mutable_room_have()->add_marks() = std::move(mark);
  }
  if (frame.room_have().marks_size() > 0) host_.SendFrame(user, frame);
}

}  // namespace parlor::client
