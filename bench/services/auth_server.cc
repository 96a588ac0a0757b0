#include "bench/services/auth_server.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/services/shared_data.h"
#include "prometheus/registry.h"
#include "services/auth/auth_module.h"
#include "services/common/metrics/pool_metrics.h"

namespace parlor::bench {
namespace {

absl::Status ServeAuth(const SharedData& data) {
  PARLOR_ASSIGN_OR_RETURN(const std::filesystem::path directory, data.Subdirectory("auth"));
  auth::AuthOptions auth_options;
  auth_options.database = directory / "auth.db";
  auth_options.keys_directory = directory / "keys";
  auth_options.server_id = data.server_id();
  auth_options.people = data.trust().people;
  auth_options.throttle.free_failures_per_address = 1'000'000;

  const SystemClock clock;
  prometheus::Registry registry;
  service::PoolMetrics pools(registry);
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<auth::AuthModule> auth,
                          auth::AuthModule::Create(auth_options, &clock, &registry, &pools));
  service::ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.tls = data.trust().tls;
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<service::Server> server,
                          service::Server::Start(options, {auth->service()}));
  ServeParent(absl::StrCat(server->port()));
  return absl::OkStatus();
}

absl::Status RunAuthServer(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1) return absl::InvalidArgumentError("usage: auth-server DIRECTORY");
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<SharedData> data, SharedData::Open(arguments[0]));
  return ServeAuth(*data);
}

}  // namespace

Role AuthServerRole() {
  return {"auth-server", RunAuthServer};
}

}  // namespace parlor::bench
