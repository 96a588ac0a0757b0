#include "services/common/program/host.h"

#include <sys/resource.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "base/crypto/certificate.h"
#include "base/status.h"
#include "google/protobuf/stubs/logging.h"
#include "prometheus/gauge.h"
#include "services/common/logging.h"
#include "spdlog/spdlog.h"

namespace parlor::service {
namespace {

// A process may do this for itself; the soft limit is low for programs that still use select(2), which this
// is not.
void RaiseOpenFilesLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) spdlog::warn("the limit of open files could not be raised");
}

// When what this server shows ends: a certificate that nobody renewed locks everybody out at once.
absl::Status ShowExpiry(prometheus::Registry& registry, const ServiceTls& tls) {
  PARLOR_ASSIGN_OR_RETURN(const std::vector<Certificate> chain, Certificate::ChainFromPem(tls.chain_pem));
  auto& expiry = prometheus::BuildGauge()
                     .Name("parlor_certificate_expiry_timestamp_seconds")
                     .Help("When the certificates end that this server shows, in seconds since the epoch.")
                     .Register(registry);
  static constexpr const char* kNames[] = {"service", "services-ca", "root"};
  for (size_t i = 0; i < std::min(chain.size(), std::size(kNames)); ++i) {
    expiry.Add({{"certificate", kNames[i]}})
        .Set(absl::ToDoubleSeconds(chain[i].not_after() - absl::UnixEpoch()));
  }
  return absl::OkStatus();
}

}  // namespace

Host::Host(std::string program, const ServiceSettings& settings, TrustedProxies proxies)
    : program_(std::move(program)),
      settings_(settings),
      proxies_(std::move(proxies)),
      pools_(registry_),
      databases_(registry_),
      live_(registry_),
      process_(program_, PARLOR_VERSION) {}

absl::StatusOr<std::unique_ptr<Host>> Host::Create(std::string program, const ServiceSettings& settings) {
  // Debian's Abseil looks for deadlocks at every lock, which shows in profiles of short calls; the tests keep
  // that watch.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Anybody may send what does not parse; the log is for what this process has to say.
  google::protobuf::SetLogHandler(nullptr);
  PARLOR_RETURN_IF_ERROR(SetUpLogging(settings.logging));
  PARLOR_ASSIGN_OR_RETURN(TrustedProxies proxies, TrustedProxies::Parse(settings.trusted_proxies));
  RaiseOpenFilesLimit();
  return std::unique_ptr<Host>(new Host(std::move(program), settings, std::move(proxies)));
}

std::function<void()> Host::FetchedFrom(const std::string& service) {
  prometheus::Gauge& fetched =
      prometheus::BuildGauge()
          .Name("parlor_keys_fetched_timestamp_seconds")
          .Help("When another service's keys and revocations were fetched last, in seconds since the epoch.")
          .Register(registry_)
          .Add({{"from", service}});
  return [&fetched] { fetched.SetToCurrentTime(); };
}

absl::StatusOr<std::unique_ptr<AdminServer>> Host::StartAdmin(const std::string& spare) {
  const std::vector<const prometheus::Collectable*> collectables = {&registry_, &pools_, &databases_, &live_,
                                                                    &process_};
  auto admin = AdminServer::Start({.listen = settings_.admin}, collectables, &readiness_);
  if (!absl::IsAlreadyExists(admin.status()) || spare.empty()) return admin;
  return AdminServer::Start({.listen = spare}, collectables, &readiness_);
}

absl::Status Host::Serve(Serving serving) {
  ServerOptions options;
  options.listen = settings_.listen;
  options.insecure = settings_.insecure;
  if (serving.tls.has_value()) PARLOR_RETURN_IF_ERROR(ShowExpiry(registry_, *serving.tls));
  options.tls = std::move(serving.tls);
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Server> server, Server::Start(options, serving.services));
  if (serving.drain) server->AddDrainHook(serving.drain);
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<AdminServer> admin, StartAdmin(serving.spare_admin));
  PARLOR_ASSIGN_OR_RETURN(HostPort admin_address, ParseHostPort(settings_.admin));
  admin_address.port = static_cast<uint16_t>(admin->port());
  spdlog::info("{} listens on port {}, admin on {}", program_, server->port(), ToString(admin_address));
  if (serving.on_serving) PARLOR_RETURN_IF_ERROR(serving.on_serving(server->port(), admin_address));
  RunUntilSignal(signals_, [&] {
    readiness_.StartDraining();
    server->Drain(settings_.drain);
  });
  return absl::OkStatus();
}

}  // namespace parlor::service
