#include "services/setup/public_link.h"

#include "absl/strings/str_cat.h"
#include "base/crypto/certificate.h"
#include "base/file.h"
#include "base/net/address.h"
#include "base/net/join_link.h"
#include "base/status.h"

namespace parlor::setup {
namespace {

absl::StatusOr<HostPort> ParseAddress(absl::string_view text, uint16_t port) {
  const absl::StatusOr<HostPort> whole = ParseHostPort(text);
  if (whole.ok() && whole->port != 0) return whole;
  const absl::StatusOr<HostPort> host = ParseHostPort(absl::StrCat(text, ":", port));
  if (host.ok()) return host;
  return absl::InvalidArgumentError(
      absl::StrCat("--public must be HOST or HOST:PORT: ", host.status().message()));
}

}  // namespace

absl::StatusOr<std::string> PublicLink(absl::string_view address, uint16_t port,
                                       const std::filesystem::path& root) {
  PARLOR_ASSIGN_OR_RETURN(const HostPort server, ParseAddress(address, port));
  PARLOR_ASSIGN_OR_RETURN(const std::string pem, ReadFile(root));
  PARLOR_ASSIGN_OR_RETURN(const Certificate certificate, Certificate::FromPem(pem));
  PARLOR_ASSIGN_OR_RETURN(const PublicKey key, certificate.public_key());
  return ToString(JoinLink{server, ServerIdOf(key)});
}

}  // namespace parlor::setup
