// P-256 keys, signatures and hashes (OpenSSL). Values are immutable and thread-safe.
#ifndef PARLOR_BASE_CRYPTO_KEY_H_
#define PARLOR_BASE_CRYPTO_KEY_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

typedef struct evp_pkey_st EVP_PKEY;          // NOLINT(modernize-use-using): as OpenSSL declares it
typedef struct evp_pkey_ctx_st EVP_PKEY_CTX;  // NOLINT(modernize-use-using)

namespace parlor {

std::string Sha256(absl::string_view bytes);

class PublicKey {
 public:
  // SubjectPublicKeyInfo, DER. INVALID_ARGUMENT for anything but a P-256 key (a named curve and an
  // uncompressed point, 91 bytes), so that each key has one thumbprint.
  static absl::StatusOr<PublicKey> FromSpki(absl::string_view der);

  const std::string& spki() const { return spki_; }
  // Its end: 4, x and y, 65 bytes.
  absl::string_view point() const { return absl::string_view(spki_).substr(spki_.size() - kPointBytes); }
  std::string ToPem() const;
  std::string thumbprint() const { return Sha256(spki_); }
  // Id of the device that holds the private key: base32 of the first 16 bytes of the thumbprint, 26
  // characters.
  std::string device_id() const;

  // `signature` is ECDSA with SHA-256, DER. UNAUTHENTICATED if it does not fit.
  absl::Status Verify(absl::string_view message, absl::string_view signature) const;

  EVP_PKEY* get() const { return key_.get(); }

 private:
  friend class PrivateKey;
  static constexpr size_t kPointBytes = 65;
  PublicKey(std::shared_ptr<EVP_PKEY> key, std::string spki);
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<const EVP_PKEY_CTX> verifying_;
  std::string spki_;
};

class PrivateKey {
 public:
  static PrivateKey Generate();
  // PKCS#8 that is not encrypted; INVALID_ARGUMENT for anything else. Never asks for a passphrase.
  static absl::StatusOr<PrivateKey> FromPem(absl::string_view pem);

  std::string ToPem() const;
  const PublicKey& public_key() const { return public_key_; }
  std::string Sign(absl::string_view message) const;  // ECDSA with SHA-256, DER

  EVP_PKEY* get() const { return key_.get(); }

 private:
  PrivateKey(std::shared_ptr<EVP_PKEY> key, PublicKey public_key);
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<const EVP_PKEY_CTX> signing_;
  PublicKey public_key_;
};

}  // namespace parlor

#endif  // PARLOR_BASE_CRYPTO_KEY_H_
