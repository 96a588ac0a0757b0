#include <openssl/x509v3.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/crypto/certificate.h"
#include "base/crypto/certificate_builder.h"
#include "base/crypto/device_uri.h"
#include "base/crypto/openssl_ptr.h"
#include "base/status.h"

namespace parlor {
namespace {

// Everything is valid from a little before it is made, because the clock of who checks it may be behind.
constexpr absl::Duration kClockSlack = absl::Hours(1);

constexpr absl::Duration kYear = absl::Hours(365 * 24);
constexpr int kRootYears = 20;
constexpr int kIntermediateYears = 10;

// There is no URI constraint that excludes every host, so the one permitted is a host that cannot exist
// (RFC 6761 §6.4): with that, no URI of any real host passes.
constexpr char kNoHost[] = "invalid";

// All of IPv4 and all of IPv6: an address of zeros, a mask of zeros.
GeneralName AllIpv4() {
  return {GEN_IPADD, std::string(2 * 4, '\0')};
}
GeneralName AllIpv6() {
  return {GEN_IPADD, std::string(2 * 16, '\0')};
}

CertificateBuilder AuthorityBuilder(absl::string_view common_name, const PublicKey& key,
                                    const Certificate* issuer, const char* basic_constraints, absl::Time now,
                                    absl::Duration lifetime) {
  CertificateBuilder builder(common_name, key);
  builder.Issuer(issuer)
      .Validity(now - kClockSlack, now + lifetime)
      .Extension(NID_basic_constraints, basic_constraints)
      .Extension(NID_key_usage, "critical,keyCertSign,cRLSign")
      .Extension(NID_subject_key_identifier, "hash")
      .Extension(NID_authority_key_identifier, "keyid:always");
  return builder;
}

// Services and devices both dial and are dialled, hence both extended usages. What keeps the two apart is the
// constraint on the names that their authority may give.
Certificate IssueLeaf(const Authority& authority, absl::string_view common_name, const GeneralName& name,
                      const PublicKey& key, absl::Time now, absl::Duration lifetime) {
  CertificateBuilder builder(common_name, key);
  builder.Issuer(&authority.certificate())
      .Validity(now - kClockSlack, now + lifetime)
      .Extension(NID_basic_constraints, "critical,CA:FALSE")
      .Extension(NID_key_usage, "critical,digitalSignature")
      .Extension(NID_ext_key_usage, "serverAuth,clientAuth")
      .Extension(NID_subject_key_identifier, "hash")
      .Extension(NID_authority_key_identifier, "keyid:always")
      .SubjectAltName(name);
  return std::move(builder).Sign(authority.key());
}

}  // namespace

Authority Authority::MakeRoot(absl::Time now) {
  const openssl::ErrorScope errors;
  PrivateKey key = PrivateKey::Generate();
  CertificateBuilder builder =
      AuthorityBuilder("Parlor root", key.public_key(), nullptr, "critical,CA:TRUE", now, kRootYears * kYear);
  Certificate certificate = std::move(builder).Sign(key);
  return Authority(std::move(certificate), std::move(key));
}

absl::StatusOr<Authority> Authority::FromPem(absl::string_view certificate_pem, absl::string_view key_pem) {
  const openssl::ErrorScope errors;
  PARLOR_ASSIGN_OR_RETURN(Certificate certificate, Certificate::FromPem(certificate_pem));
  PARLOR_ASSIGN_OR_RETURN(PrivateKey key, PrivateKey::FromPem(key_pem));
  PARLOR_ASSIGN_OR_RETURN(const PublicKey certified, certificate.public_key());
  if (certified.spki() != key.public_key().spki()) {
    return absl::InvalidArgumentError("the authority's certificate and key do not belong together");
  }
  if (X509_check_ca(certificate.get()) != 1) {
    return absl::InvalidArgumentError("the certificate is not an authority's (basicConstraints CA:TRUE)");
  }
  return Authority(std::move(certificate), std::move(key));
}

Authority Authority::MakeServicesAuthority(absl::Time now) const {
  const openssl::ErrorScope errors;
  PrivateKey key = PrivateKey::Generate();
  CertificateBuilder builder =
      AuthorityBuilder("Parlor services", key.public_key(), &certificate_, "critical,CA:TRUE,pathlen:0", now,
                       kIntermediateYears * kYear);
  builder.NameConstraints({{GEN_DNS, ServiceDnsName(ServerIdOf(key_.public_key()))}, {GEN_URI, kNoHost}},
                          {AllIpv4(), AllIpv6()});
  Certificate certificate = std::move(builder).Sign(key_);
  return Authority(std::move(certificate), std::move(key));
}

Authority Authority::MakePeopleAuthority(absl::Time now) const {
  const openssl::ErrorScope errors;
  PrivateKey key = PrivateKey::Generate();
  CertificateBuilder builder =
      AuthorityBuilder("Parlor people", key.public_key(), &certificate_, "critical,CA:TRUE,pathlen:0", now,
                       kIntermediateYears * kYear);
  // Below the empty DNS name lies every DNS name (RFC 5280 §4.2.1.10).
  builder.NameConstraints({{GEN_URI, ServerIdOf(key_.public_key())}}, {{GEN_DNS, ""}, AllIpv4(), AllIpv6()});
  Certificate certificate = std::move(builder).Sign(key_);
  return Authority(std::move(certificate), std::move(key));
}

Certificate Authority::IssueService(absl::string_view server_id, const PublicKey& key, absl::Time now,
                                    absl::Duration lifetime) const {
  const openssl::ErrorScope errors;
  const std::string name = ServiceDnsName(server_id);
  return IssueLeaf(*this, name, {GEN_DNS, name}, key, now, lifetime);
}

absl::StatusOr<Certificate> Authority::IssueDevice(const DeviceIdentity& identity, const PublicKey& key,
                                                   absl::Time now, absl::Duration lifetime) const {
  const openssl::ErrorScope errors;
  if (identity.device != key.device_id()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the device id is not the key's own, which is ", key.device_id()));
  }
  PARLOR_ASSIGN_OR_RETURN(const std::string uri, DeviceUri(identity));
  return IssueLeaf(*this, identity.device, {GEN_URI, uri}, key, now, lifetime);
}

}  // namespace parlor
