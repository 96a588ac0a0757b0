#include "services/auth/auth_metrics.h"

namespace parlor::auth {
namespace {

constexpr std::array<const char*, kLoginResults> kResultLabels = {"ok",   "wrong",   "throttled", "suspended",
                                                                  "busy", "invalid", "failed"};

prometheus::Counter& MakeCounter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

std::array<prometheus::Counter*, kLoginResults> MakeLogins(prometheus::Registry& registry) {
  auto& family = prometheus::BuildCounter()
                     .Name("parlor_auth_logins_total")
                     .Help("Calls of Login by how they ended")
                     .Register(registry);
  std::array<prometheus::Counter*, kLoginResults> logins{};
  for (size_t i = 0; i < kLoginResults; ++i) logins[i] = &family.Add({{"result", kResultLabels[i]}});
  return logins;
}

prometheus::Histogram& MakeHashSeconds(prometheus::Registry& registry) {
  return prometheus::BuildHistogram()
      .Name("parlor_auth_password_hash_seconds")
      .Help("Time of one Argon2id computation, waiting not counted")
      .Register(registry)
      .Add({},
           prometheus::Histogram::BucketBoundaries{0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28});
}

}  // namespace

AuthMetrics::AuthMetrics(prometheus::Registry& registry)
    : registrations_(MakeCounter(registry, "parlor_auth_registrations_total", "Accounts that were made")),
      logins_(MakeLogins(registry)),
      refresh_reuse_(MakeCounter(registry, "parlor_auth_refresh_reuse_total",
                                 "Devices that were ended because an old refresh token came back")),
      hash_seconds_(MakeHashSeconds(registry)),
      revoked_devices_(prometheus::BuildGauge()
                           .Name("parlor_auth_revoked_devices")
                           .Help("Devices on the revocation list")
                           .Register(registry)
                           .Add({})) {}

}  // namespace parlor::auth
