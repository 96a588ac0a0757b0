#include "services/presence/presence_settings.h"

#include "services/common/config.h"

namespace parlor::presence {

void AddPresenceSettings(CLI::App& app, PresenceOptions& options) {
  using service::AddSetting;
  AddSetting(app, "--presence-heartbeat", options.stream.heartbeat,
             "how often a client has to be heard; three missed ones end its stream");
  AddSetting(app, "--presence-grace", options.directory.grace,
             "how long somebody whose stream was lost is shown as reconnecting");
  AddSetting(app, "--presence-streams", options.sessions.total, "streams at once");
}

absl::Status Validate(const PresenceOptions& options) {
  if (options.stream.heartbeat < absl::Seconds(1) || options.stream.heartbeat > absl::Minutes(1)) {
    return absl::InvalidArgumentError("--presence-heartbeat must be from 1s to 1m");
  }
  if (options.directory.grace < options.stream.heartbeat || options.directory.grace > absl::Minutes(10)) {
    return absl::InvalidArgumentError("--presence-grace must be from one heartbeat to 10m");
  }
  if (options.sessions.total == 0) return absl::InvalidArgumentError("--presence-streams must be 1 or more");
  return absl::OkStatus();
}

}  // namespace parlor::presence
