// Gap filling: at each link-up both sides tell how far they have every author, and get what they lack.
#include <algorithm>
#include <limits>
#include <tuple>

#include "base/status.h"
#include "client/room/room.h"

namespace parlor::client {
namespace {

constexpr size_t kMaxMarks = 256;
constexpr size_t kFrameBytes = 64 * 1024;
constexpr size_t kMaxAnswerBytes = 2 * 1024 * 1024;
constexpr int kMaxPerAuthor = 1'000;
constexpr size_t kMaxAuthors = 1'000;
constexpr absl::Duration kMaxAskAgain = absl::Minutes(5);

size_t WireSize(const Message& message) {
  return message.body.size() + message.signature.size();
}

bool MayPassOn(const Message& message) {
  return !message.body.empty() && message.proof == Proof::kSignature;
}

// What one answer holds: read on the store's thread.
struct Answer {
  std::vector<Message> messages;
  std::vector<AuthorRecord> authors;
  bool more = false;
};

struct Question {
  std::string conversation;
  std::string room;
  std::string asker_device;
  std::string own_device;
  uint64_t own_epoch = 0;
  std::string own_user;
  std::map<std::pair<std::string, uint64_t>, uint64_t> marks;
  bool full = false;
};

absl::Status Collect(Store& store, const Question& question, Answer& answer) {
  answer = {};  // a job may run more than once
  size_t bytes = 0;
  const auto add = [&](Message& message) {
    if (!MayPassOn(message)) return;
    if (bytes + WireSize(message) > kMaxAnswerBytes) {
      answer.more = true;
      return;
    }
    bytes += WireSize(message);
    answer.messages.push_back(std::move(message));
  };
  PARLOR_ASSIGN_OR_RETURN(const std::vector<Extent> extents, store.Extents(question.conversation));
  for (const Extent& extent : extents) {
    const auto mark = question.marks.find({extent.device, extent.epoch});
    if (mark == question.marks.end() || mark->second >= extent.last) continue;
    PARLOR_ASSIGN_OR_RETURN(std::vector<Message> missing,
                            store.Range(question.conversation, extent.device, extent.epoch, mark->second + 1,
                                        extent.last, kMaxPerAuthor));
    const bool wanted = question.full || (!missing.empty() && missing.front().sender == question.own_user);
    if (!wanted) continue;
    for (Message& message : missing) {
      if (answer.more) break;
      add(message);
    }
  }
  // Of authors that the asker has not heard of: the latest, as for a newcomer.
  PARLOR_ASSIGN_OR_RETURN(std::vector<Message> latest,
                          store.History(question.conversation, static_cast<int>(kNewcomerMessages)));
  for (Message& message : latest) {
    if (question.marks.contains({message.id.device, message.id.epoch})) continue;
    if (!question.full && message.sender != question.own_user) continue;
    add(message);
  }
  // This run's own messages flow by themselves.
  std::erase_if(answer.messages, [&](const Message& message) {
    return message.id.device == question.asker_device ||
           (message.id.device == question.own_device && message.id.epoch == question.own_epoch);
  });
  std::stable_sort(answer.messages.begin(), answer.messages.end(), [](const Message& a, const Message& b) {
    return std::tie(a.time, a.logical, a.id) < std::tie(b.time, b.logical, b.id);
  });
  std::set<std::string> devices;
  for (const Message& message : answer.messages) devices.insert(message.id.device);
  for (const std::string& device : devices) {
    PARLOR_ASSIGN_OR_RETURN(std::optional<AuthorRecord> author, store.Author(question.room, device));
    if (author.has_value()) answer.authors.push_back(*std::move(author));
  }
  return absl::OkStatus();
}

}  // namespace

peer::v1::RoomMark Room::MarkOf(const AuthorKey& author, const Span& stored) const {
  const auto lost = missing_.find(author);
  peer::v1::RoomMark mark;
  mark.set_device(author.first);
  mark.set_epoch(author.second);
  mark.set_from(stored.from);
  mark.set_up_to(lost != missing_.end() ? std::min(stored.up_to, lost->second.first - 1) : stored.up_to);
  return mark;
}

std::vector<peer::v1::RoomMark> Room::OwnMarks() const {
  std::vector<peer::v1::RoomMark> marks;
  for (const auto& [author, span] : stored_) marks.push_back(MarkOf(author, span));
  if (marks.size() <= kMaxMarks) return marks;
  // Those who are here now matter most; the others' gaps come with the newcomer's share.
  std::stable_partition(marks.begin(), marks.end(), [&](const peer::v1::RoomMark& mark) {
    return std::any_of(members_.begin(), members_.end(),
                       [&](const auto& entry) { return entry.second.device == mark.device(); });
  });
  marks.resize(kMaxMarks);
  return marks;
}

void Room::Serve(const std::string& user, const peer::v1::RoomHello& hello) {
  Member& member = members_[user];
  Question question{conversation(), id_, member.device, self_.device, self_.epoch,
                    self_.user,     {},  hello.full()};
  for (const peer::v1::RoomMark& mark : hello.marks()) {
    if (question.marks.size() >= kMaxMarks) break;
    question.marks[{mark.device(), mark.epoch()}] = mark.up_to();
  }
  // This run's own messages: where the other left off, or the newcomer's share.
  const auto own = std::find_if(hello.marks().begin(), hello.marks().end(), [&](const auto& mark) {
    return mark.device() == self_.device && mark.epoch() == self_.epoch;
  });
  if (own != hello.marks().end()) {
    member.sent_up_to = std::min(own->up_to(), next_number_ - 1);
    peer::v1::RoomHave have;
    *have.add_marks() = *own;
    OnHave(user, have);
  } else {
    member.sent_up_to = OwedBefore(member);
  }
  if (member.first_sent == 0) member.first_sent = member.sent_up_to + 1;
  const auto answer = std::make_shared<Answer>();
  host_.Store([question, answer](Store& store) { return Collect(store, question, *answer); },
              [weak = std::weak_ptr(alive_), answer, user](const absl::Status& status) {
                const auto alive = weak.lock();
                if (!alive) return;
                Room& room = **alive;
                const auto found = room.members_.find(user);
                if (found == room.members_.end() || !found->second.joined) return;
                if (!status.ok()) {
                  room.host_.Emit(WarningEvent{"not_read", std::string(status.message())});
                }
                room.SendSynced(user, answer->messages, answer->authors);
                peer::v1::Frame synced;
                synced.mutable_room_synced()->set_room(room.id_);
                synced.mutable_room_synced()->set_more(answer->more);
                room.host_.SendFrame(user, synced);
                found->second.wants_own = true;
                room.Pump(user);
              });
}

// What precedes the own messages that a member without any is owed: the last ones as for a newcomer; and, if
// it was here before, those that it was sent and has not acknowledged: it may have been killed before they
// were on its disk.
uint64_t Room::OwedBefore(const Member& member) const {
  const uint64_t newcomer = next_number_ > kNewcomerMessages ? next_number_ - 1 - kNewcomerMessages : 0;
  if (member.first_sent == 0) return newcomer;
  return std::min(newcomer, std::max(member.have_up_to, member.first_sent - 1));
}

void Room::SendSynced(const std::string& user, const std::vector<Message>& messages,
                      const std::vector<AuthorRecord>& authors) {
  peer::v1::Frame frame;
  frame.mutable_room_messages()->set_room(id_);
  for (const AuthorRecord& author : authors) {
    peer::v1::AuthorProof& proof = *frame.mutable_room_messages()->add_proofs();
    proof.set_device(author.device);
    for (const std::string& certificate : author.chain_der) proof.add_chain_der(certificate);
    proof.set_ticket(author.ticket);
  }
  size_t bytes = 0;
  for (const Message& message : messages) {
    peer::v1::SignedMessage& wire = *frame.mutable_room_messages()->add_messages();
    wire.set_body(message.body);
    wire.set_signature(message.signature);
    bytes += WireSize(message);
    if (bytes < kFrameBytes) continue;
    host_.SendFrame(user, frame);
    frame.mutable_room_messages()->clear_messages();
    frame.mutable_room_messages()->clear_proofs();
    bytes = 0;
  }
  if (bytes > 0) host_.SendFrame(user, frame);
}

void Room::OnWant(const std::string& user, const peer::v1::RoomWant& want) {
  const auto answer = std::make_shared<Answer>();
  const uint64_t to = std::min(want.to(), static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
  host_.Store(
      [answer, want, to, chat = conversation(), room = id_](Store& store) -> absl::Status {
        PARLOR_ASSIGN_OR_RETURN(answer->messages, store.Range(chat, want.device(), want.epoch(), want.from(),
                                                              to, static_cast<int>(kNewcomerMessages)));
        std::erase_if(answer->messages, [](const Message& message) { return !MayPassOn(message); });
        PARLOR_ASSIGN_OR_RETURN(std::optional<AuthorRecord> author, store.Author(room, want.device()));
        answer->authors.clear();
        if (author.has_value()) answer->authors.push_back(*std::move(author));
        return absl::OkStatus();
      },
      [weak = std::weak_ptr(alive_), answer, user](const absl::Status& status) {
        const auto alive = weak.lock();
        if (alive && status.ok()) (*alive)->SendSynced(user, answer->messages, answer->authors);
      });
}

void Room::OnSynced(const std::string& user, bool more) {
  if (syncing_with_ != user) return;
  syncing_with_.clear();
  if (more) return SendHello(user, false, true);
  synced_ = true;
}

void Room::LearnAuthor(const std::vector<std::string>& chain_der, const std::string& ticket) {
  absl::StatusOr<Author> author = host_.JudgeAuthor(chain_der, ticket);
  if (!author.ok() || author->ticket.room != id_) return;  // their messages are shown as unverified
  const std::string device = author->peer.identity.device;
  const auto before = authors_.find(device);
  if (before != authors_.end() && before->second.author.ticket.issued >= author->ticket.issued) return;
  if (authors_.size() >= kMaxAuthors && before == authors_.end()) authors_.erase(authors_.begin());
  AuthorRecord record{id_, device, author->peer.identity.user, chain_der, ticket};
  authors_.insert_or_assign(device, KnownAuthor{*std::move(author), ticket});
  // Not stored, what they wrote cannot be proved to others later, and is shown there as unverified.
  host_.Store([record](Store& store) { return store.PutAuthor(record); }, [](const absl::Status&) {});
}

void Room::AskForGap(const AuthorKey& author, const std::string& user) {
  const auto gap = logs_[author].Gap();
  if (!gap.has_value() || syncing_with_ == user) return;  // the answer under way brings it
  peer::v1::Frame frame;
  peer::v1::RoomWant& want = *frame.mutable_room_want();
  want.set_room(id_);
  want.set_device(author.first);
  want.set_epoch(author.second);
  want.set_from(gap->first);
  want.set_to(gap->second);
  host_.SendFrame(user, frame);
}

// In turns: what one does not have, another may.
void Room::SyncWithSomebody(absl::Time now) {
  resync_at_ = absl::InfiniteFuture();
  if (!missing_.empty()) {
    ask_again_after_ = std::min(2 * ask_again_after_, kMaxAskAgain);
    resync_at_ = now + ask_again_after_;
  }
  const auto joined = [](const auto& entry) { return entry.second.joined; };
  auto next = std::find_if(members_.upper_bound(synced_with_), members_.end(), joined);
  if (next == members_.end()) next = std::find_if(members_.begin(), members_.end(), joined);
  if (next == members_.end()) {
    synced_ = false;  // nobody is reached: the first one who is brings everything
    return;
  }
  synced_with_ = next->first;
  syncing_with_.clear();
  SendHello(next->first, false, true);
}

}  // namespace parlor::client
