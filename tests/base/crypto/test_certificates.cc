#include "tests/base/crypto/test_certificates.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <utility>

#include "base/crypto/certificate_builder.h"
#include "base/crypto/device_uri.h"
#include "base/crypto/openssl_ptr.h"

namespace parlor {

World::World(absl::Time at)
    : now(at),
      root(Authority::MakeRoot(at)),
      services(root.MakeServicesAuthority(at)),
      people(root.MakePeopleAuthority(at)),
      server_id(ServerIdOf(root.key().public_key())) {}

DeviceIdentity World::Identity(absl::string_view user, const PublicKey& key) const {
  return {server_id, std::string(user), key.device_id()};
}

std::string World::Uri(absl::string_view user, const PublicKey& key) const {
  return DeviceUri(Identity(user, key)).value();
}

Certificate World::Device(absl::string_view user, const PublicKey& key) const {
  return people.IssueDevice(Identity(user, key), key, now, kDay).value();
}

std::vector<std::string> World::Chain(const Certificate& leaf) const {
  return {leaf.ToDer(), people.certificate().ToDer()};
}

Certificate ForgeLeaf(const Authority& authority, const PublicKey& key, absl::Time now,
                      const LeafOptions& options) {
  CertificateBuilder builder(options.common_name, key);
  builder.Issuer(&authority.certificate())
      .Validity(now - absl::Hours(1), now + kDay)
      .Extension(NID_subject_key_identifier, "hash")
      .Extension(NID_authority_key_identifier, "keyid:always");
  const std::pair<int, const std::string&> extensions[] = {{NID_subject_alt_name, options.alt_names},
                                                           {NID_basic_constraints, options.basic_constraints},
                                                           {NID_key_usage, options.key_usage},
                                                           {NID_ext_key_usage, options.extended_key_usage}};
  for (const auto& [nid, value] : extensions) {
    if (!value.empty()) builder.Extension(nid, value.c_str());
  }
  return std::move(builder).Sign(authority.key());
}

Certificate Resign(const Certificate& certificate, const PrivateKey& issuer, const EVP_MD* digest,
                   const std::function<void(X509*)>& change) {
  openssl::X509Ptr copy(X509_dup(certificate.get()));
  change(copy.get());
  openssl::Check(X509_sign(copy.get(), issuer.get(), digest) > 0, "X509_sign");
  return Certificate(std::shared_ptr<X509>(std::move(copy)));
}

int VerifyAsTlsServer(const World& world, const Certificate& leaf,
                      const std::vector<Certificate>& intermediates, const std::string& host) {
  const openssl::ErrorScope errors;
  const openssl::X509StorePtr store(X509_STORE_new());
  const openssl::X509StackPtr untrusted(sk_X509_new_null());
  const openssl::X509StoreCtxPtr context(X509_STORE_CTX_new());
  X509_STORE_add_cert(store.get(), world.root.certificate().get());
  for (const Certificate& intermediate : intermediates) {
    X509_add_cert(untrusted.get(), intermediate.get(), X509_ADD_FLAG_UP_REF);
  }
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), untrusted.get());
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(world.now));
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size());
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

}  // namespace parlor
