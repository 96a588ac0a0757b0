// What was said before: a newcomer asks its first neighbour for it, and whoever lost something asks again.
#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/status.h"
#include "client/room/message_frame.h"
#include "client/room/room.h"

namespace parlor::client {
namespace {

// An answer fits into a link's queue, with something to spare.
constexpr size_t kMaxAnswerBytes = 2 * 1024 * 1024;
// Of one of its frames: a link that has just come up takes ten packets in the first flight (RFC 9002, section
// 7.2), and the first messages need not wait for the second.
constexpr size_t kAnswerFrameBytes = 8 * 1024;
// Of those to somebody who asks for more when it has come.
constexpr size_t kMaxWantedBytes = 256 * 1024;

bool MayPassOn(const Message& message) {
  return !message.body.empty() && message.proof == Proof::kSignature;
}

// What one answer holds: read on the store's thread.
struct PastAnswer {
  std::vector<Message> messages;
  std::vector<AuthorRecord> authors;
};

absl::Status AddAuthors(Store& store, const std::string& room, PastAnswer& answer) {
  answer.authors.clear();
  std::set<std::string> devices;
  for (const Message& message : answer.messages) devices.insert(message.id.device);
  for (const std::string& device : devices) {
    PARLOR_ASSIGN_OR_RETURN(std::optional<AuthorRecord> author, store.Author(room, device));
    if (author.has_value()) answer.authors.push_back(*std::move(author));
  }
  return absl::OkStatus();
}

// The latest that fit, in their order.
absl::Status ReadLatest(Store& store, const std::string& conversation, const std::string& room,
                        const std::string& asker_device, PastAnswer& answer) {
  PARLOR_ASSIGN_OR_RETURN(answer.messages, store.History(conversation, static_cast<int>(kNewcomerMessages)));
  std::erase_if(answer.messages, [&](const Message& message) {
    return !MayPassOn(message) || message.id.device == asker_device;
  });
  size_t bytes = 0;
  auto first = answer.messages.end();
  while (first != answer.messages.begin()) {
    const Message& before = *std::prev(first);
    bytes += before.body.size() + before.signature.size();
    if (bytes > kMaxAnswerBytes) break;
    --first;
  }
  answer.messages.erase(answer.messages.begin(), first);
  return AddAuthors(store, room, answer);
}

absl::Status ReadWanted(Store& store, const std::string& conversation, const std::string& room,
                        const peer::v1::RoomWant& want, PastAnswer& answer) {
  const uint64_t to = std::min(want.to(), static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
  PARLOR_ASSIGN_OR_RETURN(answer.messages, store.Range(conversation, want.device(), want.epoch(), want.from(),
                                                       to, static_cast<int>(kNewcomerMessages)));
  std::erase_if(answer.messages, [](const Message& message) { return !MayPassOn(message); });
  size_t bytes = 0;
  const auto end = std::find_if(answer.messages.begin(), answer.messages.end(), [&](const Message& message) {
    return std::exchange(bytes, bytes + message.body.size() + message.signature.size()) > kMaxWantedBytes;
  });
  answer.messages.erase(end, answer.messages.end());
  return AddAuthors(store, room, answer);
}

size_t BytesOf(const PastAnswer& answer) {
  size_t bytes = 0;
  for (const Message& message : answer.messages) bytes += message.body.size() + message.signature.size();
  return bytes;
}

}  // namespace

// One at a time: the first who is linked, or has proved who they are on a dial, by the ticket that it is
// shown, which saves a round trip; then neighbours. One that is new itself knows of none.
void Room::AskForPast() {
  for (const overlay::PeerId& peer : overlay_.neighbours()) {
    if (synced_ || !syncing_with_.empty() || left_) return;
    if (!know_no_past_.contains(peer)) SendHello(peer, {.renewal = true});
  }
}

void Room::PastIsAskedOf(const std::string& user) {
  syncing_with_ = user;
  past_left_ = kNewcomerMessages;
  past_by_ = absl::InfiniteFuture();
  host_.WakeAt(absl::InfinitePast());  // OnTimer says by when it has to be here
}

void Room::NobodyIsAskedForPast() {
  syncing_with_.clear();
  past_by_ = absl::InfiniteFuture();
}

void Room::PastIsLost(const std::string& user) {
  if (syncing_with_.empty() || syncing_with_ != user) return;
  know_no_past_.insert(user);
  NobodyIsAskedForPast();
  AskForPast();
}

void Room::OnSynced(const std::string& user, bool newcomer) {
  if (syncing_with_ != user) return;
  if (newcomer) return PastIsLost(user);
  NobodyIsAskedForPast();
  synced_ = true;
  know_no_past_.clear();
}

bool Room::IsWantedPast(const std::string& user, const Incoming& message) {
  if (user == asked_again_ && again_left_ > 0 && IsMissing(message.author(), message.body.id.number)) {
    --again_left_;
    return true;
  }
  if (user != syncing_with_ || past_left_ == 0) return false;
  --past_left_;
  return true;
}

void Room::Serve(const std::string& user, absl::Time now) {
  if (!conducts_.Of(user, now).MayAsk(now)) return;
  const auto answer = std::make_shared<PastAnswer>();
  host_.Store([answer, chat = conversation(), room = id_, device = members_[user].device](
                  client::Store& store) { return ReadLatest(store, chat, room, device, *answer); },
              [weak = std::weak_ptr(alive_), answer, user](const absl::Status& status) {
                const auto alive = weak.lock();
                if (!alive) return;
                Room& room = **alive;
                room.IsAnswered(user);
                if (!room.IsJoined(user)) return;
                if (!status.ok()) room.host_.Emit(WarningEvent{"not_read", std::string(status.message())});
                // Without the end of the answer somebody else is asked.
                if (!room.SendMessages(user, answer->messages, answer->authors, /*past=*/true)) return;
                peer::v1::Frame synced;
                synced.mutable_room_synced()->set_room(room.id_);
                synced.mutable_room_synced()->set_newcomer(!room.synced_ && answer->messages.empty());
                room.host_.SendFrame(user, synced);
              });
}

void Room::OnWant(const std::string& user, const peer::v1::RoomWant& want, absl::Time now) {
  if (conducts_.Of(user, now).MayAsk(now)) Answer(user, want, /*past=*/true);
}

void Room::Answer(const std::string& user, const peer::v1::RoomWant& want, bool past) {
  const auto answer = std::make_shared<PastAnswer>();
  host_.Store([answer, want, chat = conversation(),
               room = id_](client::Store& store) { return ReadWanted(store, chat, room, want, *answer); },
              [weak = std::weak_ptr(alive_), answer, user, past](const absl::Status& status) {
                const auto alive = weak.lock();
                if (!alive) return;
                Room& room = **alive;
                past ? room.IsAnswered(user) : room.overlay_.OnSentFromHistory(user, BytesOf(*answer));
                if (!status.ok() || !room.IsJoined(user)) return;
                room.SendMessages(user, answer->messages, answer->authors, past);
              });
}

void Room::IsAnswered(const std::string& user) {
  if (MemberConduct* const conduct = conducts_.Find(user); conduct != nullptr) conduct->Answered();
}

bool Room::SendMessages(const std::string& user, const std::vector<Message>& messages,
                        const std::vector<AuthorRecord>& authors, bool past) {
  std::vector<overlay::Payload> payloads;
  std::vector<std::string> proofs;
  std::set<std::string> shown;
  size_t bytes = 0;
  const auto send = [&] {
    const bool sent = host_.SendBytes(user, MessageFrame(id_, payloads, proofs, past));
    payloads.clear();
    proofs.clear();
    bytes = 0;
    return sent;
  };
  for (const Message& message : messages) {
    const auto author = std::find_if(authors.begin(), authors.end(), [&](const AuthorRecord& record) {
      return record.device == message.id.device;
    });
    if (author != authors.end() && shown.insert(author->device).second) {
      proofs.push_back(KnownAuthors::Proof(author->device, author->chain_der, author->ticket));
      bytes += proofs.back().size();
    }
    payloads.push_back(
        {.id = {},
         .hops = 0,
         .detour = true,
         .bytes = std::make_shared<const std::string>(SignedMessageBytes(message.body, message.signature))});
    bytes += payloads.back().bytes->size();
    if (bytes >= kAnswerFrameBytes && !send()) return false;
  }
  return payloads.empty() || send();
}

}  // namespace parlor::client
