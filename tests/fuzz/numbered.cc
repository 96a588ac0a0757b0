#include "tests/fuzz/numbered.h"

#include "base/crypto/openssl_ptr.h"
#include "tests/base/crypto/test_certificates.h"

namespace parlor::fuzz {

Certificate Numbered(const Certificate& certificate, const PrivateKey& issuer, long number) {
  return Resign(certificate, issuer, EVP_sha256(), [number](X509* x509) {
    openssl::Check(ASN1_INTEGER_set(X509_get_serialNumber(x509), number) == 1, "ASN1_INTEGER_set");
  });
}

}  // namespace parlor::fuzz
