// X.509 as Parlor uses it: one root, under it a CA for services and a CA for people's devices.
//
//   root      CN "Parlor root", self-signed, CA, 20 years
//   services  CA, pathlen 0, name constraint: only DNS names "<id>.parlor" and below, no URI's host, no IP
//   people    CA, pathlen 0, name constraint: only URIs of host <id>; DNS and IP names excluded
//   service   leaf, DNS "<id>.parlor", serverAuth (and clientAuth: services call each other)
//   device    leaf, URI "spiffe://<id>/user/<name>/device/<device>", serverAuth + clientAuth, 24 h
//
// <id> is the server id, base32(SHA-256(root SPKI)), 52 characters.
// A name in the URI is percent-encoded UTF-8 (base/crypto/device_uri.h). Everything is valid from 1 h before
// it is made, because clocks differ. What cannot be read is INVALID_ARGUMENT; at most 256 KiB are looked at.
// Pure but for randomness (keys and serial numbers); thread-safe.
#ifndef PARLOR_BASE_CRYPTO_CERTIFICATE_H_
#define PARLOR_BASE_CRYPTO_CERTIFICATE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/crypto/key.h"

typedef struct x509_st X509;  // NOLINT(modernize-use-using): as OpenSSL declares it

namespace parlor {

class Certificate {
 public:
  static absl::StatusOr<Certificate> FromDer(absl::string_view der);
  static absl::StatusOr<Certificate> FromPem(absl::string_view pem);  // the first one in it
  // Every certificate of a PEM file, in order; an error if there is none or any of them is damaged.
  static absl::StatusOr<std::vector<Certificate>> ChainFromPem(absl::string_view pem);

  explicit Certificate(std::shared_ptr<X509> x509) : x509_(std::move(x509)) {}

  std::string ToDer() const;
  std::string ToPem() const;
  absl::StatusOr<PublicKey> public_key() const;
  // Without fractions of a second. One that cannot be read is infinitely far on the side where nothing is
  // valid.
  absl::Time not_before() const;
  absl::Time not_after() const;
  X509* get() const { return x509_.get(); }

 private:
  std::shared_ptr<X509> x509_;
};

// base32(SHA-256(SPKI of the root)).
std::string ServerIdOf(const PublicKey& root_key);
std::string ServiceDnsName(absl::string_view server_id);  // "<id>.parlor"

struct DeviceIdentity {
  std::string server_id;
  std::string user;
  std::string device;

  friend bool operator==(const DeviceIdentity&, const DeviceIdentity&) = default;
};

// One CA: its certificate and key.
class Authority {
 public:
  static Authority MakeRoot(absl::Time now);
  // INVALID_ARGUMENT also when the two do not belong together or the certificate is no authority's.
  static absl::StatusOr<Authority> FromPem(absl::string_view certificate_pem, absl::string_view key_pem);

  // Only a root makes these; 10 years.
  Authority MakeServicesAuthority(absl::Time now) const;
  Authority MakePeopleAuthority(absl::Time now) const;

  // For a services authority. `server_id` names the root above it.
  Certificate IssueService(absl::string_view server_id, const PublicKey& key, absl::Time now,
                           absl::Duration lifetime) const;

  // For a people authority. Valid from 1 h before `now` (clocks differ) to `now + lifetime`. INVALID_ARGUMENT
  // unless the device in `identity` is the key's own id and DeviceUri takes the rest.
  absl::StatusOr<Certificate> IssueDevice(const DeviceIdentity& identity, const PublicKey& key,
                                          absl::Time now, absl::Duration lifetime) const;

  const Certificate& certificate() const { return certificate_; }
  const PrivateKey& key() const { return key_; }

 private:
  Authority(Certificate certificate, PrivateKey key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  Certificate certificate_;
  PrivateKey key_;
};

// A PKCS#10 request (DER) that proves possession of `key`; and the key that a request proves, which is P-256
// and signed it by ECDSA with SHA-256, else INVALID_ARGUMENT. Names in a request are not looked at.
std::string MakeCertificateRequest(const PrivateKey& key);
absl::StatusOr<PublicKey> VerifyCertificateRequest(absl::string_view der);

}  // namespace parlor

#endif  // PARLOR_BASE_CRYPTO_CERTIFICATE_H_
