#include "client/room/outgoing.h"

#include <algorithm>
#include <utility>

#include "client/room/message_frame.h"

namespace parlor::client {
namespace {

bool Same(const std::vector<overlay::Payload>& a, const std::vector<overlay::Payload>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const overlay::Payload& one, const overlay::Payload& other) {
                      return one.bytes == other.bytes && one.hops == other.hops && one.detour == other.detour;
                    });
}

}  // namespace

Outgoing::Outgoing(std::string room, const KnownAuthors& authors, Send send)
    : room_(std::move(room)), authors_(authors), send_(std::move(send)) {}

bool Outgoing::Add(const std::string& user, const overlay::Payload& message, const std::string& author) {
  if (stalled_.contains(user)) return false;
  Batch& batch = batches_[user];
  if (!author.empty()) AddProof(user, message, author, batch);
  batch.messages.push_back(message);
  batch.bytes += message.bytes->size();
  return batch.bytes < kMessageFrameBytes || Flush(user);
}

// Once on a link, and again with a new ticket: the role may be another, or the old one void. With every
// answer, since who asks may have forgotten.
void Outgoing::AddProof(const std::string& user, const overlay::Payload& message, const std::string& author,
                        Batch& batch) {
  const KnownAuthor* const known = authors_.Find(author);
  if (known == nullptr) return;
  auto& shown = shown_[user];
  const auto before = shown.find(author);
  const absl::Time issued = known->author.ticket.issued;
  if (!message.detour && before != shown.end() && before->second == issued) return;
  if (shown.size() >= kMaxKnownAuthors) shown.clear();
  shown[author] = issued;
  std::string proof = KnownAuthors::Proof(author, known->chain_der, known->ticket);
  if (std::find(batch.proofs.begin(), batch.proofs.end(), proof) != batch.proofs.end()) return;
  batch.bytes += proof.size();
  batch.proofs.push_back(std::move(proof));
}

const std::string& Outgoing::FrameOf(const Batch& batch) {
  if (last_frame_.empty() || !Same(batch.messages, last_.messages) || batch.proofs != last_.proofs) {
    last_frame_ = MessageFrame(room_, batch.messages, batch.proofs);
    last_ = batch;
  }
  return last_frame_;
}

bool Outgoing::SendBatch(const std::string& user, const Batch& batch) {
  if (send_(user, FrameOf(batch))) return true;
  stalled_.insert(user);
  shown_.erase(user);
  return false;
}

bool Outgoing::Flush(const std::string& user) {
  const auto batch = batches_.extract(user);
  if (batch.empty() || batch.mapped().messages.empty()) return !stalled_.contains(user);
  return SendBatch(user, batch.mapped());
}

std::vector<std::string> Outgoing::FlushAll() {
  std::vector<std::string> failed;
  for (const auto& [user, batch] : std::exchange(batches_, {})) {
    if (!batch.messages.empty() && !SendBatch(user, batch)) failed.push_back(user);
  }
  last_ = {};
  last_frame_.clear();
  return failed;
}

void Outgoing::Forget(const std::string& user) {
  batches_.erase(user);
  stalled_.erase(user);
  shown_.erase(user);
}

}  // namespace parlor::client
