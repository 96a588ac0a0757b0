#include "services/common/key_ring.h"

#include <algorithm>
#include <utility>

namespace parlor::service {

KeyRing::KeyRing(std::vector<SigningKey> keys, KeyRingOptions options)
    : keys_(std::move(keys)), options_(options) {
  // By time, then by name: replicas must agree on the order of keys that were made in one second.
  std::sort(keys_.begin(), keys_.end(), [](const SigningKey& a, const SigningKey& b) {
    return a.made != b.made ? a.made < b.made : a.kid < b.kid;
  });
}

const SigningKey& KeyRing::Signer(absl::Time now) const {
  const auto published = std::find_if(keys_.rbegin(), keys_.rend(), [&](const SigningKey& key) {
    return key.made + options_.publish_delay <= now;
  });
  return published != keys_.rend() ? *published : keys_.front();
}

VerificationKeys KeyRing::Verifying(absl::Time now) const {
  VerificationKeys result;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (!IsRetired(i, now)) result.emplace(keys_[i].kid, keys_[i].key.public_key());
  }
  return result;
}

std::vector<std::string> KeyRing::Retired(absl::Time now) const {
  std::vector<std::string> result;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (IsRetired(i, now)) result.push_back(keys_[i].kid);
  }
  return result;
}

bool KeyRing::RotationDue(absl::Time now) const {
  return keys_.back().made + options_.rotate_after <= now;
}

bool KeyRing::IsRetired(size_t index, absl::Time now) const {
  if (index + 1 == keys_.size()) return false;
  return keys_[index + 1].made + options_.publish_delay + options_.token_lifetime < now;
}

}  // namespace parlor::service
