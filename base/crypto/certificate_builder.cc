#include "base/crypto/certificate_builder.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/time/civil_time.h"
#include "base/random.h"

namespace parlor {
namespace {

using openssl::Check;

using GeneralNamePtr = openssl::Ptr<GENERAL_NAME, GENERAL_NAME_free>;
using GeneralSubtreePtr = openssl::Ptr<GENERAL_SUBTREE, GENERAL_SUBTREE_free>;
using NameConstraintsPtr = openssl::Ptr<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;

constexpr int kSerialBytes = 16;

openssl::Asn1IntegerPtr RandomSerial() {
  std::string bytes = RandomBytes(kSerialBytes);
  bytes[0] = static_cast<char>((bytes[0] & 0x7f) | 0x40);  // positive, and never shorter
  const openssl::BignumPtr number(BN_bin2bn(openssl::Octets(bytes), kSerialBytes, nullptr));
  Check(number != nullptr, "BN_bin2bn");
  openssl::Asn1IntegerPtr serial(BN_to_ASN1_INTEGER(number.get(), nullptr));
  Check(serial != nullptr, "BN_to_ASN1_INTEGER");
  return serial;
}

// Certificates know the years 1950 to 9999 (RFC 5280 §4.1.2.5); a time beyond is cut there.
void SetTime(ASN1_TIME* field, absl::Time time) {
  const absl::Time first = absl::FromCivil(absl::CivilYear(1950), absl::UTCTimeZone());
  const absl::Time last = absl::FromCivil(absl::CivilYear(10'000), absl::UTCTimeZone()) - absl::Seconds(1);
  Check(ASN1_TIME_set(field, absl::ToTimeT(std::clamp(time, first, last))) != nullptr, "ASN1_TIME_set");
}

GeneralNamePtr ToGeneralName(const GeneralName& name) {
  ASN1_STRING* const value =
      ASN1_STRING_type_new(name.type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
  GeneralNamePtr out(GENERAL_NAME_new());
  Check(value != nullptr && out != nullptr &&
            ASN1_STRING_set(value, name.value.data(), static_cast<int>(name.value.size())) == 1,
        "making a general name");
  GENERAL_NAME_set0_value(out.get(), name.type, value);  // takes `value`
  return out;
}

// An absent list and an empty one differ in DER: RFC 5280 wants it absent.
STACK_OF(GENERAL_SUBTREE) * Subtrees(const std::vector<GeneralName>& names) {
  if (names.empty()) return nullptr;
  STACK_OF(GENERAL_SUBTREE)* const subtrees = sk_GENERAL_SUBTREE_new_null();
  Check(subtrees != nullptr, "sk_GENERAL_SUBTREE_new_null");
  for (const GeneralName& name : names) {
    GeneralSubtreePtr subtree(GENERAL_SUBTREE_new());
    Check(subtree != nullptr, "GENERAL_SUBTREE_new");
    GENERAL_NAME_free(subtree->base);
    subtree->base = ToGeneralName(name).release();
    Check(sk_GENERAL_SUBTREE_push(subtrees, subtree.release()) > 0, "sk_GENERAL_SUBTREE_push");
  }
  return subtrees;
}

}  // namespace

CertificateBuilder::CertificateBuilder(absl::string_view common_name, const PublicKey& key)
    : x509_(X509_new()), issuer_(x509_.get()) {
  Check(x509_ != nullptr && X509_set_version(x509_.get(), X509_VERSION_3) == 1 &&
            X509_set_serialNumber(x509_.get(), RandomSerial().get()) == 1 &&
            X509_NAME_add_entry_by_NID(X509_get_subject_name(x509_.get()), NID_commonName, MBSTRING_UTF8,
                                       openssl::Octets(common_name), static_cast<int>(common_name.size()), -1,
                                       0) == 1 &&
            X509_set_pubkey(x509_.get(), key.get()) == 1,
        "beginning a certificate");
}

CertificateBuilder& CertificateBuilder::Issuer(const Certificate* issuer) {
  issuer_ = issuer != nullptr ? issuer->get() : x509_.get();
  Check(X509_set_issuer_name(x509_.get(), X509_get_subject_name(issuer_)) == 1, "X509_set_issuer_name");
  return *this;
}

CertificateBuilder& CertificateBuilder::Validity(absl::Time not_before, absl::Time not_after) {
  SetTime(X509_getm_notBefore(x509_.get()), not_before);
  SetTime(X509_getm_notAfter(x509_.get()), not_after);
  return *this;
}

CertificateBuilder& CertificateBuilder::Extension(int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer_, x509_.get(), nullptr, nullptr, 0);
  const openssl::X509ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  Check(extension != nullptr && X509_add_ext(x509_.get(), extension.get(), -1) == 1, "X509V3_EXT_conf_nid");
  return *this;
}

CertificateBuilder& CertificateBuilder::SubjectAltName(const GeneralName& name) {
  const openssl::GeneralNamesPtr names(GENERAL_NAMES_new());
  Check(names != nullptr && sk_GENERAL_NAME_push(names.get(), ToGeneralName(name).release()) > 0 &&
            X509_add1_ext_i2d(x509_.get(), NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1,
        "adding a subject alternative name");
  return *this;
}

CertificateBuilder& CertificateBuilder::NameConstraints(const std::vector<GeneralName>& permitted,
                                                        const std::vector<GeneralName>& excluded) {
  const NameConstraintsPtr constraints(NAME_CONSTRAINTS_new());
  Check(constraints != nullptr, "NAME_CONSTRAINTS_new");
  constraints->permittedSubtrees = Subtrees(permitted);
  constraints->excludedSubtrees = Subtrees(excluded);
  Check(X509_add1_ext_i2d(x509_.get(), NID_name_constraints, constraints.get(), 1, X509V3_ADD_DEFAULT) == 1,
        "adding name constraints");
  return *this;
}

Certificate CertificateBuilder::Sign(const PrivateKey& issuer_key) && {
  Check(X509_sign(x509_.get(), issuer_key.get(), EVP_sha256()) > 0, "X509_sign");
  return Certificate(std::shared_ptr<X509>(std::move(x509_)));
}

}  // namespace parlor
