#include "client/room/known_authors.h"

#include <algorithm>
#include <utility>

#include "parlor/peer/v1/peer.pb.h"

namespace parlor::client {

const KnownAuthor* KnownAuthors::Find(const std::string& device) const {
  const auto found = by_device_.find(device);
  if (found == by_device_.end()) return nullptr;
  found->second.used = ++uses_;
  return &found->second.author;
}

bool KnownAuthors::Has(const std::vector<std::string>& chain_der, const std::string& ticket,
                       const std::string& device) const {
  const KnownAuthor* const known = Find(device);
  return known != nullptr && known->ticket == ticket && known->chain_der == chain_der;
}

bool KnownAuthors::Put(KnownAuthor author) {
  const std::string device = author.author.peer.identity.device;
  const KnownAuthor* const before = Find(device);
  if (before != nullptr && before->author.ticket.issued >= author.author.ticket.issued) return false;
  if (before == nullptr && by_device_.size() >= kMaxKnownAuthors) MakeRoom();
  by_device_.insert_or_assign(device, Entry{std::move(author), ++uses_});
  return true;
}

void KnownAuthors::MakeRoom() {
  by_device_.erase(std::min_element(by_device_.begin(), by_device_.end(), [](const auto& a, const auto& b) {
    return a.second.used < b.second.used;
  }));
}

std::string KnownAuthors::Proof(const std::string& device, const std::vector<std::string>& chain_der,
                                const std::string& ticket) {
  peer::v1::AuthorProof proof;
  proof.set_device(device);
  for (const std::string& certificate : chain_der) proof.add_chain_der(certificate);
  proof.set_ticket(ticket);
  return proof.SerializeAsString();
}

}  // namespace parlor::client
