// A server's own certificates: the files under `<data>/trust/`.
//
//   root.pem, root.key                the root; its hash is the server's id and the pin of the join link
//   services-ca.pem, services-ca.key  issues service.pem
//   people-ca.pem, people-ca.key      issues people's device certificates (auth)
//   service.pem, service.key          what this server shows: leaf, services CA, root
//
// Keys have mode 0600. The root's key is needed for nothing but new CAs and may be kept elsewhere.
#ifndef PARLOR_SERVICES_COMMON_TRUST_H_
#define PARLOR_SERVICES_COMMON_TRUST_H_

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/crypto/certificate.h"

namespace parlor::service {

// What a TLS server shows, and what its clients trust.
struct ServiceTls {
  std::string chain_pem;  // leaf, services CA, root: a first contact takes the root from the handshake
  std::string key_pem;
  std::string root_pem;
  std::string server_id;
};

struct Trust {
  Certificate root;
  Authority people;
  ServiceTls tls;
};

// Two years: programs that run for longer than a third of that without a restart are rarer than clocks that
// are set wrong by a day.
inline constexpr absl::Duration kServiceCertificateLifetime = absl::Hours(24 * 730);

// The trust in `directory`. Makes all of it when the directory does not exist (all or nothing, also after a
// crash); afterwards renews service.pem when less than a third of its lifetime is left. FAILED_PRECONDITION
// with the file's name when one is missing or does not fit the others: nothing is ever made anew over it.
absl::StatusOr<Trust> OpenTrust(const std::filesystem::path& directory, absl::Time now);

// For a service that was given its files by flags. INVALID_ARGUMENT if key and certificate do not belong
// together, FAILED_PRECONDITION if the certificate has ended or the chain does not end in `root`.
absl::StatusOr<ServiceTls> LoadServiceTls(const std::filesystem::path& chain,
                                          const std::filesystem::path& key, const std::filesystem::path& root,
                                          absl::Time now);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_TRUST_H_
