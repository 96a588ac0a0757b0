// What the other side means by a TLS alert, in words for a person. The same for TLS over TCP and for QUIC.
#ifndef PARLOR_CLIENT_LINK_TLS_ALERT_H_
#define PARLOR_CLIENT_LINK_TLS_ALERT_H_

#include "absl/status/status.h"

namespace parlor::client {

// `alert`: a number of RFC 8446, section 6, that came from the other side. UNAUTHENTICATED if it refuses our
// certificate, else FAILED_PRECONDITION.
absl::Status ExplainAlert(int alert);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_TLS_ALERT_H_
