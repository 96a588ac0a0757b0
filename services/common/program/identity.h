// Who a service is, from the files that its flags name.
#ifndef PARLOR_SERVICES_COMMON_PROGRAM_IDENTITY_H_
#define PARLOR_SERVICES_COMMON_PROGRAM_IDENTITY_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/service_settings.h"
#include "services/common/trust.h"

namespace parlor::service {

struct Identity {
  std::string server_id;          // follows from the root, also where a proxy ends TLS
  std::optional<ServiceTls> tls;  // none with ServiceSettings.insecure
  // The only root that this service trusts when it asks another one; empty with ServiceSettings.insecure:
  // plain text.
  std::string peers_root_pem;
};

// INVALID_ARGUMENT names the flag that is missing or wrong; otherwise as LoadServiceTls().
absl::StatusOr<Identity> LoadIdentity(const ServiceSettings& settings, const TlsFiles& files, absl::Time now);

// INVALID_ARGUMENT if nobody gave `flag`, which has no default, a value.
absl::Status CheckGiven(const char* flag, const std::string& value);

}  // namespace parlor::service

#endif  // PARLOR_SERVICES_COMMON_PROGRAM_IDENTITY_H_
