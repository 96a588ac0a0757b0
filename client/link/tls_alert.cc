#include "client/link/tls_alert.h"

#include <openssl/ssl.h>

#include "absl/strings/str_cat.h"
#include "client/link/tls_context.h"

namespace parlor::client {
namespace {

bool IsAboutCertificates(int alert) {
  switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Status ExplainAlert(int alert) {
  const char* const name = SSL_alert_desc_string_long(alert);
  if (IsAboutCertificates(alert)) {
    return absl::UnauthenticatedError(
        absl::StrCat("the other side refused this device's certificate (TLS alert: ", name, ")"));
  }
  if (alert == SSL_AD_NO_APPLICATION_PROTOCOL) {
    return absl::FailedPreconditionError(absl::StrCat("the other side does not speak ", kAlpnProtocol));
  }
  return absl::FailedPreconditionError(absl::StrCat("the other side broke off (TLS alert: ", name, ")"));
}

}  // namespace parlor::client
