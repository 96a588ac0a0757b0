#include "base/crypto/peer_verifier.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/crypto/device_uri.h"
#include "base/crypto/openssl_ptr.h"
#include "base/crypto/verified_chains.h"
#include "base/status.h"

namespace parlor {
namespace {

constexpr size_t kMaxChain = 4;
constexpr size_t kMaxCertificateBytes = 16 * 1024;

// Authorities between the leaf and the root: the people's CA and nothing else.
constexpr int kMaxIntermediates = 1;

// OpenSSL's level 3 asks 128 bits of security of every key and signature (SSL_CTX_set_security_level(3)):
// P-256 with SHA-256 has them, SHA-1 and RSA of 2048 bits do not.
constexpr int kSecurityLevel = 3;

absl::Status Refused(absl::string_view why) {
  return absl::UnauthenticatedError(absl::StrCat("the peer's certificate is refused: ", why));
}

absl::StatusOr<std::vector<Certificate>> Parse(const std::vector<std::string>& chain_der) {
  if (chain_der.empty()) return Refused("none was sent");
  if (chain_der.size() > kMaxChain) {
    return Refused(absl::StrCat("its chain is longer than ", kMaxChain));
  }
  std::vector<Certificate> chain;
  for (const std::string& der : chain_der) {
    if (der.size() > kMaxCertificateBytes) {
      return Refused(absl::StrCat("its chain has a certificate above ", kMaxCertificateBytes, " bytes"));
    }
    auto certificate = Certificate::FromDer(der);
    if (!certificate.ok()) return Refused(certificate.status().message());
    chain.push_back(*std::move(certificate));
  }
  return chain;
}

openssl::X509StackPtr Intermediates(const std::vector<Certificate>& chain) {
  openssl::X509StackPtr stack(sk_X509_new_null());
  openssl::Check(stack != nullptr, "sk_X509_new_null");
  for (size_t i = 1; i < chain.size(); ++i) {
    openssl::Check(X509_add_cert(stack.get(), chain[i].get(), X509_ADD_FLAG_UP_REF) == 1, "X509_add_cert");
  }
  return stack;
}

struct Validity {
  absl::Time not_before = absl::InfinitePast();
  absl::Time not_after = absl::InfiniteFuture();
};

// Of what the root answers for. Certificates that came along and are not on the path may say anything.
Validity ValidityOf(const STACK_OF(X509) * path) {
  Validity validity;
  for (int i = 0; i < sk_X509_num(path); ++i) {
    const Certificate borrowed(std::shared_ptr<X509>(std::shared_ptr<X509>(), sk_X509_value(path, i)));
    validity.not_before = std::max(validity.not_before, borrowed.not_before());
    validity.not_after = std::min(validity.not_after, borrowed.not_after());
  }
  return validity;
}

// Signatures up to the root, validity at `at`, basic and name constraints, usage as a TLS client.
absl::StatusOr<Validity> CheckPath(X509_STORE* store, const std::vector<Certificate>& chain, absl::Time at) {
  const openssl::X509StackPtr intermediates = Intermediates(chain);
  const openssl::X509StoreCtxPtr context(X509_STORE_CTX_new());
  openssl::Check(context != nullptr &&
                     X509_STORE_CTX_init(context.get(), store, chain.front().get(), intermediates.get()) == 1,
                 "X509_STORE_CTX_init");
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(at));
  X509_VERIFY_PARAM_set_depth(parameters, kMaxIntermediates);
  X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
  openssl::Check(X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT) == 1 &&
                     X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT) == 1,
                 "X509_VERIFY_PARAM_set_purpose");
  if (X509_verify_cert(context.get()) == 1) return ValidityOf(X509_STORE_CTX_get0_chain(context.get()));
  return Refused(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
}

// OpenSSL takes an absent extension for "everything allowed"; a device's certificate has them all.
absl::Status CheckUsage(X509* leaf) {
  constexpr uint32_t kBothRoles = XKU_SSL_SERVER | XKU_SSL_CLIENT;
  const uint32_t flags = X509_get_extension_flags(leaf);
  const bool end_entity = (flags & EXFLAG_BCONS) != 0 && (flags & (EXFLAG_CA | EXFLAG_INVALID)) == 0;
  const bool signs = (flags & EXFLAG_KUSAGE) != 0 && (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) != 0;
  const bool both_roles =
      (flags & EXFLAG_XKUSAGE) != 0 && (X509_get_extended_key_usage(leaf) & kBothRoles) == kBothRoles;
  if (end_entity && signs && both_roles) return absl::OkStatus();
  return Refused("it is not a device's (CA:FALSE, digitalSignature, serverAuth and clientAuth)");
}

absl::StatusOr<DeviceIdentity> IdentityOf(X509* leaf) {
  const openssl::GeneralNamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr || sk_GENERAL_NAME_num(names.get()) != 1) {
    return Refused("it is not a device's (exactly one name, a spiffe URI)");
  }
  const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), 0);
  if (name->type != GEN_URI) return Refused("it is not a device's: its name is no URI");
  const ASN1_IA5STRING* const uri = name->d.uniformResourceIdentifier;
  auto identity = ParseDeviceUri(absl::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                                                   static_cast<size_t>(ASN1_STRING_length(uri))));
  if (!identity.ok()) return Refused(absl::StrCat("its name is ", identity.status().message()));
  return identity;
}

std::string ServerIdOfRoot(const Certificate& root) {
  const auto key = root.public_key();
  return key.ok() ? ServerIdOf(*key) : std::string();
}

}  // namespace

PeerVerifier::PeerVerifier(const Certificate& root)
    : store_(openssl::X509StorePtr(X509_STORE_new())),
      server_id_(ServerIdOfRoot(root)),
      verified_(std::make_shared<VerifiedChains>()) {
  const openssl::ErrorScope errors;
  openssl::Check(store_ != nullptr && X509_STORE_add_cert(store_.get(), root.get()) == 1,
                 "X509_STORE_add_cert");
}

absl::StatusOr<VerifiedPeer> PeerVerifier::Verify(const std::vector<std::string>& chain_der,
                                                  absl::Time at) const {
  const openssl::ErrorScope errors;
  if (server_id_.empty()) return Refused("the root to check it with has no P-256 key");
  if (auto known = verified_->Find(chain_der, at)) return *std::move(known);
  PARLOR_ASSIGN_OR_RETURN(const std::vector<Certificate> chain, Parse(chain_der));
  const Certificate& leaf = chain.front();
  PARLOR_ASSIGN_OR_RETURN(const Validity validity, CheckPath(store_.get(), chain, at));
  PARLOR_RETURN_IF_ERROR(CheckUsage(leaf.get()));
  PARLOR_ASSIGN_OR_RETURN(DeviceIdentity identity, IdentityOf(leaf.get()));
  if (identity.server_id != server_id_) return Refused("it names another server");
  auto key = leaf.public_key();
  if (!key.ok()) return Refused(key.status().message());
  if (key->device_id() != identity.device) return Refused("the device it names is not the one of its key");
  VerifiedPeer peer{std::move(identity), *std::move(key), validity.not_after, validity.not_before};
  verified_->Add(chain_der, peer);
  return peer;
}

}  // namespace parlor
