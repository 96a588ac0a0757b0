#include "services/common/program/identity.h"

#include "absl/strings/str_cat.h"
#include "base/crypto/certificate.h"
#include "base/file.h"
#include "base/status.h"

namespace parlor::service {

absl::Status CheckGiven(const char* flag, const std::string& value) {
  if (!value.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(flag, " is missing: see --help"));
}

absl::StatusOr<Identity> LoadIdentity(const ServiceSettings& settings, const TlsFiles& files,
                                      absl::Time now) {
  PARLOR_RETURN_IF_ERROR(CheckGiven("--tls-root", files.root));
  PARLOR_ASSIGN_OR_RETURN(const std::string root_pem, ReadFile(files.root));
  PARLOR_ASSIGN_OR_RETURN(const Certificate root, Certificate::FromPem(root_pem));
  PARLOR_ASSIGN_OR_RETURN(const PublicKey key, root.public_key());
  Identity identity;
  identity.server_id = ServerIdOf(key);
  if (settings.insecure) return identity;
  PARLOR_RETURN_IF_ERROR(CheckGiven("--tls-chain", files.chain));
  PARLOR_RETURN_IF_ERROR(CheckGiven("--tls-key", files.key));
  PARLOR_ASSIGN_OR_RETURN(identity.tls, LoadServiceTls(files.chain, files.key, files.root, now));
  identity.peers_root_pem = root_pem;
  return identity;
}

}  // namespace parlor::service
