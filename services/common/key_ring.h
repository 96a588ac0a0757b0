// Which key signs now, and which still verify: the rules of rotating signing keys without an outage. Pure.
//
//   made ---- publish delay ----> signs ---- until its successor signs ----> verifies ---- token lifetime
//   ----> retired
//
// A key is published before it signs, so that every verifier has fetched it when its first token arrives;
// and it is kept after it last signed until the last of those tokens has ended.
#ifndef PARLOR_SERVICES_COMMON_KEY_RING_H_
#define PARLOR_SERVICES_COMMON_KEY_RING_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/crypto/jwt.h"
#include "base/crypto/key.h"

namespace parlor::service {

struct SigningKey {
  std::string kid;
  absl::Time made;
  PrivateKey key;
};

struct KeyRingOptions {
  // From a key's making to its first signature. Verifiers poll every 5 s and replicas re-read the directory
  // every 30 s; the rest is for those that were cut off.
  absl::Duration publish_delay = absl::Minutes(5);
  // Of the longest-lived token that is signed, with a minute for clocks that differ.
  absl::Duration token_lifetime = absl::Minutes(11);
  // Age at which a key gets a successor. At least publish_delay + token_lifetime.
  absl::Duration rotate_after = absl::Hours(24 * 30);
  // The directory is somebody else's to change, as where a Secret is mounted: SigningKeys only reads it.
  bool read_only = false;
};

// A value: immutable, thread-safe. The same keys and the same `now` give the same answers on every replica.
class KeyRing {
 public:
  // `keys` in any order; at least one.
  KeyRing(std::vector<SigningKey> keys, KeyRingOptions options);

  // The newest key that has been published long enough; the oldest if none has (first start).
  const SigningKey& Signer(absl::Time now) const;

  // All that a verifier has to know: every key that is not retired.
  VerificationKeys Verifying(absl::Time now) const;

  // Keys whose last token has ended: they may be deleted.
  std::vector<std::string> Retired(absl::Time now) const;

  // The newest key is due for a successor.
  bool RotationDue(absl::Time now) const;

  const std::vector<SigningKey>& keys() const { return keys_; }  // oldest first

 private:
  bool IsRetired(size_t index, absl::Time now) const;

  std::vector<SigningKey> keys_;
  KeyRingOptions options_;
};

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_KEY_RING_H_
