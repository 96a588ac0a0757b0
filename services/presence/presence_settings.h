// The options of presence that whoever runs a server may set. parlor-presence and parlord share them.
#ifndef PARLOR_SERVICES_PRESENCE_PRESENCE_SETTINGS_H_
#define PARLOR_SERVICES_PRESENCE_PRESENCE_SETTINGS_H_

#include "absl/status/status.h"
#include "services/presence/presence_options.h"

namespace CLI {
class App;
}

namespace parlor::presence {

// Flags with their environment variables (services/common/config.h). `options` outlives parsing.
void AddPresenceSettings(CLI::App& app, PresenceOptions& options);

// INVALID_ARGUMENT names the setting that makes no sense.
absl::Status Validate(const PresenceOptions& options);

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_PRESENCE_SETTINGS_H_
