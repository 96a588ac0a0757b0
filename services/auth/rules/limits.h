// Numbers that the protocol of auth promises (protos/parlor/auth/v1/auth.proto, docs/protocol.md).
#ifndef PARLOR_SERVICES_AUTH_RULES_LIMITS_H_
#define PARLOR_SERVICES_AUTH_RULES_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace parlor::auth {

inline constexpr absl::Duration kAccessTokenLifetime = absl::Minutes(10);
inline constexpr absl::Duration kCertificateLifetime = absl::Hours(24);
inline constexpr absl::Duration kRefreshIdleLimit = absl::Hours(24 * 90);  // unused for longer: ended

// An ended device stays on the revocation list until no verifier accepts its certificate any more: 24 h of
// validity, and 7 days for which peers without services go on judging as of their last contact.
inline constexpr absl::Duration kRevocationRetention = absl::Hours(24 * 8);
// Devices on the list; the longest ended fall off first. As JWT 0.8 MiB, within the 1 MiB of a message.
inline constexpr size_t kMaxRevokedDevices = 20'000;

inline constexpr size_t kMaxDevicesPerAccount = 20;
inline constexpr size_t kMaxDeviceLabelCharacters = 64;  // code points
// Names, labels, codes: what is longer than this is refused before it is looked at.
inline constexpr size_t kMaxFieldBytes = 1024;
inline constexpr size_t kMaxCertificateRequestBytes = 4096;  // one for P-256 has some 250

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_RULES_LIMITS_H_
