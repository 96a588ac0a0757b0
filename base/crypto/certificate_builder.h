// Makes X.509 v3 certificates. For authority.cc only. Not thread-safe.
#ifndef PARLOR_BASE_CRYPTO_CERTIFICATE_BUILDER_H_
#define PARLOR_BASE_CRYPTO_CERTIFICATE_BUILDER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/crypto/certificate.h"
#include "base/crypto/key.h"
#include "base/crypto/openssl_ptr.h"

namespace parlor {

// One name as RFC 5280 §4.2.1.6 has it: GEN_DNS, GEN_URI, or (in constraints) GEN_IPADD, whose value is
// address and mask in network order.
struct GeneralName {
  int type;
  std::string value;
};

// Every step ends the process if OpenSSL cannot do it, for it is given nothing that may fail but memory.
class CertificateBuilder {
 public:
  // A random 127-bit serial number and `common_name` as the subject.
  CertificateBuilder(absl::string_view common_name, const PublicKey& key);

  // Null stands for the certificate itself. Must outlive the builder, and come before extensions.
  CertificateBuilder& Issuer(const Certificate* issuer);
  CertificateBuilder& Validity(absl::Time not_before, absl::Time not_after);

  // `value` in the syntax of OpenSSL's x509v3_config(5). It is parsed: no foreign text belongs in it.
  CertificateBuilder& Extension(int nid, const char* value);
  CertificateBuilder& SubjectAltName(const GeneralName& name);
  // Critical.
  CertificateBuilder& NameConstraints(const std::vector<GeneralName>& permitted,
                                      const std::vector<GeneralName>& excluded);

  Certificate Sign(const PrivateKey& issuer_key) &&;

 private:
  openssl::X509Ptr x509_;
  X509* issuer_;
};

}  // namespace parlor

#endif  // PARLOR_BASE_CRYPTO_CERTIFICATE_BUILDER_H_
