#include "services/common/trust.h"

#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/random.h"
#include "base/status.h"

namespace parlor::service {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLargestPem = 256 << 10;

absl::StatusOr<std::string> ReadPem(const fs::path& path) {
  absl::StatusOr<std::string> pem = ReadFile(path, kLargestPem);
  if (absl::IsNotFound(pem.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat(path.string(), " is missing: bring it back from a backup"));
  }
  return pem;
}

// The status with the file that it is about.
absl::Status About(const fs::path& path, const absl::Status& status) {
  return absl::FailedPreconditionError(absl::StrCat(path.string(), ": ", status.message()));
}

absl::StatusOr<Certificate> ReadCertificate(const fs::path& path) {
  PARLOR_ASSIGN_OR_RETURN(const std::string pem, ReadPem(path));
  absl::StatusOr<Certificate> certificate = Certificate::FromPem(pem);
  if (!certificate.ok()) return About(path, certificate.status());
  return certificate;
}

absl::StatusOr<Authority> ReadAuthority(const fs::path& directory, const std::string& name) {
  const fs::path path = directory / (name + ".pem");
  PARLOR_ASSIGN_OR_RETURN(const std::string pem, ReadPem(path));
  PARLOR_ASSIGN_OR_RETURN(const std::string key, ReadPem(directory / (name + ".key")));
  absl::StatusOr<Authority> authority = Authority::FromPem(pem, key);
  if (!authority.ok()) return About(path, authority.status());
  return authority;
}

absl::Status WriteAuthority(const fs::path& directory, const std::string& name, const Authority& authority) {
  PARLOR_RETURN_IF_ERROR(WriteFileAtomically(directory / (name + ".key"), authority.key().ToPem()));
  return WriteFileAtomically(directory / (name + ".pem"), authority.certificate().ToPem(), kPublicFile);
}

// The key is written first: a crash between the two leaves a certificate that does not fit its key, which
// IssueServiceCertificate() at the next start puts right.
absl::Status IssueServiceCertificate(const fs::path& directory, const Certificate& root,
                                     const Authority& services, absl::Time now) {
  PARLOR_ASSIGN_OR_RETURN(const PublicKey root_key, root.public_key());
  const PrivateKey key = PrivateKey::Generate();
  const Certificate leaf =
      services.IssueService(ServerIdOf(root_key), key.public_key(), now, kServiceCertificateLifetime);
  PARLOR_RETURN_IF_ERROR(WriteFileAtomically(directory / "service.key", key.ToPem()));
  return WriteFileAtomically(directory / "service.pem",
                             absl::StrCat(leaf.ToPem(), services.certificate().ToPem(), root.ToPem()),
                             kPublicFile);
}

// All files in a directory beside, which then takes its name: there is never half a trust.
absl::Status CreateTrust(const fs::path& directory, absl::Time now) {
  if (directory.has_parent_path()) {
    std::error_code error;
    fs::create_directories(directory.parent_path(), error);
    if (error) {
      return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot create ", directory.string()));
    }
  }
  const fs::path beside = absl::StrCat(directory.string(), ".", RandomId().substr(0, 8), ".new");
  PARLOR_RETURN_IF_ERROR(EnsurePrivateDirectory(beside));
  const Authority root = Authority::MakeRoot(now);
  const Authority services = root.MakeServicesAuthority(now);
  PARLOR_RETURN_IF_ERROR(WriteAuthority(beside, "root", root));
  PARLOR_RETURN_IF_ERROR(WriteAuthority(beside, "services-ca", services));
  PARLOR_RETURN_IF_ERROR(WriteAuthority(beside, "people-ca", root.MakePeopleAuthority(now)));
  PARLOR_RETURN_IF_ERROR(IssueServiceCertificate(beside, root.certificate(), services, now));
  std::error_code error;
  fs::rename(beside, directory, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot create ", directory.string()));
  return absl::OkStatus();
}

bool KeyFits(const Certificate& certificate, const std::string& key_pem) {
  const absl::StatusOr<PublicKey> shown = certificate.public_key();
  const absl::StatusOr<PrivateKey> held = PrivateKey::FromPem(key_pem);
  return shown.ok() && held.ok() && shown->spki() == held->public_key().spki();
}

absl::StatusOr<bool> NeedsRenewal(const fs::path& directory, absl::Time now) {
  PARLOR_ASSIGN_OR_RETURN(const Certificate leaf, ReadCertificate(directory / "service.pem"));
  PARLOR_ASSIGN_OR_RETURN(const std::string key_pem, ReadPem(directory / "service.key"));
  const absl::Duration lifetime = leaf.not_after() - leaf.not_before();
  return !KeyFits(leaf, key_pem) || leaf.not_after() - now < lifetime / 3;
}

}  // namespace

absl::StatusOr<Trust> OpenTrust(const fs::path& directory, absl::Time now) {
  std::error_code error;
  if (!fs::exists(directory, error) && !error) PARLOR_RETURN_IF_ERROR(CreateTrust(directory, now));
  PARLOR_ASSIGN_OR_RETURN(Certificate root, ReadCertificate(directory / "root.pem"));
  PARLOR_ASSIGN_OR_RETURN(const Authority services, ReadAuthority(directory, "services-ca"));
  PARLOR_ASSIGN_OR_RETURN(Authority people, ReadAuthority(directory, "people-ca"));
  PARLOR_ASSIGN_OR_RETURN(const bool renew, NeedsRenewal(directory, now));
  if (renew) PARLOR_RETURN_IF_ERROR(IssueServiceCertificate(directory, root, services, now));
  PARLOR_ASSIGN_OR_RETURN(ServiceTls tls, LoadServiceTls(directory / "service.pem", directory / "service.key",
                                                         directory / "root.pem", now));
  return Trust{std::move(root), std::move(people), std::move(tls)};
}

absl::StatusOr<ServiceTls> LoadServiceTls(const fs::path& chain, const fs::path& key, const fs::path& root,
                                          absl::Time now) {
  ServiceTls tls;
  PARLOR_ASSIGN_OR_RETURN(tls.chain_pem, ReadPem(chain));
  PARLOR_ASSIGN_OR_RETURN(tls.key_pem, ReadPem(key));
  PARLOR_ASSIGN_OR_RETURN(tls.root_pem, ReadPem(root));
  PARLOR_ASSIGN_OR_RETURN(const Certificate root_certificate, ReadCertificate(root));
  absl::StatusOr<std::vector<Certificate>> shown = Certificate::ChainFromPem(tls.chain_pem);
  if (!shown.ok()) return About(chain, shown.status());
  if (shown->empty() || !KeyFits(shown->front(), tls.key_pem)) {
    return absl::InvalidArgumentError(
        absl::StrCat(key.string(), " is not the key of the first certificate in ", chain.string()));
  }
  if (shown->front().not_after() <= now) {
    return absl::FailedPreconditionError(absl::StrCat(
        chain.string(), " ended on ", absl::FormatTime(shown->front().not_after()), ": issue a new one"));
  }
  if (shown->back().ToDer() != root_certificate.ToDer()) {
    return absl::FailedPreconditionError(absl::StrCat(chain.string(), " must end with the certificate in ",
                                                      root.string(),
                                                      ": a first contact takes it from there"));
  }
  PARLOR_ASSIGN_OR_RETURN(const PublicKey root_key, root_certificate.public_key());
  tls.server_id = ServerIdOf(root_key);
  return tls;
}

}  // namespace parlor::service
