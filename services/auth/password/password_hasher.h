// Argon2id (RFC 9106) by libargon2, as encoded strings (encoded_hash.h).
#ifndef PARLOR_SERVICES_AUTH_PASSWORD_PASSWORD_HASHER_H_
#define PARLOR_SERVICES_AUTH_PASSWORD_PASSWORD_HASHER_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/auth/password/encoded_hash.h"
#include "services/auth/password/hash_gate.h"

namespace parlor::auth {

// INVALID_ARGUMENT names the field that is out of its range.
absl::Status Validate(const Argon2Parameters& parameters);

// Blocking: call it on a thread that may wait. Thread-safe. At most gate.limit() hashes run at once, so that
// memory stays below gate.limit() × memory_kib (or what older, larger parameters took). Each method answers
// RESOURCE_EXHAUSTED with RetryAfter() when the gate's line is full, and INTERNAL if memory is short.
class PasswordHasher {
 public:
  // Told how long each hash took, waiting not counted; on the caller's thread. May be empty.
  using Observer = std::function<void(absl::Duration)>;

  // `parameters` are valid; `gate` outlives the hasher. Computes one hash, the dummy's.
  static absl::StatusOr<PasswordHasher> Create(const Argon2Parameters& parameters, HashGate* gate,
                                               Observer observer = nullptr);

  // With a fresh salt of 16 bytes; 32 bytes of hash.
  absl::StatusOr<std::string> Hash(absl::string_view password) const;

  // True if `encoded` is of `password`.
  absl::StatusOr<bool> Verify(absl::string_view password, absl::string_view encoded) const;

  // Takes as long as Verify, for a name that has no account. Never true.
  absl::Status VerifyNobody(absl::string_view password) const;

  // `encoded` was made with less than today's parameters: it wants hashing anew at the next login.
  bool NeedsRehash(absl::string_view encoded) const;

 private:
  PasswordHasher(const Argon2Parameters& parameters, HashGate* gate, Observer observer)
      : parameters_(parameters), gate_(gate), observer_(std::move(observer)) {}

  Argon2Parameters parameters_;
  HashGate* gate_;
  Observer observer_;
  std::string dummy_;  // of a password that nobody knows
};

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_PASSWORD_PASSWORD_HASHER_H_
