// A server's authorities, and certificates that no honest authority would issue.
#ifndef PARLOR_TESTS_BASE_CRYPTO_TEST_CERTIFICATES_H_
#define PARLOR_TESTS_BASE_CRYPTO_TEST_CERTIFICATES_H_

#include <openssl/evp.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/crypto/certificate.h"
#include "base/crypto/key.h"

namespace parlor {

inline constexpr absl::Duration kDay = absl::Hours(24);

struct World {
  explicit World(absl::Time at = absl::FromUnixSeconds(1'800'000'000));

  DeviceIdentity Identity(absl::string_view user, const PublicKey& key) const;
  std::string Uri(absl::string_view user, const PublicKey& key) const;
  // A device's certificate for `key`, valid for a day, and its chain as it is sent.
  Certificate Device(absl::string_view user, const PublicKey& key) const;
  std::vector<std::string> Chain(const Certificate& leaf) const;

  absl::Time now;
  Authority root;
  Authority services;
  Authority people;
  std::string server_id;
};

// A leaf as `authority` could sign it if it were hostile. Extensions in OpenSSL's syntax; empty: absent.
struct LeafOptions {
  std::string common_name = "leaf";
  std::string alt_names;
  std::string basic_constraints = "critical,CA:FALSE";
  std::string key_usage = "critical,digitalSignature";
  std::string extended_key_usage = "serverAuth,clientAuth";
};
Certificate ForgeLeaf(const Authority& authority, const PublicKey& key, absl::Time now,
                      const LeafOptions& options);

// `certificate`, changed and signed again.
Certificate Resign(const Certificate& certificate, const PrivateKey& issuer, const EVP_MD* digest,
                   const std::function<void(X509*)>& change);

// What a TLS client that expects `host` says to `leaf` and `intermediates`: an X509_V_… code. Empty: whatever
// host.
int VerifyAsTlsServer(const World& world, const Certificate& leaf,
                      const std::vector<Certificate>& intermediates, const std::string& host);

}  // namespace parlor

#endif  // PARLOR_TESTS_BASE_CRYPTO_TEST_CERTIFICATES_H_
