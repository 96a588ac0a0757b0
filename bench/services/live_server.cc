#include "bench/services/live_server.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/services/shared_data.h"
#include "prometheus/registry.h"
#include "services/common/metrics/pool_metrics.h"
#include "services/common/rpc/server.h"
#include "services/presence/presence_module.h"
#include "services/rooms/rooms_module.h"

namespace parlor::bench {
namespace {

absl::StatusOr<rooms::RoomsOptions> MakeRoomsOptions(const SharedData& data, absl::Duration heartbeat) {
  PARLOR_ASSIGN_OR_RETURN(const std::filesystem::path directory, data.Subdirectory("rooms"));
  rooms::RoomsOptions options;
  options.database = directory / "rooms.db";
  options.keys_directory = directory / "keys";
  options.stream.heartbeat = heartbeat;
  options.limits.max_owned = 10'000;
  options.limits.creations_per_hour = 10'000;
  return options;
}

// `answers_all`: each heartbeat, at one pace, as the floor does.
absl::Status ServeLive(const SharedData& data, absl::Duration heartbeat, bool answers_all) {
  const SystemClock clock;
  prometheus::Registry registry;
  service::PoolMetrics pools(registry);
  const service::KeySet keys(data.verification_keys());
  service::Revocations revocations(data.server_id(), &keys);
  const service::TokenVerifier tokens(&keys, &revocations,
                                      {.issuer = data.server_id(), .on_unknown_key = nullptr});

  PARLOR_ASSIGN_OR_RETURN(const rooms::RoomsOptions rooms_options, MakeRoomsOptions(data, heartbeat));
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<rooms::RoomsModule> rooms,
                          rooms::RoomsModule::Open(rooms_options, {.clock = &clock,
                                                                   .server_id = data.server_id(),
                                                                   .tokens = &tokens,
                                                                   .revocations = &revocations,
                                                                   .registry = &registry,
                                                                   .pools = &pools}));
  presence::PresenceOptions presence_options;
  presence_options.stream.heartbeat = heartbeat;
  if (answers_all) presence_options.pace = {.longest = 1, .answer = 0};
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<presence::PresenceModule> presence,
                          presence::PresenceModule::Open(presence_options, {.clock = &clock,
                                                                            .server_id = data.server_id(),
                                                                            .tokens = &tokens,
                                                                            .revocations = &revocations,
                                                                            .rooms_keys = &rooms->keys(),
                                                                            .registry = &registry}));

  const std::vector<service::ServedService> served = {presence->service(), rooms->service()};
  service::ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.tls = data.trust().tls;
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::Server> server,
                          service::Server::Start(options, served));
  ServeParent(absl::StrCat(server->port()));
  return absl::OkStatus();
}

absl::Status RunLiveServer(const std::vector<std::string>& arguments) {
  int heartbeat = 0;
  const bool answers_all = arguments.size() == 3 && arguments[2] == "answers-all";
  if (arguments.size() < 2 || !absl::SimpleAtoi(arguments[1], &heartbeat) ||
      (arguments.size() > 2 && !answers_all)) {
    return absl::InvalidArgumentError("usage: live-server DIRECTORY HEARTBEAT [answers-all]");
  }
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<SharedData> data, SharedData::Open(arguments[0]));
  return ServeLive(*data, absl::Seconds(heartbeat), answers_all);
}

}  // namespace

Role LiveServerRole() {
  return {"live-server", RunLiveServer};
}

}  // namespace parlor::bench
