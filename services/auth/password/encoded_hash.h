// A password's hash as it is stored, with all that verifying it needs:
// "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>", the last two in base64 without padding. The format is that
// of the reference library and of the PHC string format
// (https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md). Pure.
#ifndef PARLOR_SERVICES_AUTH_PASSWORD_ENCODED_HASH_H_
#define PARLOR_SERVICES_AUTH_PASSWORD_ENCODED_HASH_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parlor::auth {

// The defaults are OWASP's minimum (Password Storage Cheat Sheet); 20 ms of a core.
struct Argon2Parameters {
  uint32_t memory_kib = 19 * 1024;  // 8 × parallelism to 4 GiB
  uint32_t passes = 2;              // 1 to 1,000
  uint32_t parallelism = 1;         // lanes, a thread each while a hash runs; 1 to 16
};

struct EncodedHash {
  Argon2Parameters parameters;
  std::string salt;  // bytes
  std::string hash;
};

std::string ToString(const EncodedHash& hash);

// INVALID_ARGUMENT if `text` is no hash of ours: another algorithm, another version than 1.3. The parameters
// are not checked.
absl::StatusOr<EncodedHash> ParseEncodedHash(absl::string_view text);

}  // namespace parlor::auth

#endif  // PARLOR_SERVICES_AUTH_PASSWORD_ENCODED_HASH_H_
