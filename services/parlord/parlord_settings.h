// What parlord is told: where it keeps its data, where it listens, and what people are given to find it.
#ifndef PARLOR_SERVICES_PARLORD_PARLORD_SETTINGS_H_
#define PARLOR_SERVICES_PARLORD_PARLORD_SETTINGS_H_

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "services/auth/auth_options.h"
#include "services/common/service_settings.h"
#include "services/presence/presence_options.h"
#include "services/rooms/rooms_options.h"

namespace CLI {
class App;
}

namespace parlor::parlord {

struct ParlordSettings {
  std::string data;         // directory; made with 0700
  std::string public_host;  // HOST:PORT of the join link; empty: found out
  service::ServiceSettings service;
  auth::AuthOptions auth;
  presence::PresenceOptions presence;
  rooms::RoomsOptions rooms;
};

void AddParlordSettings(CLI::App& app, ParlordSettings& settings);

// Data directory, databases and keys in their places. FAILED_PRECONDITION: nothing says where data may go.
absl::Status Complete(ParlordSettings& settings);

// The address that people are given: --public, else the address that is listened on; for a server that
// listens everywhere the first address of this machine that others may reach, loopback when there is none.
absl::StatusOr<std::string> PublicAddress(const ParlordSettings& settings, int port);

}  // namespace parlor::parlord

#endif  // PARLOR_SERVICES_PARLORD_PARLORD_SETTINGS_H_
