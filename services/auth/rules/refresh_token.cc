#include "services/auth/rules/refresh_token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/str_cat.h"
#include "base/crypto/key.h"
#include "base/encoding.h"
#include "base/random.h"
#include "services/auth/rules/limits.h"

namespace parlor::auth {
namespace {

constexpr size_t kPartBytes = 32;
constexpr size_t kTokenCharacters = 86;

std::string HmacSha256(absl::string_view key, absl::string_view message) {
  std::string mac(kPartBytes, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  return mac;
}

}  // namespace

RefreshToken RefreshToken::Random() {
  return {RandomBytes(kPartBytes), RandomBytes(kPartBytes)};
}

absl::StatusOr<RefreshToken> RefreshToken::Parse(absl::string_view text) {
  const absl::Status not_a_token = absl::UnauthenticatedError("this is no refresh token: log in");
  if (text.size() != kTokenCharacters) return not_a_token;
  const absl::StatusOr<std::string> bytes = FromBase64Url(text);
  if (!bytes.ok() || bytes->size() != 2 * kPartBytes) return not_a_token;
  return RefreshToken{bytes->substr(0, kPartBytes), bytes->substr(kPartBytes)};
}

std::string RefreshToken::ToText() const {
  return Base64Url(absl::StrCat(family, secret));
}
std::string RefreshToken::FamilyHash() const {
  return Hex(Sha256(family));
}
std::string RefreshToken::SecretHash() const {
  return Hex(Sha256(secret));
}

RefreshToken RefreshToken::Successor(absl::string_view salt) const {
  return {family, HmacSha256(secret, absl::StrCat("parlor refresh successor:", salt))};
}

std::string RandomSalt() {
  return RandomId();
}

RefreshVerdict JudgeRefresh(const RefreshState& state, absl::string_view presented_hash, absl::Time now) {
  const bool current = presented_hash == state.current_hash;
  const bool previous = !state.previous_hash.empty() && presented_hash == state.previous_hash;
  if (!current && !previous) return RefreshVerdict::kReused;
  if (now - state.last_used > kRefreshIdleLimit) return RefreshVerdict::kIdle;
  return current ? RefreshVerdict::kRotate : RefreshVerdict::kRepeat;
}

}  // namespace parlor::auth
