#include "client/core/address_book.h"

#include <algorithm>
#include <utility>

namespace parlor::client {
namespace {

constexpr size_t kMaxAddresses = 16;  // two devices' worth
constexpr size_t kMaxHearsay = 4;

bool Contains(const std::vector<PeerAddress>& addresses, const PeerAddress& address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

// `latest` and what was there before, without repeats and without `others`.
std::vector<PeerAddress> Merged(const std::vector<PeerAddress>& latest,
                                const std::vector<PeerAddress>& before,
                                const std::vector<PeerAddress>& others, size_t limit) {
  std::vector<PeerAddress> merged;
  for (const auto* const list : {&latest, &before}) {
    for (const PeerAddress& address : *list) {
      if (merged.size() < limit && !Contains(merged, address) && !Contains(others, address)) {
        merged.push_back(address);
      }
    }
  }
  return merged;
}

}  // namespace

void AddressBook::Learn(const std::string& user, const std::vector<PeerAddress>& addresses) {
  if (addresses.empty()) return;
  Entry& entry = people_[user];
  entry.addresses = Merged(addresses, entry.addresses, {}, kMaxAddresses);
  entry.hearsay = Merged(entry.hearsay, {}, entry.addresses, kMaxHearsay);
  Note(user, entry);
}

bool AddressBook::LearnHearsay(const std::string& user, const std::vector<PeerAddress>& addresses) {
  if (addresses.empty()) return false;
  Entry& entry = people_[user];
  const bool unknown = entry.addresses.empty() && entry.hearsay.empty();
  entry.hearsay = Merged(addresses, entry.hearsay, entry.addresses, kMaxHearsay);
  if (unknown) Note(user, entry);
  return unknown;
}

void AddressBook::Note(const std::string& user, Entry& entry) {
  by_age_.erase(entry.learnt);
  entry.learnt = ++lessons_;
  by_age_[entry.learnt] = user;
  if (people_.size() <= max_people_) return;
  people_.erase(by_age_.begin()->second);
  by_age_.erase(by_age_.begin());
}

std::vector<PeerAddress> AddressBook::Of(const std::string& user) const {
  const auto found = people_.find(user);
  if (found == people_.end()) return {};
  std::vector<PeerAddress> all = found->second.addresses;
  all.insert(all.end(), found->second.hearsay.begin(), found->second.hearsay.end());
  return all;
}

}  // namespace parlor::client
