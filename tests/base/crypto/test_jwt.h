// Tokens that no honest issuer would make, with signatures that fit.
#ifndef PARLOR_TESTS_BASE_CRYPTO_TEST_JWT_H_
#define PARLOR_TESTS_BASE_CRYPTO_TEST_JWT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "base/crypto/key.h"

namespace parlor {

// `header` and `claims` as they are, JSON or not, under an ES256 signature of `key`.
std::string SignRaw(const PrivateKey& key, absl::string_view header, absl::string_view claims);

// The same under HMAC-SHA-256.
std::string SignHmac(absl::string_view secret, absl::string_view header, absl::string_view claims);

}  // namespace parlor

#endif  // PARLOR_TESTS_BASE_CRYPTO_TEST_JWT_H_
