// Presence, wired: rules, live state, adapter. Both parlor-presence and parlord run it.
#ifndef PARLOR_SERVICES_PRESENCE_PRESENCE_MODULE_H_
#define PARLOR_SERVICES_PRESENCE_PRESENCE_MODULE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "prometheus/registry.h"
#include "services/common/key_set.h"
#include "services/common/live/postgres/live_database.h"
#include "services/common/revocations.h"
#include "services/common/rpc/server.h"
#include "services/common/token_verifier.h"
#include "services/common/trusted_proxies.h"
#include "services/presence/presence_options.h"

namespace parlor::presence {

// All outlive the module.
struct PresenceNeeds {
  const Clock* clock = nullptr;
  std::string server_id;  // issuer of introductions
  const service::TokenVerifier* tokens = nullptr;
  service::Revocations* revocations = nullptr;       // auth's list
  const service::KeySet* rooms_keys = nullptr;       // that introductions are signed with
  const service::TrustedProxies* proxies = nullptr;  // null: trusts none
  prometheus::Registry* registry = nullptr;
  live::LiveObserver* live = nullptr;  // may be null
};

// Thread-safe. Has to outlive the server that serves it.
class PresenceModule {
 public:
  // Knows everybody who is here when it returns. UNAVAILABLE when the database cannot be reached.
  static absl::StatusOr<std::unique_ptr<PresenceModule>> Open(const PresenceOptions& options,
                                                              const PresenceNeeds& needs);
  ~PresenceModule();
  PresenceModule(const PresenceModule&) = delete;
  PresenceModule& operator=(const PresenceModule&) = delete;

  service::ServedService service();

  // For Server::AddDrainHook: takes no new streams, and says goodbye on every open one. Its person is on the
  // way to another replica; where there is none, they are reconnecting.
  void Drain(absl::Time deadline);

 private:
  struct Parts;
  explicit PresenceModule(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_PRESENCE_MODULE_H_
