#include "services/presence/presence_module.h"

#include <atomic>
#include <optional>
#include <utility>

#include "absl/random/random.h"
#include "base/status.h"
#include "services/common/stream/heartbeat_monitor.h"
#include "services/common/stream/ticker.h"
#include "services/presence/introductions.h"
#include "services/presence/presence_hub.h"
#include "services/presence/presence_metrics.h"
#include "services/presence/presence_service.h"
#include "services/presence/presence_session.h"
#include "services/presence/queries.h"
#include "services/presence/roster.h"

namespace parlor::presence {

// In the order in which they need each other; the ticker, which calls all of them, ends first.
struct PresenceModule::Parts {
  Parts(const PresenceOptions& options_in, const PresenceNeeds& needs_in,
        std::shared_ptr<live::Directory> directory_in);
  // What the directory's last words tell needs everything else.
  ~Parts() {
    ticker.reset();
    directory->Stop();
  }

  void Tick(absl::Time now);
  void PushRevocations();

  const PresenceOptions options;
  const PresenceNeeds needs;
  PresenceMetrics metrics;
  const service::RpcMetrics rpc_metrics;
  const std::shared_ptr<live::Directory> directory;
  Roster roster;
  PresenceHub hub;
  Queries queries;
  Introductions introductions;
  service::HeartbeatMonitor monitor;
  service::SessionSet<PresenceSession> sessions;
  const SessionTools session_tools;
  PresenceService service;
  std::atomic<bool> revocations_changed = false;
  std::unique_ptr<service::Revocations::Observation> revocations;
  std::optional<service::Ticker> ticker;  // once everything else is there, and until it goes
};

PresenceModule::Parts::Parts(const PresenceOptions& options_in, const PresenceNeeds& needs_in,
                             std::shared_ptr<live::Directory> directory_in)
    : options(options_in),
      needs(needs_in),
      metrics(*needs.registry, *needs.clock),
      rpc_metrics(*needs.registry, v1::Presence::service_full_name()),
      directory(std::move(directory_in)),
      hub(options.limits, directory.get(), &roster, &metrics),
      queries(options.limits, &roster, directory.get()),
      introductions(needs.rooms_keys, needs.server_id),
      sessions(options.sessions),
      session_tools{.stream = {.options = options.stream, .clock = needs.clock, .monitor = &monitor},
                    .pace = options.pace,
                    .hub = &hub,
                    .tokens = needs.tokens,
                    .revocations = needs.revocations,
                    .sessions = &sessions},
      service(
          {.clock = needs.clock, .tokens = needs.tokens, .proxies = needs.proxies, .metrics = &rpc_metrics},
          session_tools, &queries, &introductions),
      revocations(needs.revocations->Observe([this] { revocations_changed = true; })) {
  metrics.SetSessionsLimit(options.sessions.total);
}

void PresenceModule::Parts::Tick(absl::Time now) {
  monitor.Tick(now);
  directory->Tick(now);
  // Here and not where the list changes: thousands of streams would hold up whoever revoked a device.
  if (revocations_changed.exchange(false)) PushRevocations();
  metrics.SetSessions(sessions.size());
}

void PresenceModule::Parts::PushRevocations() {
  auto frame = std::make_shared<v1::ConnectResponse>();
  frame->mutable_revocations()->set_revocations(needs.revocations->token());
  for (const std::shared_ptr<PresenceSession>& session : sessions.All()) session->OnRevocations(frame);
}

absl::StatusOr<std::unique_ptr<PresenceModule>> PresenceModule::Open(const PresenceOptions& options,
                                                                     const PresenceNeeds& needs) {
  const live::LiveOptions live{.database = options.database,
                               .name = "presence",
                               .directory = options.directory,
                               .observer = needs.live};
  PARLOR_ASSIGN_OR_RETURN(auto directory, live::OpenDirectory(live, needs.clock));
  auto parts = std::make_unique<Parts>(options, needs, std::move(directory));
  PARLOR_RETURN_IF_ERROR(parts->directory->Start());
  parts->ticker.emplace(*needs.clock, options.tick,
                        [parts = parts.get()](absl::Time now) { parts->Tick(now); });
  return std::unique_ptr<PresenceModule>(new PresenceModule(std::move(parts)));
}

PresenceModule::PresenceModule(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

PresenceModule::~PresenceModule() = default;

service::ServedService PresenceModule::service() {
  return {&parts_->service, v1::Presence::service_full_name()};
}

void PresenceModule::Drain(absl::Time deadline) {
  parts_->sessions.Close();
  parts_->directory->Drain(deadline);
  const PresenceOptions& options = parts_->options;
  absl::BitGen random;
  for (const std::shared_ptr<PresenceSession>& session : parts_->sessions.All()) {
    session->Drain(options.retry_min +
                   absl::Uniform(random, 0.0, 1.0) * (options.retry_max - options.retry_min));
  }
}

}  // namespace parlor::presence
