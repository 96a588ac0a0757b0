// Ownership of OpenSSL's objects, and its error queue as absl::Status. For the .cc files of base/crypto only.
#ifndef PARLOR_BASE_CRYPTO_OPENSSL_PTR_H_
#define PARLOR_BASE_CRYPTO_OPENSSL_PTR_H_

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parlor::openssl {

template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
template <typename T, auto kFree>
using Ptr = std::unique_ptr<T, Deleter<kFree>>;

using Asn1IntegerPtr = Ptr<ASN1_INTEGER, ASN1_INTEGER_free>;
using BignumPtr = Ptr<BIGNUM, BN_free>;
using BioPtr = Ptr<BIO, BIO_free>;
using EcdsaSigPtr = Ptr<ECDSA_SIG, ECDSA_SIG_free>;
using EvpPkeyCtxPtr = Ptr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using EvpPkeyPtr = Ptr<EVP_PKEY, EVP_PKEY_free>;
using GeneralNamesPtr = Ptr<GENERAL_NAMES, GENERAL_NAMES_free>;
using Pkcs8Ptr = Ptr<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using X509ExtensionPtr = Ptr<X509_EXTENSION, X509_EXTENSION_free>;
using X509Ptr = Ptr<X509, X509_free>;
using X509ReqPtr = Ptr<X509_REQ, X509_REQ_free>;
using X509StoreCtxPtr = Ptr<X509_STORE_CTX, X509_STORE_CTX_free>;
using X509StorePtr = Ptr<X509_STORE, X509_STORE_free>;

// The stack and the certificates in it.
struct X509StackDeleter {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using X509StackPtr = std::unique_ptr<STACK_OF(X509), X509StackDeleter>;

// Stands at the top of every function that may fail in OpenSSL. The queue belongs to the thread, and TLS
// reads it too: what we leave there would be taken for the failure of somebody's connection.
class ErrorScope {
 public:
  ErrorScope();
  ~ErrorScope();
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;

  // `what`, and behind it what OpenSSL said since this scope began. Empties the queue.
  absl::Status Status(absl::StatusCode code, absl::string_view what) const;

  // Whether the latest error is `reason` of `library` (ERR_LIB_…).
  bool LastIs(int library, int reason) const;
};

// Ends the process unless `ok`: for calls that fail only when memory or the library itself is broken, where
// going on would mean going on without security.
void Check(bool ok, const char* what);

// The longest PEM or DER input that is looked at: OpenSSL counts in int, and nothing of ours comes near.
inline constexpr size_t kMaxInputBytes = 256 * 1024;

inline const unsigned char* Octets(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// A memory BIO that reads `bytes`, which must outlive it and hold at most kMaxInputBytes.
BioPtr ReadFrom(absl::string_view bytes);
// What was written to a memory BIO.
std::string Contents(BIO* bio);

// DER of `object` by one of OpenSSL's i2d functions.
template <typename T, typename I2d>
std::string ToDer(I2d i2d, const T* object) {
  unsigned char* bytes = nullptr;
  const int size = i2d(object, &bytes);
  Check(size > 0, "encoding DER");
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

// Reads exactly one object: null if `der` is malformed, too long or goes on behind it.
template <typename P, typename D2i>
P FromDer(D2i d2i, absl::string_view der) {
  if (der.empty() || der.size() > kMaxInputBytes) return nullptr;
  const unsigned char* at = Octets(der);
  const unsigned char* const end = at + der.size();
  P object(d2i(nullptr, &at, static_cast<long>(der.size())));
  if (at != end) object.reset();
  return object;
}

}  // namespace parlor::openssl

#endif  // PARLOR_BASE_CRYPTO_OPENSSL_PTR_H_
