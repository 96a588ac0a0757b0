#include "base/crypto/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto/openssl_ptr.h"
#include "base/encoding.h"
#include "base/status.h"

namespace parlor {
namespace {

// OpenSSL's own callback would ask on the terminal for the passphrase of an encrypted PEM.
int RefusePassphrase(char* /*buffer*/, int /*size*/, int /*for_writing*/, void* /*context*/) {
  return -1;
}

// `otherwise` stands for a time that cannot be read: the caller picks one at which nothing is valid.
absl::Time TimeOf(const ASN1_TIME* time, absl::Time otherwise) {
  const openssl::ErrorScope errors;
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return otherwise;
  return absl::FromTM(parts, absl::UTCTimeZone());
}

// X509_REQ_set_pubkey would encode the key and read it again by OpenSSL's slow general ways (key.cc).
bool SetPublicKey(X509_REQ* request, const PublicKey& key) {
  const absl::string_view point = key.point();
  auto* const copy = static_cast<unsigned char*>(OPENSSL_memdup(point.data(), point.size()));
  // Takes the copy.
  return copy != nullptr &&
         X509_PUBKEY_set0_param(X509_REQ_get_X509_PUBKEY(request), OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                                V_ASN1_OBJECT, OBJ_nid2obj(NID_X9_62_prime256v1), copy,
                                static_cast<int>(point.size())) == 1;
}

}  // namespace

absl::StatusOr<Certificate> Certificate::FromDer(absl::string_view der) {
  const openssl::ErrorScope errors;
  auto x509 = openssl::FromDer<openssl::X509Ptr>(d2i_X509, der);
  if (x509 == nullptr) {
    return errors.Status(absl::StatusCode::kInvalidArgument, "not a certificate in DER");
  }
  return Certificate(std::shared_ptr<X509>(std::move(x509)));
}

absl::StatusOr<Certificate> Certificate::FromPem(absl::string_view pem) {
  PARLOR_ASSIGN_OR_RETURN(std::vector<Certificate> chain, ChainFromPem(pem));
  return chain.front();
}

absl::StatusOr<std::vector<Certificate>> Certificate::ChainFromPem(absl::string_view pem) {
  const openssl::ErrorScope errors;
  if (pem.size() > openssl::kMaxInputBytes) {
    return absl::InvalidArgumentError("not certificates in PEM: the file is far too long");
  }
  const openssl::BioPtr bio = openssl::ReadFrom(pem);
  std::vector<Certificate> chain;
  while (X509* const x509 = PEM_read_bio_X509(bio.get(), nullptr, RefusePassphrase, nullptr)) {
    chain.emplace_back(std::shared_ptr<X509>(openssl::X509Ptr(x509)));
  }
  // The only good end is that nothing more begins; behind it nothing may have been lost.
  if (chain.empty() || !errors.LastIs(ERR_LIB_PEM, PEM_R_NO_START_LINE)) {
    return errors.Status(absl::StatusCode::kInvalidArgument,
                         absl::StrCat("certificate ", chain.size() + 1, " of the PEM file cannot be read"));
  }
  return chain;
}

std::string Certificate::ToDer() const {
  return openssl::ToDer(i2d_X509, x509_.get());
}

std::string Certificate::ToPem() const {
  const openssl::ErrorScope errors;
  const openssl::BioPtr bio(BIO_new(BIO_s_mem()));
  openssl::Check(bio != nullptr && PEM_write_bio_X509(bio.get(), x509_.get()) == 1, "PEM_write_bio_X509");
  return openssl::Contents(bio.get());
}

absl::StatusOr<PublicKey> Certificate::public_key() const {
  return PublicKey::FromSpki(openssl::ToDer(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(x509_.get())));
}

absl::Time Certificate::not_before() const {
  return TimeOf(X509_get0_notBefore(x509_.get()), absl::InfiniteFuture());
}

absl::Time Certificate::not_after() const {
  return TimeOf(X509_get0_notAfter(x509_.get()), absl::InfinitePast());
}

std::string ServerIdOf(const PublicKey& root_key) {
  return Base32(root_key.thumbprint());
}

std::string ServiceDnsName(absl::string_view server_id) {
  return absl::StrCat(server_id, ".parlor");
}

std::string MakeCertificateRequest(const PrivateKey& key) {
  const openssl::ErrorScope errors;
  const openssl::X509ReqPtr request(X509_REQ_new());
  openssl::Check(request != nullptr && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
                     SetPublicKey(request.get(), key.public_key()) &&
                     X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0,
                 "making a certificate request");
  return openssl::ToDer(i2d_X509_REQ, request.get());
}

absl::StatusOr<PublicKey> VerifyCertificateRequest(absl::string_view der) {
  const openssl::ErrorScope errors;
  const auto request = openssl::FromDer<openssl::X509ReqPtr>(d2i_X509_REQ, der);
  if (request == nullptr) {
    return errors.Status(absl::StatusCode::kInvalidArgument, "not a certificate request (PKCS#10, DER)");
  }
  PARLOR_ASSIGN_OR_RETURN(PublicKey key, PublicKey::FromSpki(openssl::ToDer(
                                             i2d_X509_PUBKEY, X509_REQ_get_X509_PUBKEY(request.get()))));
  if (X509_REQ_get_signature_nid(request.get()) != NID_ecdsa_with_SHA256 ||
      X509_REQ_verify(request.get(), key.get()) != 1) {
    return errors.Status(absl::StatusCode::kInvalidArgument,
                         "the certificate request is not signed (ECDSA, SHA-256) by the key it names");
  }
  return key;
}

}  // namespace parlor
