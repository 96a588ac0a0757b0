#include "tests/base/crypto/test_jwt.h"

#include <openssl/ecdsa.h>
#include <openssl/hmac.h>

#include "absl/strings/str_cat.h"
#include "base/crypto/openssl_ptr.h"
#include "base/encoding.h"

namespace parlor {

std::string SignRaw(const PrivateKey& key, absl::string_view header, absl::string_view claims) {
  const std::string text = absl::StrCat(Base64Url(header), ".", Base64Url(claims));
  const auto parsed =
      openssl::FromDer<openssl::Ptr<ECDSA_SIG, ECDSA_SIG_free>>(d2i_ECDSA_SIG, key.Sign(text));
  std::string raw(64, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), out, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), out + 32, 32);
  return absl::StrCat(text, ".", Base64Url(raw));
}

std::string SignHmac(absl::string_view secret, absl::string_view header, absl::string_view claims) {
  const std::string text = absl::StrCat(Base64Url(header), ".", Base64Url(claims));
  std::string mac(32, '\0');
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(mac.data()), nullptr);
  return absl::StrCat(text, ".", Base64Url(mac));
}

}  // namespace parlor
