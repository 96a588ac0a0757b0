#include "client/core/address_book.h"

#include <algorithm>
#include <utility>

namespace parlor::client {
namespace {

constexpr size_t kMaxAddresses = 16;  // two devices' worth

}  // namespace

void AddressBook::Learn(const std::string& user, const std::vector<PeerAddress>& addresses) {
  if (addresses.empty()) return;
  Entry& entry = people_[user];
  std::vector<PeerAddress> merged = addresses;
  for (const PeerAddress& address : entry.addresses) {
    if (std::find(merged.begin(), merged.end(), address) == merged.end()) merged.push_back(address);
  }
  if (merged.size() > kMaxAddresses) merged.resize(kMaxAddresses);
  entry.addresses = std::move(merged);
  by_age_.erase(entry.learnt);
  entry.learnt = ++lessons_;
  by_age_[entry.learnt] = user;
  if (people_.size() <= max_people_) return;
  people_.erase(by_age_.begin()->second);
  by_age_.erase(by_age_.begin());
}

std::vector<PeerAddress> AddressBook::Of(const std::string& user) const {
  const auto found = people_.find(user);
  return found == people_.end() ? std::vector<PeerAddress>() : found->second.addresses;
}

}  // namespace parlor::client
