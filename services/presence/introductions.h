// Introductions: rooms' word that one member may dial another (claims in parlor/rooms/v1/rooms.proto).
#ifndef PARLOR_SERVICES_PRESENCE_INTRODUCTIONS_H_
#define PARLOR_SERVICES_PRESENCE_INTRODUCTIONS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/key_set.h"
#include "services/common/token_verifier.h"

namespace parlor::presence {

// Thread-safe.
class Introductions {
 public:
  // `keys` are rooms' and outlive this; `issuer` is the server id.
  Introductions(const service::KeySet* keys, std::string issuer) : keys_(keys), issuer_(std::move(issuer)) {}

  // OK if `token` introduces this caller's device to `target`. PERMISSION_DENIED otherwise, with the reason.
  absl::Status Check(absl::string_view token, const service::Caller& caller, absl::string_view target,
                     absl::Time now) const;

 private:
  const service::KeySet* const keys_;
  const std::string issuer_;
};

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_INTRODUCTIONS_H_
